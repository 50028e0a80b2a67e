// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// User-initiated jobs before background ones, which have their turn all the same.
@Suite("Priorities", .serialized, .watchdog)
struct PriorityTests {
    /// Executors of one thread each, so that there is an order to see.
    private static let homes = [Home.thread, .oneWorker]

    private func hold(_ house: House) -> Gate {
        let (held, gate) = (Gate(), Gate())
        Task(executorPreference: house.tasks) {
            held.open()
            gate.wait()
        }
        held.wait()
        return gate
    }

    @Test("urgent tasks run before background tasks that came first", arguments: homes)
    func urgentFirst(home: Home) async throws {
        // Fewer than after which a background task would have its turn, and more than a run queue holds.
        let (urgent, background) = (20, 1000)
        try await inHouse(home) { house in
            let log = Log<TaskPriority>()
            let gate = hold(house)
            let lazy: [TaskPriority] = [.background, .utility]
            let eager: [TaskPriority] = [.userInitiated, .medium]
            var tasks: [Task<Void, Never>] = []
            for index in 0..<background + urgent {
                let priority = index < background ? lazy[index % 2] : eager[index % 2]
                tasks.append(
                    Task(executorPreference: house.tasks, priority: priority) { log.note(priority) })
            }
            gate.open()
            // Not awaited one by one, which would raise their priority.
            await yieldUntil { log.entries.count == background + urgent }
            let last = log.entries.lastIndex { eager.contains($0) }
            // A turn of the workers' in 61 may come among them, and the thread's task that hops once.
            #expect(last! < urgent + 4)
            for task in tasks { await task.value }
        }
    }

    @Test("urgent jobs of an actor run before its background jobs", arguments: homes)
    func urgentFirstInAnActor(home: Home) async throws {
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let (urgent, background) = (20, 300)
            let started = await room.run { room in
                let lazy = (0..<background).map { number in
                    Task(priority: .background) { room.note(1000 + number) }
                }
                return lazy + (0..<urgent).map { number in
                    Task(priority: .userInitiated) { room.note(number) }
                }
            }
            await yieldUntil { await room.entries.count == urgent + background }
            #expect(await room.entries == Array(0..<urgent) + Array(1000..<1000 + background))
            for task in started { await task.value }
        }
    }

    @Test("a background task has its turn among urgent ones without end", arguments: homes)
    func noStarvation(home: Home) async throws {
        try await inHouse(home) { house in
            let (begun, done, turns) = (Gate(), Counter(), Counter())
            let chains = (0..<3).map { _ in
                Task(executorPreference: house.tasks, priority: .userInitiated) {
                    begun.open()
                    while done.value == 0 {
                        turns.add()
                        await Task.yield()
                    }
                }
            }
            await blocking { for _ in 0..<3 { begun.wait() } }
            Task(executorPreference: house.tasks, priority: .background) { done.add() }
            for chain in chains { await chain.value }
            #expect(done.value == 1)
            #expect(turns.value >= 3)
        }
    }

    @Test("a background job of an actor has its turn among urgent ones without end", arguments: homes)
    func noStarvationInAnActor(home: Home) async throws {
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let done = Counter()
            // A job that enqueues the next before it ends: there always is an urgent one.
            await room.run { room in
                goOn(in: room, done)
                goOn(in: room, done)
                Task(priority: .background) {
                    room.assertIsolated()
                    done.add()
                }
            }
            await yieldUntil { done.value == 3 }
        }
    }
}

private func goOn(in room: isolated Room, _ done: Counter) {
    Task(priority: .userInitiated) {
        room.add()
        if done.value == 0 { goOn(in: room, done) } else { done.add() }
    }
}
