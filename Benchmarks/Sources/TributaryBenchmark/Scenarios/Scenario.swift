// SPDX-License-Identifier: Apache-2.0

/// A scenario runs one cell, reports its metrics and sets the seconds that the measured part took.
typealias ScenarioFunction = (Cell, inout Report) -> Void

enum Scenario {
    static func named(_ name: String) -> ScenarioFunction? {
        switch name {
        case "limit": limit
        case "floor": floor
        case "throughput": throughput
        case "send-latency": sendLatency
        case "pair-latency": pairLatency
        case "one-way-latency": oneWayLatency
        case "wake-latency": wakeLatency
        case "round-trip": roundTrip
        case "contention": contention
        case "memory": memory
        case "async-throughput": asyncThroughput
        case "async-allocations": asyncAllocations
        case "async-wake": asyncWake
        case "announced-wake": announcedWake
        case "footprint": footprint
        case "idle-senders": idleSenders
        case "actors-fan-in": actorsFanIn
        case "actors-ping-pong": actorsPingPong
        case "actors-ring": actorsRing
        case "actors-spawn": actorsSpawn
        case "actors-tell": actorsTell
        case "actors-enqueue": actorsEnqueue
        case "actors-idle": actorsIdle
        default: nil
        }
    }

    static func noImplementation(_ cell: Cell) -> Never {
        fail("there is no \(cell.scenario) of \(cell.implementation), \(cell.mode.rawValue)")
    }
}

extension Report {
    mutating func setSeconds(nanoseconds: UInt64) {
        seconds = Double(nanoseconds) / 1e9
    }
}
