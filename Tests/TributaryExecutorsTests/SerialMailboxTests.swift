// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Tributary
import TributaryExecutors

/// One worker at a time, turns for all, and a million of them.
@Suite("SerialMailbox", .serialized, .watchdog)
struct SerialMailboxTests {
    @Test("never two workers at a time", arguments: [2, 8])
    func oneAtATime(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        let rooms = (0..<3).map { _ in Room(SerialMailbox(on: executor)) }
        let inside = rooms.map { _ in Counter() }
        let (tasks, each) = (12, scaled(3000, atLeast: 300))
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask(executorPreference: executor) {
                    for index in 0..<each {
                        let place = (task + index) % rooms.count
                        await rooms[place].run { room in
                            #expect(inside[place].add() == 1)
                            room.add()
                            inside[place].add(-1)
                        }
                    }
                }
            }
        }
        for room in rooms { #expect(await room.count == tasks * each / rooms.count) }
        await executor.shutdown()
    }

    @Test("a busy mailbox lets others have their turn after 64 jobs")
    func budget() async {
        let executor = WorkStealingExecutor(workers: 1)
        let (busy, other) = (Room(SerialMailbox(on: executor)), Room(SerialMailbox(on: executor)))
        let log = Log<Int>()
        let tasks = await busy.run { room in
            let before = (0..<500).map { number in
                Task {
                    room.add()
                    log.note(number)
                }
            }
            // Wait for a turn behind this mailbox, which has all those jobs.
            return before + [
                Task { await other.run { $0.add(); log.note(-1) } },
                Task.detached(executorPreference: executor) { log.note(-2) },
            ]
        }
        for task in tasks { await task.value }
        let entries = log.entries
        #expect(entries.filter { $0 >= 0 } == Array(0..<500))
        // The room's own tasks begin in the room: the first of the two comes with the jobs, then hops.
        #expect(entries.firstIndex(of: -2)! <= 65)
        #expect(entries.contains(-1))
        await executor.shutdown()
    }

    @Test("dropped while jobs are queued and one runs: they run", arguments: [1, 2])
    func dropped(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        for _ in 0..<scaled(300, atLeast: 30) {
            let (held, gate) = (Gate(), Gate())
            let holder = JobSource(count: 1) {
                held.open()
                gate.wait()
            }
            let source = JobSource(count: 100)
            weak var dropped: SerialMailbox?
            do {
                let mailbox = SerialMailbox(on: executor)
                dropped = mailbox
                mailbox.enqueue(holder)
                await blocking { held.wait() }
                mailbox.enqueue(source)
            }
            #expect(dropped == nil)
            gate.open()
            await yieldUntil { source.runs == 100 && holder.runs == 1 }
            source.finish()
            holder.finish()
        }
        await executor.shutdown()
    }

    @Test("unused mailboxes come and go")
    func unused() async {
        let executor = WorkStealingExecutor(workers: 1)
        for _ in 0..<10_000 { _ = SerialMailbox(on: executor) }
        await executor.shutdown()
    }

    #if os(Linux)
        @Test("a million take some 150 bytes each")
        func memory() async {
            let executor = WorkStealingExecutor(workers: 1)
            let count = scaled(1_000_000, atLeast: 100_000)
            var mailboxes: [SerialMailbox] = []
            mailboxes.reserveCapacity(count)
            let before = residentBytes()
            for _ in 0..<count { mailboxes.append(SerialMailbox(on: executor)) }
            let each = (residentBytes() - before) / count
            // Other tests run at the same time, and a sanitizer's allocator takes what it likes.
            if !isSanitized { #expect((100..<400).contains(each), "\(each) bytes") }
            // They work.
            for index in stride(from: 0, to: count, by: count / 100) {
                await Room(mailboxes[index]).add()
            }
            mailboxes.removeAll()
            await executor.shutdown()
        }

        private func residentBytes() -> Int {
            let pages = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(separator: " ")
            return (pages?.dropFirst().first.flatMap { Int($0) } ?? 0) * sysconf(CInt(_SC_PAGESIZE))
        }
    #endif
}
