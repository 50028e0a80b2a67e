// SPDX-License-Identifier: Apache-2.0

public import CTributary

// For `Sendable` elements only: what a closure appends cannot be declared as `sending`, so that
// an element in somebody else's region could get in.
extension Sender where Element: Sendable & ~Copyable {
    /// Lends up to `maximum` neighbouring free slots to `body`, which appends messages where they
    /// will be read, and sends what it appended.
    ///
    /// `body` may append fewer messages than the span has room for, or none. The span may have room
    /// for fewer than `maximum`, at least 1. Never waits. Does not allocate but once per segment;
    /// real-time safe otherwise.
    ///
    /// - Parameter returned: receives the messages, in order, if the channel was closed while `body`
    ///   ran. Without it they are destroyed.
    /// - Returns: how many were sent; 0, without calling `body`, when `maximum` is less than 1.
    /// - Throws: ``SendFailure/full`` or ``SendFailure/outOfMemory``, and `body` was not called;
    ///   ``SendFailure/closed``, whether it was called or not. Nothing was sent.
    /// - Complexity: O(*n*) for *n* messages.
    @discardableResult
    @inlinable
    public mutating func trySend(
        upTo maximum: Int, _ body: (inout OutputSpan<Element>) -> Void,
        returned: ((consuming Element) -> Void)? = nil
    ) throws(SendFailure) -> Int {
        guard maximum > 0 else { return 0 }
        if let failure = DetachedSender.failure(of: handle) { throw failure }
        var slots: UnsafeMutableRawPointer?
        let count = tributary_sender_try_reserve(handle, maximum, &slots)
        return try lend(slots, count, body, returned)
    }

    /// As ``trySend(upTo:_:returned:)``, waiting for room. Blocks the thread.
    ///
    /// - Throws: ``SendFailure/outOfMemory``, and `body` was not called; ``SendFailure/closed``,
    ///   whether it was called or not. Nothing was sent. With `.dropNewest`, which never waits, also
    ///   ``SendFailure/full``.
    /// - Complexity: O(*n*) for *n* messages.
    @available(*, noasync, message: "this call blocks the thread")
    @discardableResult
    @inlinable
    public mutating func sendBlocking(
        upTo maximum: Int, _ body: (inout OutputSpan<Element>) -> Void,
        returned: ((consuming Element) -> Void)? = nil
    ) throws(SendFailure) -> Int {
        guard maximum > 0 else { return 0 }
        if let failure = DetachedSender.failure(of: handle) { throw failure }
        var slots: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve(handle, maximum, &slots)
        return try lend(slots, count, body, returned)
    }

    /// As ``trySend(upTo:_:returned:)``, waiting at most `timeout` for room. A timeout of zero or
    /// less does not wait. Blocks the thread.
    ///
    /// - Throws: ``SendFailure/timedOut`` or ``SendFailure/outOfMemory``, and `body` was not called;
    ///   ``SendFailure/closed``, whether it was called or not. Nothing was sent.
    /// - Complexity: O(*n*) for *n* messages.
    @available(*, noasync, message: "this call blocks the thread")
    @discardableResult
    @inlinable
    public mutating func sendBlocking(
        upTo maximum: Int, timeout: Duration, _ body: (inout OutputSpan<Element>) -> Void,
        returned: ((consuming Element) -> Void)? = nil
    ) throws(SendFailure) -> Int {
        guard maximum > 0 else { return 0 }
        if let failure = DetachedSender.failure(of: handle) { throw failure }
        var slots: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve_timeout(
            handle, maximum, &slots, timeout.timeoutNanoseconds)
        return try lend(slots, count, body, returned)
    }

    /// Calls `body` with the reserved slots and commits what it appended.
    @inlinable
    mutating func lend(
        _ slots: UnsafeMutableRawPointer?, _ count: Int,
        _ body: (inout OutputSpan<Element>) -> Void, _ returned: ((consuming Element) -> Void)?
    ) throws(SendFailure) -> Int {
        guard count > 0, let slots else { throw SendFailure(code: CInt(count)) }
        let buffer = UnsafeMutableBufferPointer(
            start: slots.assumingMemoryBound(to: Element.self), count: count)
        var output = OutputSpan(buffer: buffer, initializedCount: 0)
        body(&output)
        let written = output.finalize(for: buffer)
        let code = tributary_sender_commit(handle, written)
        guard code == 0 else {
            let messages = buffer.extracting(..<written)
            if let returned {
                for index in messages.indices {
                    returned((messages.baseAddress! + index).move())
                }
            } else {
                messages.deinitialize()
            }
            throw SendFailure(code: code)
        }
        return written
    }
}
