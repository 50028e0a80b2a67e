// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

extension Sender where Element: Sendable {
    /// Sends a message, suspending until there is room.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Does not allocate but once per segment, and once at its first
    /// wait.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return try fill(slot, with: element)
        }
        let step = await reserveOrSuspend()
        try finish(step, with: element) { tributary_sender_try_send($0, $1, $2) }
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
    public nonisolated(nonsending) mutating func send(
        _ element: consuming Element, timeout: Duration
    ) async throws(SendError<Element>) {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return try fill(slot, with: element)
        }
        let step = await reserveOrSuspend(timeout: timeout)
        try finish(step, with: element) { tributary_sender_try_send($0, $1, $2) }
    }
}

extension Sender where Element: ~Copyable {
    /// Sends a message, suspending until there is room, or hands it back.
    ///
    /// Runs where its caller does. Does not suspend while there is room, but for a yield of the
    /// thread every 16,384 messages. Does not allocate but once per segment, and once at its first
    /// wait.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/closed``, ``SendFailure/cancelled``
    ///   (only when it would have had to wait) or ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming sending Element
    ) async -> sending SendResult<Element> {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return fill(slot, with: element)
        }
        let step = await reserveOrSuspend()
        return finish(step, with: element) { tributary_sender_try_send($0, $1, $2) }
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
    public nonisolated(nonsending) mutating func send(
        _ element: consuming sending Element, timeout: Duration
    ) async -> sending SendResult<Element> {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return fill(slot, with: element)
        }
        let step = await reserveOrSuspend(timeout: timeout)
        return finish(step, with: element) { tributary_sender_try_send($0, $1, $2) }
    }
}
