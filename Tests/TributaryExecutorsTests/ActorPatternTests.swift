// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// Many actors, and many tasks at one: all with exact counts.
@Suite("Actor patterns", .serialized, .watchdog)
struct ActorPatternTests {
    @Test("ping-pong", arguments: Home.allCases)
    func pingPong(home: Home) async throws {
        actor Player {
            private let executor: any SerialExecutor
            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
            var hits = 0
            init(_ executor: any SerialExecutor) { self.executor = executor }
            func hit(_ ball: Int) -> Int {
                hits += 1
                return ball + 1
            }
        }
        let rounds = scaled(10_000, atLeast: 1000)
        try await inHouse(home) { house in
            let (ping, pong) = (Player(house.executor), Player(house.executor))
            let ball = await Task(executorPreference: house.tasks) {
                var ball = 0
                for _ in 0..<rounds {
                    ball = await ping.hit(ball)
                    ball = await pong.hit(ball)
                }
                return ball
            }.value
            #expect(ball == 2 * rounds)
            #expect(await ping.hits == rounds)
            #expect(await pong.hits == rounds)
        }
    }

    @Test("a ring of 10,000 actors passes a token", arguments: Home.allCases)
    func ring(home: Home) async throws {
        actor Member {
            private let executor: any SerialExecutor
            nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
            private var next: Member?
            var passes = 0
            init(_ executor: any SerialExecutor) { self.executor = executor }
            func precede(_ member: Member?) { next = member }
            /// Each hands the token on as a task of its own: a job of the next one.
            func pass(_ token: Int, _ end: AsyncStream<Int>.Continuation) {
                passes += 1
                guard token > 0, let next else {
                    end.yield(token)
                    return
                }
                Task { await next.pass(token - 1, end) }
            }
        }
        let (size, laps) = (10_000, isSanitized ? 1 : 2)
        try await inHouse(home) { house in
            let members = (0..<size).map { _ in Member(house.executor) }
            for (index, member) in members.enumerated() {
                await member.precede(members[(index + 1) % size])
            }
            let end = AsyncStream<Int>.makeStream()
            await members[0].pass(laps * size - 1, end.continuation)
            for await token in end.stream {
                #expect(token == 0)
                break
            }
            for member in members {
                #expect(await member.passes == laps)
                await member.precede(nil)
            }
        }
    }

    @Test("64 tasks into one actor", arguments: Home.allCases)
    func fanIn(home: Home) async throws {
        let (tasks, each) = (64, scaled(500, atLeast: 50))
        try await inHouse(home) { house in
            let room = Room(house.executor)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    // From the default executor, and from this one.
                    group.addTask(executorPreference: task % 2 == 0 ? house.tasks : nil) {
                        for number in 0..<each { await room.note(task * each + number) }
                    }
                }
            }
            let entries = await room.entries
            #expect(entries.count == tasks * each)
            // Each task's in its order, and each once.
            var next = (0..<tasks).map { $0 * each }
            for entry in entries {
                #expect(entry == next[entry / each])
                next[entry / each] += 1
            }
        }
    }

    @Test("one task out to many actors, and back", arguments: Home.allCases)
    func fanOut(home: Home) async throws {
        let (actors, rounds) = (64, scaled(100, atLeast: 20))
        try await inHouse(home) { house in
            let rooms = (0..<actors).map { _ in Room(house.executor) }
            for round in 1...rounds {
                let sum = await withTaskGroup(of: Int.self) { group in
                    for room in rooms { group.addTask { await room.add() } }
                    return await group.reduce(0, +)
                }
                #expect(sum == round * actors)
            }
        }
    }

    @Test("100,000 actors on serial mailboxes, all alive at once")
    func manyActors() async {
        let count = scaled(100_000, atLeast: 20_000)
        let ledger = Ledger()
        let executor = WorkStealingExecutor(workers: 4)
        do {
            let rooms = (0..<count).map { _ in Room(SerialMailbox(on: executor), ledger) }
            #expect(ledger.alive == count)
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<8 {
                    group.addTask(executorPreference: executor) {
                        for index in 0..<count / 8 { await rooms[index * 8 + task].add() }
                        for index in 0..<count / 8 { await rooms[index * 8 + (task + 1) % 8].add() }
                    }
                }
            }
            var total = 0
            for room in rooms { total += await room.count }
            #expect(total == count / 8 * 8 * 2)
        }
        #expect(ledger.alive == 0)
        await executor.shutdown()
    }

    @Test("actors that start actors, each dropped where it ran", arguments: Home.allCases)
    func tree(home: Home) async throws {
        let ledger = Ledger()
        let depth = isSanitized ? 7 : 10
        try await inHouse(home) { house in
            #expect(await grow(depth, in: house, ledger) == 1 << (depth + 1) - 1)
        }
        #expect(ledger.created == 1 << (depth + 1) - 1)
        #expect(ledger.alive == 0)
    }
}

private func grow(_ depth: Int, in house: House, _ ledger: Ledger) async -> Int {
    let room = Room(house.executor, ledger)
    return await room.run { room in
        room.add()
        guard depth > 0 else { return room.count }
        async let left = grow(depth - 1, in: house, ledger)
        async let right = grow(depth - 1, in: house, ledger)
        return await room.add(left + right)
    }
}
