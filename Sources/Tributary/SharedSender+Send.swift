// SPDX-License-Identifier: Apache-2.0

public import CTributary

extension SharedSender where Element: Sendable {
    /// Sends a message if there is room now.
    ///
    /// Never waits for the receiver. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/full``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public func trySend(_ element: consuming Element) throws(SendError<Element>) {
        try relocate(element) { tributary_shared_sender_try_send($0, $1, $2) }
    }

    /// Sends a message, waiting for room.
    ///
    /// Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(_ element: consuming Element) throws(SendError<Element>) {
        try relocate(element) { tributary_shared_sender_send($0, $1, $2) }
    }

    /// Sends a message, waiting at most `timeout` for room.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/timedOut``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        _ element: consuming Element, timeout: Duration
    ) throws(SendError<Element>) {
        let nanoseconds = timeout.timeoutNanoseconds
        try relocate(element) {
            tributary_shared_sender_send_timeout($0, $1, $2, nanoseconds)
        }
    }
}

extension SharedSender where Element: Sendable {
    @inlinable @inline(__always)
    func relocate(
        _ element: consuming Element,
        _ send: (OpaquePointer, UnsafeMutableRawPointer, _ size: Int) -> CInt
    ) throws(SendError<Element>) {
        guard let handle = end.handle else { throw SendError(element, end.failure) }
        defer { extendLifetime(end) }
        try Tributary.relocate(element) { send(handle, $0, $1) }
    }
}

extension SharedSender where Element: ~Copyable {
    /// Sends a message if there is room now, or hands it back.
    ///
    /// Never waits for the receiver. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/full``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public func trySend(_ element: consuming sending Element) -> sending SendResult<Element> {
        relocate(element) { tributary_shared_sender_try_send($0, $1, $2) }
    }

    /// Sends a message, waiting for room, or hands it back.
    ///
    /// Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(_ element: consuming sending Element) -> sending SendResult<Element> {
        relocate(element) { tributary_shared_sender_send($0, $1, $2) }
    }

    /// Sends a message, waiting at most `timeout` for room, or hands it back.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/timedOut``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        _ element: consuming sending Element, timeout: Duration
    ) -> sending SendResult<Element> {
        let nanoseconds = timeout.timeoutNanoseconds
        return relocate(element) {
            tributary_shared_sender_send_timeout($0, $1, $2, nanoseconds)
        }
    }

    @inlinable @inline(__always)
    func relocate(
        _ element: consuming sending Element,
        _ send: (OpaquePointer, UnsafeMutableRawPointer, _ size: Int) -> CInt
    ) -> sending SendResult<Element> {
        guard let handle = end.handle else { return .returned(element, end.failure) }
        defer { extendLifetime(end) }
        return Tributary.relocate(element) { send(handle, $0, $1) }
    }
}
