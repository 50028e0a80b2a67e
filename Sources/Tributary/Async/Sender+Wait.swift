// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

// What the asynchronous sends of an exclusive sender share.

extension Sender where Element: ~Copyable {
    /// Whether the task is to give its thread away before it goes on. To be asked once: `true`
    /// may begin another count.
    @inlinable
    var isYieldDue: Bool {
        if tributary_internal_sender_sent(handle) >= yieldAt { return true }
        // Those that were dropped are not among the sent ones.
        return dropsNewest && AsyncBudget.spendThread(1)
    }

    /// As ``tryReserve()``, waiting for room: `.fail(.full)` is not among its results, but
    /// `.fail(.cancelled)` is.
    @inlinable
    nonisolated(nonsending) mutating func reserveOrSuspend() async -> SlowSend {
        if isYieldDue { return await reserveBySuspending(yieldingFirst: true) }
        let step = tryReserve()
        guard case .fail(.full) = step else { return step }
        return await reserveBySuspending(yieldingFirst: false)
    }

    /// The same, at most for `timeout`: then `.fail(.timedOut)`. The timer takes no part in sending: it
    /// wakes the waiting task, which looks for room before it looks at the clock.
    @usableFromInline
    nonisolated(nonsending) mutating func reserveOrSuspend(timeout: Duration) async -> SlowSend {
        guard timeout > .zero else {
            let step = tryReserve()
            if case .fail(.full) = step { return .fail(.timedOut) }
            return step
        }
        if isYieldDue {
            restartBudget()
            await Task.yield()
        }
        let step = tryReserve()
        guard case .fail(.full) = step else { return step }
        guard let deadline = timeout.deadline else {
            return await reserveBySuspending(yieldingFirst: false)
        }
        let timer = WakeTimer(of: currentWaiter(), at: deadline)
        defer { timer.cancel() }
        return await reserveBySuspending(yieldingFirst: false, until: deadline)
    }

    @usableFromInline
    nonisolated(nonsending) mutating func reserveBySuspending(
        yieldingFirst: Bool, until deadline: ContinuousClock.Instant? = nil
    ) async -> SlowSend {
        if yieldingFirst {
            restartBudget()
            await Task.yield()
        }
        var hasYielded = false
        while true {
            // Before the cancellation and the clock, so that the room one was woken for is used.
            let step = tryReserve()
            guard case .fail(.full) = step else { return step }
            if tributary_sender_poll(handle) == 0 { continue }
            if let reason = endOfPatience(deadline) { return .fail(reason) }
            if !hasYielded {
                // Where tasks outnumber threads the receiver may wait for this one. Cheaper than a
                // suspension, which costs a heavy fence and a resumption.
                hasYielded = true
                await Task.yield()
                continue
            }
            await suspend { tributary_sender_notify($0, wakeOwnedWaiter, $1) }
            restartBudget()
        }
    }

    mutating func restartBudget() {
        guard DetachedSender.failure(of: handle) == nil else { return }
        yieldAt = tributary_internal_sender_sent(handle) + UInt64(AsyncBudget.messages)
    }

    /// Returns when what `arm` arms was woken for, or the task was cancelled; at once when there is
    /// nothing to wait for.
    nonisolated(nonsending) mutating func suspend(
        arm: (OpaquePointer, UnsafeMutableRawPointer) -> CInt
    ) async {
        let waiter = currentWaiter()
        guard arm(handle, waiter.owned()) == 0 else {
            waiter.disown()
            // What it waits for is there, or being done by a thread that may need this one's.
            await Task.yield()
            return
        }
        await waiter.wait()
        // Unless the receiver has called, or is calling, somebody else woke it.
        if tributary_sender_notify_cancel(handle) == 0 { waiter.disown() }
    }

    mutating func currentWaiter() -> Waiter {
        if let waiter { return waiter.takeUnretainedValue() }
        let created = Waiter()
        waiter = Unmanaged.passRetained(created)
        return created
    }
}

extension Sender where Element: ~Copyable {
    /// Asks the receiver to close. A sender that could not be opened has nothing to ask through.
    func requestClose() {
        guard DetachedSender.failure(of: handle) == nil else { return }
        let code = tributary_sender_request_close(handle)
        assert(code == 0)
    }

    /// Waits until the receiver has closed the channel or is gone.
    ///
    /// Returns whether it is so: `false` when the task was cancelled before, or when this sender
    /// could not be opened for lack of memory. It is the sender's one call while it runs; to send
    /// meanwhile, open another with ``clone()``.
    ///
    /// - Complexity: O(1).
    @discardableResult
    public nonisolated(nonsending) mutating func closed() async -> Bool {
        guard DetachedSender.failure(of: handle) == nil else { return isClosed }
        while !isClosed {
            if Task.isCancelled { return false }
            await suspend { tributary_sender_notify_closed($0, wakeOwnedWaiter, $1) }
        }
        return true
    }
}
