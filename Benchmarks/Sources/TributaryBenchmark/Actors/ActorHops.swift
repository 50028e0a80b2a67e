// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport

extension Scenario {
    private static let ringSize = 10_000

    /// Two actors call each other in turn; one call is one hit.
    static func actorsPingPong(_ cell: Cell, _ report: inout Report) {
        let executors = ActorExecutors(for: cell)
        if let makeSerial = executors.makeSerial {
            pingPong(
                cell, executors, ExecutorPasser(makeSerial()), ExecutorPasser(makeSerial()), &report)
        } else {
            pingPong(cell, executors, DefaultPasser(), DefaultPasser(), &report)
        }
    }

    @inline(__always)
    private static func pingPong<Player: PassingActor>(
        _ cell: Cell, _ executors: ActorExecutors, _ one: Player, _ other: Player,
        _ report: inout Report
    ) {
        let rounds = cell.count / 2
        let (hits, nanoseconds) = executors.run {
            let start = clock_nanoseconds()
            await one.play(rounds, with: other)
            let nanoseconds = clock_nanoseconds() - start
            return (await one.hits + other.hits, nanoseconds)
        }
        if hits != 2 * rounds { fail("\(hits) hits, not \(2 * rounds)") }
        reportRate(cell, nanoseconds, "hits/s", &report)
    }

    /// A token passed around a ring of actors.
    static func actorsRing(_ cell: Cell, _ report: inout Report) {
        let executors = ActorExecutors(for: cell)
        if let makeSerial = executors.makeSerial {
            ring(cell, executors, &report) { ExecutorPasser(makeSerial()) }
        } else {
            ring(cell, executors, &report) { DefaultPasser() }
        }
    }

    @inline(__always)
    private static func ring<Node: PassingActor>(
        _ cell: Cell, _ executors: ActorExecutors, _ report: inout Report,
        _ make: @escaping @Sendable () -> Node
    ) {
        let (hits, nanoseconds) = executors.run {
            let nodes = (0..<ringSize).map { _ in make() }
            for (index, node) in nodes.enumerated() {
                await node.setNext(nodes[(index + 1) % ringSize])
            }
            let start = clock_nanoseconds()
            var node = nodes[0]
            for _ in 0..<cell.count {
                guard let next = await node.take() else { fail("the ring is broken") }
                node = next
            }
            let nanoseconds = clock_nanoseconds() - start
            var hits = 0
            for node in nodes {
                hits += await node.hits
                await node.setNext(nil)  // they keep each other
            }
            return (hits, nanoseconds)
        }
        if hits != cell.count { fail("\(hits) hits, not \(cell.count)") }
        reportRate(cell, nanoseconds, "hops/s", &report)
    }
}
