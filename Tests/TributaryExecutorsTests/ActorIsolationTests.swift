// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// An actor's code runs on its executor, never two pieces at once, and the executors say where they are.
@Suite("Actor isolation", .serialized, .watchdog)
struct ActorIsolationTests {
    @Test("unprotected state is protected", arguments: Home.allCases)
    func isolation(home: Home) async throws {
        let (tasks, each) = (16, scaled(2000, atLeast: 200))
        try await inHouse(home) { house in
            let rooms = (0..<4).map { _ in Room(house.executor) }
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask(executorPreference: task % 2 == 0 ? house.tasks : nil) {
                        for index in 0..<each { await rooms[(task + index) % 4].add() }
                    }
                }
            }
            var total = 0
            for room in rooms { total += await room.count }
            #expect(total == tasks * each)
        }
    }

    @Test("inside it says so, in synchronous functions too", arguments: Home.allCases)
    func inside(home: Home) async throws {
        try await inHouse(home) { house in
            let executor = house.executor
            let room = Room(executor)
            let count = await room.run { room in
                #expect(house.isCurrent)
                room.assertIsolated()
                room.preconditionIsolated()
                executor.checkIsolated()
                #expect(executor.isIsolatingCurrentContext() == true)
                // A function that does not know where it is called.
                let count = { @Sendable in room.assumeIsolated { $0.add() } }()
                await Task.yield()
                room.assertIsolated()
                return count
            }
            #expect(count == 1)
        }
    }

    @Test("elsewhere it says no", arguments: Home.allCases)
    func elsewhere(home: Home) async throws {
        try await inHouse(home) { house in
            let executor = house.executor
            #expect(executor.isIsolatingCurrentContext() == false)
            #expect(!house.isCurrent)
            let other = MailboxExecutor()
            await Task(executorPreference: other) {
                #expect(executor.isIsolatingCurrentContext() == false)
                #expect(!house.isCurrent)
            }.value
            await other.shutdown()
            #expect(await blocking { executor.isIsolatingCurrentContext() } == false)
        }
    }

    @Test("a worker is not in each of its mailboxes", arguments: [1, 2])
    func otherMailboxes(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        let (first, second) = (SerialMailbox(on: executor), SerialMailbox(on: executor))
        let room = Room(first)
        await room.run { _ in
            #expect(first.isCurrent && executor.isCurrent)
            #expect(!second.isCurrent)
        }
        await Task(executorPreference: executor) {
            #expect(executor.isCurrent)
            #expect(!first.isCurrent && !second.isCurrent)
            await room.add()
            #expect(executor.isCurrent && !first.isCurrent)
        }.value
        await executor.shutdown()
    }

    @Test("an actor without an executor runs where its task prefers", arguments: Home.allCases)
    func defaultActor(home: Home) async throws {
        actor Plain {
            var count = 0
            func add(in house: House) {
                #expect(house.isCurrent)
                count += 1
            }
        }
        try await inHouse(home) { house in
            let plain = Plain()
            let each = scaled(500, atLeast: 100)
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask(executorPreference: house.tasks) {
                        for _ in 0..<each { await plain.add(in: house) }
                    }
                }
            }
            #expect(await plain.count == 8 * each)
        }
    }

    @Test("an isolated deinit runs on the executor, which it may be the last to hold", arguments: Home.allCases)
    func isolatedDeinit(home: Home) async throws {
        actor Guest {
            private let executor: any SerialExecutor
            private let left: Gate
            var state = 0
            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
            init(_ executor: any SerialExecutor, _ left: Gate) { (self.executor, self.left) = (executor, left) }
            func enter() { state += 1 }
            isolated deinit {
                #expect(executor.isIsolatingCurrentContext() == true)
                #expect(state == 1)
                left.open()
            }
        }
        try await inHouse(home) { house in
            let left = Gate()
            let guests = 100
            for _ in 0..<guests { await Guest(house.executor, left).enter() }
            await blocking { for _ in 0..<guests { left.wait() } }
        }
    }

    // MARK: - What traps

    @Test("checkIsolated elsewhere traps and says why")
    func checkIsolatedTraps() async {
        let thread = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            MailboxExecutor().checkIsolated()
        }
        #expect(message(of: thread).contains("MailboxExecutor: the calling thread is another one"))
        let mailbox = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
            SerialMailbox(on: WorkStealingExecutor(workers: 1)).checkIsolated()
        }
        #expect(message(of: mailbox).contains("SerialMailbox: the calling thread is not running one of its jobs"))
    }

    @Test("to assume the isolation elsewhere traps")
    func assumeIsolatedTraps() async {
        await #expect(processExitsWith: .failure) {
            intrude(into: Room(MailboxExecutor()))
        }
        await #expect(processExitsWith: .failure) {
            intrude(into: Room(SerialMailbox(on: WorkStealingExecutor(workers: 1))))
        }
    }
}

private func intrude(into room: Room) {
    room.assumeIsolated { _ in }
}
