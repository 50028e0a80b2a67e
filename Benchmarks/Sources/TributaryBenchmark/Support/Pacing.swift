// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Open loop: a producer sends at intended times, whatever the messages before have cost. One that
/// is late sends at once, until it has caught up.
struct Pacing {
    /// Ticks; 0: no pause.
    var interval: Double
    /// The intended time.
    var next = 0.0
    /// There are more threads than processors: give way while waiting.
    var yields: Bool

    /// Waits for the next intended time and returns it. No pause between two looks: it would make
    /// the sends late by its own length.
    @inline(__always)
    mutating func wait() -> UInt64 {
        let intended = UInt64(next)
        next += interval
        while clock_ticks_begin() < intended {
            if yields { sched_yield() }
        }
        return intended
    }
}
