// SPDX-License-Identifier: Apache-2.0

internal import CTributary

extension Channel where Element: ~Copyable {
    /// As ``waitForMessages(upTo:)``, for `timeout` at most.
    ///
    /// The timer takes no part in receiving: it wakes the waiting task, which looks for messages
    /// before it looks at the clock. So no message can get lost between the two.
    @usableFromInline
    nonisolated(nonsending) func waitForMessages(
        upTo maximum: Int, timeout: Duration
    ) async throws(ReceiveTimeoutError) -> Bool {
        // Without a wait and without a timer, whatever the budget.
        let count = tributary_channel_poll(idleHandle, maximum)
        if count > 0 { return true }
        if ReceiveFailure(code: CInt(count)) == .finished { return false }
        guard timeout > .zero else { throw ReceiveTimeoutError() }
        guard let deadline = timeout.deadline else { return await waitForMessages(upTo: maximum) }
        let timer = WakeTimer(of: currentWaiter(), at: deadline)
        defer { timer.cancel() }
        while true {
            let count = tributary_channel_poll(idleHandle, maximum)
            if count > 0 { return true }
            if ReceiveFailure(code: CInt(count)) == .finished || Task.isCancelled { return false }
            if ContinuousClock.now >= deadline { throw ReceiveTimeoutError() }
            await waitForNews()
        }
    }
}

extension Duration {
    /// When it will have passed; `nil`: never. Over 292 years, and what does not fit an instant, never
    /// ends.
    @usableFromInline
    var deadline: ContinuousClock.Instant? {
        timeoutNanoseconds < .max ? .now.advanced(by: self) : nil
    }
}

/// Why a task stops to wait, room or not: `nil` while it goes on.
func endOfPatience(_ deadline: ContinuousClock.Instant?) -> SendFailure? {
    if Task.isCancelled { return .cancelled }
    guard let deadline, ContinuousClock.now >= deadline else { return nil }
    return .timedOut
}

/// Wakes a waiter at a deadline. A wake that comes too late, after the timer was cancelled, ends a
/// later wait for nothing; whoever waits looks again.
package struct WakeTimer {
    private let task: Task<Void, Never>

    package init(of waiter: Waiter, at deadline: ContinuousClock.Instant) {
        task = Task.detached {
            do {
                try await Task.sleep(until: deadline, clock: .continuous)
                waiter.wake()
            } catch {}
        }
    }

    package func cancel() { task.cancel() }
}
