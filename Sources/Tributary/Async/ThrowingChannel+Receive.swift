// SPDX-License-Identifier: Apache-2.0

// The receiving calls of `Channel`, each of which throws the channel's error where that one reports
// the end.

/// Why a receive of a ``ThrowingChannel`` that waits for a limited time brought no message.
@frozen
public enum ThrowingReceiveError<Failure: Error>: Error {
    /// The timeout passed; nothing was received.
    case timedOut
    /// A sender has ended the channel with this error.
    case failed(Failure)
}

extension ThrowingReceiveError: Equatable where Failure: Equatable {}

extension ThrowingChannel where Element: ~Copyable {
    /// Receives the next message, suspending until there is one: see ``Channel/receive()``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    @inlinable
    public nonisolated(nonsending) func receive() async throws(Failure) -> sending Element? {
        if let message = await base.receive() { return message }
        try throwIfFinished()
        return nil
    }

    /// Receives the next message, if there is one: see ``Channel/tryReceive()``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    @inlinable
    public func tryReceive() throws(Failure) -> sending Element? {
        if let message = base.tryReceive() { return message }
        try throwIfFinished()
        return nil
    }

    /// Receives the next message, waiting for one: see ``Channel/receiveBlocking()``. An error ends
    /// the wait at once.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking() throws(Failure) -> sending Element? {
        if let message = base.receiveBlocking() { return message }
        try throwIfFinished()
        return nil
    }

    /// Receives the next message, suspending at most for `timeout` until there is one: see
    /// ``Channel/receive(timeout:)``.
    ///
    /// - Throws: ``ThrowingReceiveError``, with the channel's error once, when everything was received.
    /// - Complexity: O(1), amortized.
    @inlinable
    public nonisolated(nonsending) func receive(
        timeout: Duration
    ) async throws(ThrowingReceiveError<Failure>) -> sending Element? {
        do throws(ReceiveTimeoutError) {
            if let message = try await base.receive(timeout: timeout) { return message }
        } catch {
            throw .timedOut
        }
        try throwFailureIfFinished()
        return nil
    }

    /// Receives the next message, waiting at most `timeout` for one: see
    /// ``Channel/receiveBlocking(timeout:)``.
    ///
    /// - Throws: ``ThrowingReceiveError``, with the channel's error once, when everything was received.
    /// - Complexity: O(1), amortized.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        timeout: Duration
    ) throws(ThrowingReceiveError<Failure>) -> sending Element? {
        do throws(ReceiveTimeoutError) {
            if let message = try base.receiveBlocking(timeout: timeout) { return message }
        } catch {
            throw .timedOut
        }
        try throwFailureIfFinished()
        return nil
    }

    @usableFromInline
    func throwFailureIfFinished() throws(ThrowingReceiveError<Failure>) {
        do throws(Failure) {
            try throwIfFinished()
        } catch {
            throw .failed(error)
        }
    }
}
