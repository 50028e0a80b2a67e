// SPDX-License-Identifier: Apache-2.0

import Testing
import TributaryExecutors

/// What the language promises of actors and tasks, on each executor.
@Suite("Actor concurrency", .serialized, .watchdog)
struct ActorConcurrencyTests {
    @Test("jobs run in the order they were enqueued", arguments: Home.allCases)
    func order(home: Home) async throws {
        let count = scaled(5000, atLeast: 1000)
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let tasks = await room.run { room in
                (0..<count).map { number in
                    // Isolated to the room from the first instruction on: enqueued here and now.
                    Task {
                        room.assertIsolated()
                        room.note(number)
                    }
                }
            }
            // None has run before the job that started them ended; now all of them do.
            for task in tasks { await task.value }
            #expect(await room.entries == Array(0..<count))
        }
    }

    /// Not of actors: an actor's `Task.yield` goes by way of the default executor, from where tasks come back in any order.
    @Test("a task that yields goes behind the others", arguments: [Home.thread, .oneWorker])
    func yielding(home: Home) async throws {
        try await inHouse(home) { house in
            let (tasks, rounds) = (5, 20)
            let (log, gate) = (Log<Int>(), Gate())
            // All of them are enqueued before the first runs.
            Task(executorPreference: house.tasks) { gate.wait() }
            // Not waited for by their values: a task that one waits for may be given another priority, and then it is not
            // behind the others.
            let (ended, end) = AsyncStream<Void>.makeStream()
            for number in 0..<tasks {
                Task(executorPreference: house.tasks) {
                    for _ in 0..<rounds {
                        log.note(number)
                        await Task.yield()
                    }
                    end.yield()
                }
            }
            gate.open()
            var left = ended.makeAsyncIterator()
            for _ in 0..<tasks { await left.next() }
            #expect(log.entries.count == tasks * rounds)
            for round in 0..<rounds {
                #expect(Array(log.entries[round * tasks..<(round + 1) * tasks]) == Array(0..<tasks))
            }
        }
    }

    @Test("an actor that waits lets others in", arguments: Home.allCases)
    func reentrancy(home: Home) async throws {
        try await inHouse(home) { house in
            let (first, second) = (Room(house.executor), Room(house.executor))
            // It calls itself by way of another, which a lock in place of an actor would not survive.
            let count = await first.run { room in
                room.add()
                await second.run { _ in
                    await first.run { $0.add() }
                }
                room.assertIsolated()
                return room.count
            }
            #expect(count == 2)
            let gate = AsyncStream<Void>.makeStream()
            async let waiting = first.run { room in
                room.note(1)
                for await _ in gate.stream { break }
                room.note(3)
            }
            await yieldUntil { await first.entries == [1] }
            await first.note(2)
            gate.continuation.yield()
            await waiting
            #expect(await first.entries == [1, 2, 3])
        }
    }

    @Test("async let", arguments: Home.allCases)
    func asyncLet(home: Home) async throws {
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let rounds = scaled(500, atLeast: 100)
            let sum = await Task(executorPreference: house.tasks) {
                var sum = 0
                for _ in 0..<rounds {
                    async let one = room.add()
                    async let two = Task.detached { await room.add() }.value
                    async let three = number(3, in: house)
                    sum += await one + two + three
                }
                return sum
            }.value
            // 1 + 2, 3 + 4, and so on, in whichever order; and the threes.
            #expect(sum == 2 * rounds * (2 * rounds + 1) / 2 + 3 * rounds)
        }
    }

    @Test("task groups within task groups", arguments: Home.allCases)
    func groups(home: Home) async throws {
        let (outer, inner) = (scaled(100, atLeast: 20), 50)
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let sum = await withTaskGroup(of: Int.self) { group in
                for task in 0..<outer {
                    group.addTask(executorPreference: house.tasks) {
                        await withTaskGroup(of: Int.self) { group in
                            for number in 0..<inner {
                                group.addTask {
                                    #expect(house.isCurrent, "a child inherits the preference")
                                    await room.add()
                                    return task * inner + number
                                }
                            }
                            return await group.reduce(0, +)
                        }
                    }
                }
                return await group.reduce(0, +)
            }
            #expect(sum == (0..<outer * inner).reduce(0, +))
            #expect(await room.count == outer * inner)
        }
    }

    @Test("cancellation reaches a task that runs, waits or sleeps", arguments: Home.allCases)
    func cancellation(home: Home) async throws {
        try await inHouse(home) { house in
            let room = Room(house.executor)
            let started = Counter()
            let yielding = Task {
                await room.run { room in
                    started.add()
                    while !Task.isCancelled { await Task.yield() }
                    room.note(1)
                }
            }
            let sleeping = Task {
                await room.run { room in
                    started.add()
                    do {
                        try await Task.sleep(for: .seconds(3600))
                    } catch {
                        room.assertIsolated()
                        room.note(2)
                    }
                }
            }
            let waiting = Task {
                await room.run { room in
                    started.add()
                    for await _ in AsyncStream<Int>.makeStream().stream {}
                    room.note(3)
                }
            }
            await yieldUntil { started.value == 3 }
            // In the actor, whose executor so has to go on.
            await room.run { _ in
                for task in [yielding, sleeping, waiting] { task.cancel() }
            }
            for task in [yielding, sleeping, waiting] { await task.value }
            #expect(await room.entries.sorted() == [1, 2, 3])
        }
    }

    @Test("clocks sleep as long as they should, and come back", arguments: Home.allCases)
    func clocks(home: Home) async throws {
        try await inHouse(home) { house in
            let room = Room(house.executor)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 1...20 {
                    group.addTask(executorPreference: house.tasks) {
                        let begin = ContinuousClock.now
                        try await room.run { room in
                            try await ContinuousClock().sleep(for: .milliseconds(number))
                            room.assertIsolated()
                            try await SuspendingClock().sleep(for: .milliseconds(number))
                            room.assertIsolated()
                            room.add()
                        }
                        #expect(begin.duration(to: .now) >= .milliseconds(2 * number))
                        #expect(house.isCurrent)
                    }
                }
                try await group.waitForAll()
            }
            #expect(await room.count == 20)
        }
    }

    @Test("errors and typed results come back from an actor", arguments: Home.allCases)
    func errors(home: Home) async throws {
        struct Refusal: Error, Equatable { var number: Int }
        try await inHouse(home) { house in
            let room = Room(house.executor)
            for number in 0..<100 {
                await #expect(throws: Refusal(number: number)) {
                    try await room.run { _ in throw Refusal(number: number) }
                }
            }
        }
    }
}

private func number(_ number: Int, in house: House) async -> Int {
    #expect(house.isCurrent, "an async let inherits the preference")
    await Task.yield()
    #expect(house.isCurrent)
    return number
}
