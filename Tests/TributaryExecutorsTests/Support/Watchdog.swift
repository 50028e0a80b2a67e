// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Tributary

/// Ends the process when a test hangs, and says which: what a lost wake-up comes to. The time limit of the testing
/// library waits for the test it has cancelled, which for ever waits for its job.
struct Watchdog: SuiteTrait, TestTrait, TestScoping {
    var seconds = 120

    var isRecursive: Bool { true }

    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        guard testCase != nil else { return try await function() }
        let done = Gate()
        let (name, limit) = (test.name, isSanitized ? 3 * seconds : seconds)
        startThread {
            if !done.wait(seconds: limit) { fatalError("HUNG for \(limit) s: \(name)") }
        }
        defer { done.open() }
        try await function()
    }
}

extension Trait where Self == Watchdog {
    static var watchdog: Self { Watchdog() }
}

/// Where threads wait, those of executors too: to hold an executor up is what it is for.
final class Gate: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)

    /// Lets `count` of those who wait, or will wait, through.
    func open(_ count: Int = 1) {
        for _ in 0..<count { semaphore.signal() }
    }

    func wait() { semaphore.wait() }

    /// `false`: not within that time.
    func wait(seconds: Int) -> Bool { semaphore.wait(timeout: .now() + .seconds(seconds)) == .success }
}

/// Looks again and again, giving the processor away between, until `condition` holds: for what another thread will do
/// and has no event for.
func waitUntil(_ condition: () -> Bool) {
    while !condition() { sched_yield() }
}

/// As the other, of a task.
nonisolated(nonsending) func yieldUntil(_ condition: () async -> Bool) async {
    while await !condition() { await Task.yield() }
}
