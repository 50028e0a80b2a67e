// SPDX-License-Identifier: Apache-2.0

/// The receiving end of a channel that one of its senders may end with an error.
///
/// A ``Channel`` is to this what `AsyncStream` is to `AsyncThrowingStream`. Any sender may call
/// ``ThrowingSender/finish(throwing:)``. The first such error ends the channel: the receiver closes
/// it at its next look for messages, and hears of it at once if it waits, as a task or as a thread.
/// What was sent before is still received, then the error is thrown, once, and after that the channel
/// has finished.
///
/// Everything about order, capacity and ends is as ``Channel`` has it, which lies inside.
public final class ThrowingChannel<Element: ~Copyable, Failure: Error> {
    /// The channel of the messages, for the calls that this class does not repeat: observation,
    /// ``Channel/tryPeek(upTo:_:)``, event loops. What is received from it directly ends without the
    /// error, which the next call of this class throws.
    public let base: Channel<Element>
    private let ending = ChannelEnding<Failure>()

    /// Creates a channel without senders: see ``Channel/init(capacity:)``.
    ///
    /// - Complexity: O(1).
    public init(capacity: ChannelCapacity) {
        base = Channel(capacity: capacity)
    }

    /// Creates a channel without senders: see ``Channel/init(capacity:options:)``.
    ///
    /// - Throws: ``ChannelError``.
    /// - Complexity: O(1).
    public init(capacity: ChannelCapacity, options: ChannelOptions) throws(ChannelError) {
        base = try Channel(capacity: capacity, options: options)
    }

    /// Opens an exclusive sending end: see ``Channel/makeSender()``.
    ///
    /// - Complexity: O(1).
    public func makeSender() -> ThrowingSender<Element, Failure> {
        ThrowingSender(base.makeSender(), ending)
    }

    /// Opens a sending end that any number of threads and tasks may use at once: see
    /// ``Channel/makeSharedSender()``.
    ///
    /// - Complexity: O(1).
    public func makeSharedSender() -> ThrowingSharedSender<Element, Failure> {
        ThrowingSharedSender(base.makeSharedSender(), ending)
    }

    /// Refuses further messages: see ``Channel/close()``. An error that came before is still thrown.
    ///
    /// - Complexity: O(*s*) for *s* open senders.
    public func close() { base.close() }

    /// Nothing was received: throws if that is because the channel has ended with an error.
    @usableFromInline
    func throwIfFinished() throws(Failure) {
        guard base.isFinished else { return }
        // E1, X2: whoever failed stored its error before it ended, and before the receiver closed.
        if let failure = base.isClosed ? ending.report() : ending.takeFailure() { throw failure }
    }
}

/// Channels are used by one owner at a time.
@available(*, unavailable)
extension ThrowingChannel: Sendable where Element: ~Copyable {}

extension ThrowingChannel: AsyncSequence {
    public struct AsyncIterator: AsyncIteratorProtocol {
        @usableFromInline
        let channel: ThrowingChannel

        @inlinable
        init(_ channel: ThrowingChannel) {
            self.channel = channel
        }

        /// The next message, as ``ThrowingChannel/receive()``.
        ///
        /// - Complexity: O(1), amortized.
        @inlinable
        public nonisolated(nonsending) mutating func next() async throws(Failure) -> Element? {
            try await channel.receive()
        }

        /// The next message, as ``ThrowingChannel/receive()``, without leaving the caller's actor.
        ///
        /// - Complexity: O(1), amortized.
        @inlinable
        public nonisolated(nonsending) mutating func next(
            isolation actor: (any Actor)?
        ) async throws(Failure) -> Element? {
            try await channel.receive()
        }
    }

    /// - Complexity: O(1).
    @inlinable
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(self)
    }
}
