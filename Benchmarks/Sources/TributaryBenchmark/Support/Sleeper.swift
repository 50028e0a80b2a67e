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

/// One thread, which makes it, that goes to sleep again and again, and another that waits until it
/// does, and keeps its processor meanwhile: if it gave way after the wake-up, the sleeper would
/// often be run in its place, which is not the wake-up that a busy sender causes.
final class Sleeper: Sendable {
    private let thread = thread_state_self()
    private let processors = benchmark_processors()
    /// Of the other thread at the last wake-up.
    private let waker = Atomic<Int32>(-1)
    private let sameProcessor = Atomic<Int>(0)
    private let sleeps = Atomic<Int>(0)

    func willSleep(_ index: Int) {
        sleeps.store(index + 1, ordering: .releasing)
    }

    /// By the other one: nothing but the sleep that was announced can have put it into that state.
    func waitUntilAsleep(_ index: Int) {
        while sleeps.load(ordering: .acquiring) != index + 1 { lookAgain() }
        while true {
            let asleep = thread_state_is_asleep(thread)
            if asleep < 0 { fail("the state of a thread could not be read") }
            if asleep == 1 { break }
            lookAgain()
        }
        waker.store(benchmark_current_processor(), ordering: .relaxed)
    }

    /// By the thread that slept, after each sleep.
    func hasWoken() {
        let processor = benchmark_current_processor()
        if processor >= 0, processor == waker.load(ordering: .relaxed) {
            sameProcessor.add(1, ordering: .relaxed)
        }
    }

    func add(to report: inout Report) {
        let share =
            Double(sameProcessor.load(ordering: .relaxed)) / Double(sleeps.load(ordering: .relaxed))
        report.add("same-processor", "per wake", share)
    }

    private func lookAgain() {
        if processors > 1 {
            clock_pause()
        } else {
            sched_yield()
        }
    }
}
