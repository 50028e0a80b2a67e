// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

// What the asynchronous receives share: looking for a run of messages, and waiting for one without
// a blocked thread.

/// What a look for messages found.
@frozen
@usableFromInline
enum ReceiveStep {
    /// Messages lie at hand; a borrow or a `try` call takes them without a further look.
    case ready
    case wait
    case finished
}

extension Channel where Element: ~Copyable {
    /// Looks for up to `maximum` messages, polling for a moment. `.wait` also when the budget is
    /// used up: who takes messages charges it.
    @inlinable @inline(never)
    func look(upTo maximum: Int) -> ReceiveStep {
        guard budget > 0 else { return .wait }
        let count = tributary_channel_poll(idleHandle, maximum)
        if count > 0 { return .ready }
        return ReceiveFailure(code: CInt(count)) == .finished ? .finished : .wait
    }

    /// Takes the first message of the run that a look has found, and charges all of it: the inline
    /// path takes the others.
    @inlinable
    func takeFirstOfRun() -> sending Element? {
        budget -= Swift.max(1, tributary_internal_channel_at_hand(handle))
        return tryReceiveSlowly()
    }

    @usableFromInline
    nonisolated(nonsending) func yieldIfDue() async {
        guard budget <= 0 else { return }
        budget = AsyncBudget.messages
        await Task.yield()
    }

    /// Waits for messages: `true` when there are some, `false` when the channel has finished or the
    /// task was cancelled while it waited.
    ///
    /// A cancelled task still gets what is there: only the waiting ends.
    @usableFromInline
    nonisolated(nonsending) func waitForMessages(upTo maximum: Int) async -> Bool {
        while true {
            await yieldIfDue()
            switch look(upTo: maximum) {
            case .ready: return true
            case .finished: return false
            case .wait: if Task.isCancelled { return false }
            }
            await waitForNews()
        }
    }

    /// Returns when a message may have come, the channel may have finished or the task was
    /// cancelled: the caller looks again.
    ///
    /// - Precondition: no other task waits. An actor's methods can overlap where they wait, so the
    ///   compiler does not see that two of them receive.
    nonisolated(nonsending) func waitForNews() async {
        precondition(!isWaiting, "Channel: two tasks of one actor receive at once")
        isWaiting = true
        defer { isWaiting = false }
        let waiter = currentWaiter()
        guard tributary_channel_notify(handle, wakeOwnedWaiter, waiter.owned()) == 0 else {
            waiter.disown()
            // Something is there, or is being put there by a thread that may need this one's.
            await Task.yield()
            return
        }
        budget = AsyncBudget.messages
        await waiter.wait()
        // Somebody else may have woken it: a cancellation, a timeout.
        if tributary_channel_notify_cancel(handle) == 0 { waiter.disown() }
    }

    func currentWaiter() -> Waiter {
        if let waiter { return waiter }
        let created = Waiter()
        waiter = created
        return created
    }
}
