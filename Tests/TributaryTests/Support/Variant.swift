// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Tributary

/// One way to build a channel's inside; every protocol test runs with each.
struct Variant: Sendable, CustomTestStringConvertible {
    var fence: ChannelOptions.Fence
    var parker: ChannelOptions.Parker

    var testDescription: String { "fence \(fence), parker \(parker)" }

    func options(overflow: ChannelOptions.Overflow = .wait) -> ChannelOptions {
        var options = ChannelOptions()
        options.fence = fence
        options.parker = parker
        options.overflow = overflow
        return options
    }

    /// Short spinning, so that threads do sleep.
    func sleepyOptions() -> ChannelOptions {
        var options = options()
        options.receiverWait = .init(spin: 1, yield: 1)
        options.senderWait = .init(spin: 1, yield: 1)
        return options
    }

    static var parkers: [ChannelOptions.Parker] {
        #if os(Linux)
            [.futex, .condition, .eventfd]
        #else
            [.condition]
        #endif
    }

    static var all: [Variant] {
        ChannelOptions.Fence.allCases.flatMap { fence in
            parkers.map { Variant(fence: fence, parker: $0) }
        }
    }
}

/// `count` as TRIBUTARY_TEST_SCALE makes it (0.1 under sanitizers), at least `minimum`.
func scaled(_ count: Int, atLeast minimum: Int = 1) -> Int {
    max(minimum, Int(Double(count) * testScale))
}

private let testScale: Double =
    ProcessInfo.processInfo.environment["TRIBUTARY_TEST_SCALE"].flatMap(Double.init) ?? 1

/// Reproducible random numbers.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: Int) {
        state = UInt64(truncatingIfNeeded: seed) &* 0x9E37_79B9_7F4A_7C15
    }

    /// SplitMix64.
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
        return value ^ (value >> 31)
    }
}
