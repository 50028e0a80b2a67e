// SPDX-License-Identifier: Apache-2.0

/// The receiving end of a channel that one of its senders may end with an error.
///
/// A ``Channel`` is to this what `AsyncStream` is to `AsyncThrowingStream`. Any sender may call
/// ``ThrowingSender/finish(throwing:)``. The first such error ends the channel: the receiver closes
/// it when it next looks for messages and finds none at hand, what was sent before is still
/// received, then the error is thrown, once, and after that the channel has finished.
///
/// Everything about order, capacity and ends is as ``Channel`` has it, which lies inside.
public final class ThrowingChannel<Element, Failure: Error> {
    /// The channel of the messages, for the calls that this class does not repeat. Receiving from
    /// it directly sees no error.
    public let base: Channel<Element>
    private let ending = TypedChannelEnding<Failure>()

    /// Creates a channel without senders: see ``Channel/init(capacity:)``.
    ///
    /// - Complexity: O(1).
    public init(capacity: ChannelCapacity) {
        base = Channel(capacity: capacity)
        prepare()
    }

    /// Creates a channel without senders: see ``Channel/init(capacity:options:)``.
    ///
    /// - Throws: ``ChannelError``.
    /// - Complexity: O(1).
    public init(capacity: ChannelCapacity, options: ChannelOptions) throws(ChannelError) {
        base = try Channel(capacity: capacity, options: options)
        prepare()
    }

    private func prepare() {
        base.ending = ending
        base.waiter = ending.waiter
    }

    /// Opens an exclusive sending end: see ``Channel/makeSender()``.
    ///
    /// - Complexity: O(1).
    public func makeSender() -> ThrowingSender<Element, Failure> {
        ThrowingSender(base.makeSender(), ending)
    }

    /// Receives the next message, suspending until there is one: see ``Channel/receive()``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    public nonisolated(nonsending) func receive() async throws(Failure) -> Element? {
        if let message = await base.receive() { return message }
        try throwIfFinished()
        return nil
    }

    /// Receives the next message, if there is one: see ``Channel/tryReceive()``.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    public func tryReceive() throws(Failure) -> Element? {
        if let message = base.tryReceive() { return message }
        base.closeIfFailed()
        // Between the two looks a message may have come.
        if let message = base.tryReceive() { return message }
        try throwIfFinished()
        return nil
    }

    /// Receives the next message, waiting for one: see ``Channel/receiveBlocking()``. A thread that
    /// waits is not told of an error before the last sender has ended.
    ///
    /// - Throws: the error that a sender ended the channel with, once, when everything was received.
    /// - Complexity: O(1), amortized.
    @available(*, noasync, message: "this call blocks the thread")
    public func receiveBlocking() throws(Failure) -> Element? {
        if let message = try tryReceive() { return message }
        if let message = base.receiveBlocking() { return message }
        try throwIfFinished()
        return nil
    }

    /// Refuses further messages: see ``Channel/close()``.
    ///
    /// - Complexity: O(*s*) for *s* open senders.
    public func close() { base.close() }

    /// E1 and X1: whoever failed stored its error before it ended, or before the receiver closed.
    private func throwIfFinished() throws(Failure) {
        guard base.isFinished else { return }
        if let failure = ending.takeFailure() { throw failure }
        // Closed without an error: no later one is thrown.
        if base.isClosed { ending.seal() }
    }
}

/// Channels are used by one owner at a time.
@available(*, unavailable)
extension ThrowingChannel: Sendable {}

extension ThrowingChannel: AsyncSequence {
    public struct AsyncIterator: AsyncIteratorProtocol {
        let channel: ThrowingChannel

        /// The next message, as ``ThrowingChannel/receive()``.
        ///
        /// - Complexity: O(1), amortized.
        public nonisolated(nonsending) mutating func next() async throws(Failure) -> Element? {
            try await channel.receive()
        }

        /// The next message, as ``ThrowingChannel/receive()``, without leaving the caller's actor.
        ///
        /// - Complexity: O(1), amortized.
        public nonisolated(nonsending) mutating func next(
            isolation actor: (any Actor)?
        ) async throws(Failure) -> Element? {
            try await channel.receive()
        }
    }

    /// - Complexity: O(1).
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(channel: self)
    }
}

/// An exclusive sending end of a ``ThrowingChannel``: a ``Sender`` that can also end the channel with
/// an error.
public struct ThrowingSender<Element, Failure: Error>: ~Copyable, Sendable {
    /// The sender of the messages: all its calls are this end's.
    public var base: Sender<Element>
    private let ending: TypedChannelEnding<Failure>

    init(_ base: consuming Sender<Element>, _ ending: TypedChannelEnding<Failure>) {
        self.base = base
        self.ending = ending
    }

    /// Opens another sender of the same channel: see ``Sender/clone()``.
    ///
    /// - Complexity: O(1).
    public mutating func clone() -> ThrowingSender {
        ThrowingSender(base.clone(), ending)
    }

    /// Ends this sender, and the channel with `error` unless another sender did so before.
    ///
    /// Never waits: the error takes no room. What this sender has sent is received before it is
    /// thrown. Other senders find the channel closed as soon as the receiver has noticed.
    ///
    /// - Complexity: O(1).
    public consuming func finish(throwing error: Failure) {
        ending.fail(error)
    }

    /// Ends this sender, as the end of its scope does.
    ///
    /// - Complexity: O(1).
    public consuming func finish() {}
}

extension ThrowingSender where Element: Sendable {
    /// As ``Sender/trySend(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    public mutating func trySend(_ element: consuming Element) throws(SendError<Element>) {
        try base.trySend(element)
    }

    /// As ``Sender/send(_:)``.
    ///
    /// - Throws: ``SendError`` with the message.
    /// - Complexity: O(1).
    public nonisolated(nonsending) mutating func send(
        _ element: consuming Element
    ) async throws(SendError<Element>) {
        try await base.send(element)
    }
}
