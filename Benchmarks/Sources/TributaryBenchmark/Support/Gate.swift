// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The start of a run: every producer thread stands at the gate before the clock starts. They poll,
/// so that opening it costs one store and no wake-ups.
final class Gate: Sendable {
    private let arrived = Atomic<Int>(0)
    private let isOpen = Atomic<Bool>(false)

    /// Announces that a thread is ready, without holding it.
    func arrive() {
        arrived.add(1, ordering: .sequentiallyConsistent)
    }

    func pass() {
        arrive()
        while !isOpen.load(ordering: .acquiring) { sched_yield() }
    }

    func wait(for threads: Int) {
        while arrived.load(ordering: .acquiring) < threads { sched_yield() }
    }

    /// Opens the gate; returns the moment just before.
    func open() -> UInt64 {
        let start = clock_nanoseconds()
        isOpen.store(true, ordering: .releasing)
        return start
    }
}
