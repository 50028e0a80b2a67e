// SPDX-License-Identifier: Apache-2.0

// The sends that a program writes most, of `base` word for word. The others are called on that.

extension ThrowingSender where Element: Sendable {
    /// As ``Sender/trySend(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public mutating func trySend(_ element: consuming Element) throws(SendError<Element>) {
        try base.trySend(element)
    }

    /// As ``Sender/send(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        try await base.send(element)
    }

    /// As ``Sender/send(_:timeout:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming Element, timeout: Duration
    ) async throws(SendError<Element>) {
        try await base.send(element, timeout: timeout)
    }

    /// As ``Sender/sendBlocking(_:)``. Blocks the thread.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(_ element: consuming Element) throws(SendError<Element>) {
        try base.sendBlocking(element)
    }

    /// As ``Sender/sendBlocking(_:timeout:)``. Blocks the thread.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming Element, timeout: Duration
    ) throws(SendError<Element>) {
        try base.sendBlocking(element, timeout: timeout)
    }
}

extension ThrowingSender where Element: ~Copyable {
    /// As ``Sender/trySend(_:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public mutating func trySend(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        base.trySend(element)
    }

    /// As ``Sender/send(_:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming sending Element
    ) async -> sending SendResult<Element> {
        await base.send(element)
    }

    /// As ``Sender/send(_:timeout:)``.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @inlinable
    public nonisolated(nonsending) mutating func send(
        _ element: consuming sending Element, timeout: Duration
    ) async -> sending SendResult<Element> {
        await base.send(element, timeout: timeout)
    }

    /// As ``Sender/sendBlocking(_:)``. Blocks the thread.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        base.sendBlocking(element)
    }

    /// As ``Sender/sendBlocking(_:timeout:)``. Blocks the thread.
    ///
    /// - Returns: `.sent`, or the message with the reason.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming sending Element, timeout: Duration
    ) -> sending SendResult<Element> {
        base.sendBlocking(element, timeout: timeout)
    }
}
