// SPDX-License-Identifier: Apache-2.0

// The sends that a program writes most, of `base` word for word. The others are called on that.

extension ThrowingSharedSender where Element: Sendable {
    /// As ``SharedSender/trySend(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public func trySend(_ element: consuming Element) throws(SendError<Element>) {
        try base.trySend(element)
    }

    /// As ``SharedSender/send(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        try await base.send(element)
    }

    /// As ``SharedSender/send(_:timeout:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming Element, timeout: Duration
    ) async throws(SendError<Element>) {
        try await base.send(element, timeout: timeout)
    }

    /// As ``SharedSender/sendBlocking(_:)``. Blocks the thread.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(_ element: consuming Element) throws(SendError<Element>) {
        try base.sendBlocking(element)
    }

    /// As ``SharedSender/sendBlocking(_:timeout:)``. Blocks the thread.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        _ element: consuming Element, timeout: Duration
    ) throws(SendError<Element>) {
        try base.sendBlocking(element, timeout: timeout)
    }
}

extension ThrowingSharedSender where Element: ~Copyable {
    /// As ``SharedSender/trySend(_:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public func trySend(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        base.trySend(element)
    }

    /// As ``SharedSender/send(_:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming sending Element
    ) async -> sending SendResult<Element> {
        await base.send(element)
    }

    /// As ``SharedSender/send(_:timeout:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) func send(
        _ element: consuming sending Element, timeout: Duration
    ) async -> sending SendResult<Element> {
        await base.send(element, timeout: timeout)
    }

    /// As ``SharedSender/sendBlocking(_:)``. Blocks the thread.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        base.sendBlocking(element)
    }

    /// As ``SharedSender/sendBlocking(_:timeout:)``. Blocks the thread.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        _ element: consuming sending Element, timeout: Duration
    ) -> sending SendResult<Element> {
        base.sendBlocking(element, timeout: timeout)
    }
}
