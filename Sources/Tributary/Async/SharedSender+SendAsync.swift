// SPDX-License-Identifier: Apache-2.0


extension SharedSender where Element: Sendable {
    /// Sends a message, suspending until there is room. Waiting senders are woken in the order in which
    /// they began to wait; one that does not have to wait may be faster.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Allocates as ``trySend(_:)-(Element)`` does, and at times to
    /// wait.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        if AsyncBudget.spendThread(1) { await Task.yield() }
        var unsent: Element
        do throws(SendError<Element>) {
            return try trySend(element)
        } catch {
            guard error.reason == .full else { throw error }
            unsent = error.element
        }
        while await waitForRoom() {
            do throws(SendError<Element>) {
                return try trySend(unsent)
            } catch {
                guard error.reason == .full else { throw error }
                unsent = error.element
            }
        }
        throw SendError(unsent, .cancelled)
    }
}

extension SharedSender where Element: ~Copyable {
    /// Sends a message, suspending until there is room, or hands it back. Waiting senders are woken in
    /// the order in which they began to wait; one that does not have to wait may be faster.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Allocates as `trySend` does, and at times to wait.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming sending Element
    ) async -> sending SendResult<Element> {
        if AsyncBudget.spendThread(1) { await Task.yield() }
        // In nobody's region: it was given up by the caller, and comes back only from here.
        nonisolated(unsafe) var unsent: Element
        switch trySend(element) {
        case .sent: return .sent
        case .returned(let returned, let reason):
            guard reason == .full else { return .returned(returned, reason) }
            unsent = returned
        }
        while await waitForRoom() {
            switch trySend(unsent) {
            case .sent: return .sent
            case .returned(let returned, let reason):
                guard reason == .full else { return .returned(returned, reason) }
                unsent = returned
            }
        }
        return .returned(unsent, .cancelled)
    }
}

// MARK: - Waiting

extension SharedSender where Element: ~Copyable {
    /// Waits until there may be room. `false`: the task was cancelled, and there is none.
    @usableFromInline
    nonisolated(nonsending) func waitForRoom() async -> Bool {
        await end.waitForRoom()
    }

    /// Waits until the receiver has closed the channel or is gone.
    ///
    /// Returns whether it is so: `false` when the task was cancelled before, or when this sender
    /// could not be opened for lack of memory. Opens a sending end for as long as it runs. Allocates.
    ///
    /// - Complexity: O(1).
    @discardableResult
    public nonisolated(nonsending) func closed() async -> Bool {
        guard end.handle != nil, !isClosed else { return isClosed }
        // Waits for a close have no place of their own in the shared senders' queue; a lane has.
        var sender = makeSender()
        return await sender.closed()
    }
}
