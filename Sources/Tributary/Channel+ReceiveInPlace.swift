// SPDX-License-Identifier: Apache-2.0

public import CTributary

// For `Sendable` elements only: a class reference copied out of a span would otherwise be shared
// with whoever receives the same message later as a `sending` value.
extension Channel where Element: Sendable & ~Copyable {
    /// Receives up to `maximum` messages and lends them to `body` where they lie.
    ///
    /// All messages of the span count as received when `body` returns, and are destroyed then. If
    /// `body` throws, none does: the same messages come again. Returns `nil`, without calling
    /// `body`, when there is nothing now or `maximum` is less than 1. A run ends at a segment's end
    /// and with the messages of one sender, so that fewer than `maximum` does not mean that there
    /// are no more. Never waits; does not allocate.
    ///
    /// - Precondition: `body` does not receive from the same channel.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public func tryReceive<Result: ~Copyable, Failure: Error>(
        upTo maximum: Int, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        defer { extendLifetime(self) }
        var front: UnsafeMutableRawPointer?
        guard maximum > 0 else { return nil }
        let count = tributary_channel_try_borrow(idleHandle, &front, maximum)
        guard count > 0, let front else { return nil }
        return try lend(front, count, isReceived: true, body)
    }

    /// As ``tryReceive(upTo:_:)``, waiting for the first message. `nil` when the channel has
    /// finished or `maximum` is less than 1. Blocks the thread; does not allocate.
    ///
    /// - Precondition: `body` does not receive from the same channel.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking<Result: ~Copyable, Failure: Error>(
        upTo maximum: Int, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        defer { extendLifetime(self) }
        var front: UnsafeMutableRawPointer?
        guard maximum > 0 else { return nil }
        let count = tributary_channel_borrow(idleHandle, &front, maximum)
        guard count > 0, let front else { return nil }
        return try lend(front, count, isReceived: true, body)
    }

    /// As ``tryReceive(upTo:_:)``, waiting at most `timeout` for the first message. `nil` when the
    /// channel has finished or `maximum` is less than 1. A timeout of zero or less does not wait.
    /// Blocks the thread; does not allocate.
    ///
    /// - Precondition: `body` does not receive from the same channel.
    /// - Throws: ``ReceiveTimeoutError`` when the timeout passed; `body` was not called.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking<Result: ~Copyable>(
        upTo maximum: Int, timeout: Duration, _ body: (Span<Element>) -> Result
    ) throws(ReceiveTimeoutError) -> Result? {
        defer { extendLifetime(self) }
        var front: UnsafeMutableRawPointer?
        guard maximum > 0 else { return nil }
        let count = tributary_channel_borrow_timeout(
            idleHandle, &front, maximum, timeout.timeoutNanoseconds)
        if count > 0, let front { return lend(front, count, isReceived: true, body) }
        if ReceiveFailure(code: CInt(count)) == .finished { return nil }
        throw ReceiveTimeoutError()
    }

    /// Lends the next messages, up to `maximum`, to `body` and leaves them in the channel.
    ///
    /// Returns `nil`, without calling `body`, when there is nothing now or `maximum` is less than 1.
    /// Never waits; does not allocate; real-time safe.
    ///
    /// - Precondition: `body` does not receive from the same channel.
    /// - Complexity: O(1), amortized.
    @inlinable
    public func tryPeek<Result: ~Copyable, Failure: Error>(
        upTo maximum: Int = 1, _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result? {
        defer { extendLifetime(self) }
        var front: UnsafeMutableRawPointer?
        guard maximum > 0 else { return nil }
        let count = tributary_channel_try_borrow(idleHandle, &front, maximum)
        guard count > 0, let front else { return nil }
        return try lend(front, count, isReceived: false, body)
    }

    /// Calls `body` with the borrowed messages while nothing can be received, then takes them.
    @inlinable
    func lend<Result: ~Copyable, Failure: Error>(
        _ front: UnsafeMutableRawPointer, _ count: Int, isReceived: Bool,
        _ body: (Span<Element>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        let messages = UnsafeMutableBufferPointer(
            start: front.assumingMemoryBound(to: Element.self), count: count)
        receivingHandle = BusyChannel.handle
        defer { receivingHandle = handle }
        let result = try body(Span(_unsafeElements: messages))
        if isReceived {
            // Still busy: a deinitialiser may hold a reference to the channel.
            messages.deinitialize()
            let released = tributary_channel_release(handle, count)
            precondition(released == 0, "messages were received twice")
        }
        return result
    }
}
