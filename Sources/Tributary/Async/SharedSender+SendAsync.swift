// SPDX-License-Identifier: Apache-2.0

internal import CTributary

extension SharedSender where Element: Sendable {
    /// Sends a message, suspending until there is room. Waiting senders are woken in the order in which
    /// they began to wait; one that does not have to wait may be faster.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Allocates as ``trySend(_:)-(Element)`` does; places to wait in
    /// are used again.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        if AsyncBudget.spendThread(1) { await Task.yield() }
        let unsent: Element
        do throws(SendError<Element>) {
            return try trySend(element)
        } catch {
            guard error.reason == .full else { throw error }
            unsent = error.element
        }
        try await sendWaiting(unsent, until: nil)
    }

    /// Sends a message, suspending at most for `timeout` until there is room.
    ///
    /// A timeout of zero or less does not wait. Runs where its caller does. Allocates when it has to
    /// wait: the timer is a task.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/timedOut``, ``SendFailure/closed``,
    ///   ``SendFailure/cancelled`` (only when it would have had to wait) or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming Element, timeout: Duration
    ) async throws(SendError<Element>) {
        if timeout > .zero, AsyncBudget.spendThread(1) { await Task.yield() }
        let unsent: Element
        do throws(SendError<Element>) {
            return try trySend(element)
        } catch {
            guard error.reason == .full else { throw error }
            unsent = error.element
        }
        guard timeout > .zero else { throw SendError(unsent, .timedOut) }
        try await sendWaiting(unsent, until: timeout.deadline)
    }

    /// A send that found no room. Apart from the first attempt, which is what a send mostly is: with
    /// both in one loop a shared send between tasks took a quarter longer.
    @inlinable @inline(never)
    nonisolated(nonsending) func sendWaiting(
        _ element: consuming Element, until deadline: ContinuousClock.Instant?
    ) async throws(SendError<Element>) {
        var unsent = element
        while true {
            if let reason = await waitForRoom(until: deadline) { throw SendError(unsent, reason) }
            do throws(SendError<Element>) {
                return try trySend(unsent)
            } catch {
                guard error.reason == .full else { throw error }
                unsent = error.element
            }
        }
    }
}

extension SharedSender where Element: ~Copyable {
    /// Sends a message, suspending until there is room, or hands it back. Waiting senders are woken in
    /// the order in which they began to wait; one that does not have to wait may be faster.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Allocates as `trySend` does; places to wait in are used again.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming sending Element
    ) async -> sending SendResult<Element> {
        if AsyncBudget.spendThread(1) { await Task.yield() }
        switch trySend(element) {
        case .sent: return .sent
        case .returned(let unsent, let reason):
            guard reason == .full else { return .returned(unsent, reason) }
            return await sendWaiting(unsent, until: nil)
        }
    }

    /// Sends a message, suspending at most for `timeout` until there is room, or hands it back.
    ///
    /// A timeout of zero or less does not wait. Runs where its caller does. Allocates when it has to
    /// wait: the timer is a task.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/timedOut``, ``SendFailure/closed``,
    ///   ``SendFailure/cancelled`` (only when it would have had to wait) or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming sending Element, timeout: Duration
    ) async -> sending SendResult<Element> {
        if timeout > .zero, AsyncBudget.spendThread(1) { await Task.yield() }
        switch trySend(element) {
        case .sent: return .sent
        case .returned(let unsent, let reason):
            guard reason == .full else { return .returned(unsent, reason) }
            guard timeout > .zero else { return .returned(unsent, .timedOut) }
            return await sendWaiting(unsent, until: timeout.deadline)
        }
    }

    /// A send that found no room.
    @inlinable @inline(never)
    nonisolated(nonsending) func sendWaiting(
        _ element: consuming sending Element, until deadline: ContinuousClock.Instant?
    ) async -> sending SendResult<Element> {
        // In nobody's region: it was given up by the caller, and comes back only from here.
        nonisolated(unsafe) var unsent = element
        while true {
            if let reason = await waitForRoom(until: deadline) { return .returned(unsent, reason) }
            switch trySend(unsent) {
            case .sent: return .sent
            case .returned(let returned, let reason):
                guard reason == .full else { return .returned(returned, reason) }
                unsent = returned
            }
        }
    }
}

// MARK: - Waiting

extension SharedSender where Element: ~Copyable {
    /// Waits until there may be room: `nil`. Otherwise why it does not wait any longer:
    /// ``SendFailure/cancelled`` or ``SendFailure/timedOut``.
    @usableFromInline
    nonisolated(nonsending) func waitForRoom(
        until deadline: ContinuousClock.Instant? = nil
    ) async -> SendFailure? {
        await end.waitForRoom(until: deadline)
    }

    /// Waits until the receiver has closed the channel or is gone.
    ///
    /// Returns whether it is so: `false` when the task was cancelled before, or when this sender
    /// could not be opened for lack of memory. Any number of tasks may wait.
    ///
    /// - Complexity: O(1).
    @discardableResult
    public nonisolated(nonsending) func closed() async -> Bool {
        guard end.handle != nil, !isClosed else { return isClosed }
        return await end.waitForClose()
    }

    /// Asks the receiver to close. A sender that could not be opened has nothing to ask through.
    func requestClose() {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return }
        let code = tributary_shared_sender_request_close(handle)
        assert(code == 0)
    }
}
