// SPDX-License-Identifier: Apache-2.0

extension ThrowingChannel where Element: ~Copyable {
    /// Receives up to `maximum` messages into the free capacity of `output`, suspending until there
    /// is one: see ``Channel/receive(upTo:into:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) async throws(Failure) -> Int {
        let count = await base.receive(upTo: maximum, into: &output)
        if count == 0 { try throwIfFinished() }
        return count
    }

    /// Receives up to `maximum` messages into the free capacity of `output`, without waiting: see
    /// ``Channel/tryReceive(upTo:into:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public func tryReceive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) throws(Failure) -> Int {
        let count = base.tryReceive(upTo: maximum, into: &output)
        if count == 0 { try throwIfFinished() }
        return count
    }

    /// Receives up to `maximum` messages into the free capacity of `output`, waiting for the first:
    /// see ``Channel/receiveBlocking(upTo:into:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) throws(Failure) -> Int {
        let count = base.receiveBlocking(upTo: maximum, into: &output)
        if count == 0 { try throwIfFinished() }
        return count
    }

    /// Receives up to `maximum` messages into the free capacity of `output`, waiting at most
    /// `timeout` for the first: see ``Channel/receiveBlocking(upTo:into:timeout:)``.
    ///
    /// - Throws: ``ThrowingReceiveError``, with the channel's error once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>, timeout: Duration
    ) throws(ThrowingReceiveError<Failure>) -> Int {
        var count = 0
        do throws(ReceiveTimeoutError) {
            count = try base.receiveBlocking(upTo: maximum, into: &output, timeout: timeout)
        } catch {
            throw .timedOut
        }
        if count == 0 { try throwFailureIfFinished() }
        return count
    }
}

extension ThrowingChannel {
    /// Receives up to `maximum` messages, suspending until there is one: see
    /// ``Channel/receive(upTo:)``. Allocates the array.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive(
        upTo maximum: Int
    ) async throws(Failure) -> [Element] {
        let messages = await base.receive(upTo: maximum)
        if messages.isEmpty { try throwIfFinished() }
        return messages
    }
}

// `body` does not throw here: a call has one type of error, and that is the channel's.
extension ThrowingChannel where Element: Sendable & ~Copyable {
    /// Receives up to `maximum` messages and lends them to `body` where they lie, suspending until
    /// there is one: see ``Channel/receive(upTo:_:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive<Result: ~Copyable>(
        upTo maximum: Int, _ body: (Span<Element>) -> Result
    ) async throws(Failure) -> Result? {
        if let result = await base.receive(upTo: maximum, body) { return result }
        try throwIfFinished()
        return nil
    }

    /// Receives up to `maximum` messages and lends them to `body` where they lie, without waiting: see
    /// ``Channel/tryReceive(upTo:_:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public func tryReceive<Result: ~Copyable>(
        upTo maximum: Int, _ body: (Span<Element>) -> Result
    ) throws(Failure) -> Result? {
        if let result = base.tryReceive(upTo: maximum, body) { return result }
        try throwIfFinished()
        return nil
    }

    /// Receives up to `maximum` messages and lends them to `body` where they lie, waiting for the
    /// first: see ``Channel/receiveBlocking(upTo:_:)``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking<Result: ~Copyable>(
        upTo maximum: Int, _ body: (Span<Element>) -> Result
    ) throws(Failure) -> Result? {
        if let result = base.receiveBlocking(upTo: maximum, body) { return result }
        try throwIfFinished()
        return nil
    }

    /// Receives up to `maximum` messages and lends them to `body` where they lie, waiting at most
    /// `timeout` for the first: see ``Channel/receiveBlocking(upTo:timeout:_:)``.
    ///
    /// - Throws: ``ThrowingReceiveError``, with the channel's error once, when everything was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking<Result: ~Copyable>(
        upTo maximum: Int, timeout: Duration, _ body: (Span<Element>) -> Result
    ) throws(ThrowingReceiveError<Failure>) -> Result? {
        do throws(ReceiveTimeoutError) {
            if let result = try base.receiveBlocking(upTo: maximum, timeout: timeout, body) {
                return result
            }
        } catch {
            throw .timedOut
        }
        try throwFailureIfFinished()
        return nil
    }
}
