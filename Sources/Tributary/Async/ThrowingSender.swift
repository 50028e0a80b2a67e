// SPDX-License-Identifier: Apache-2.0

/// An exclusive sending end of a ``ThrowingChannel``: a ``Sender`` that can also end the channel with
/// an error.
///
/// The sends of one message are here; batches, sends in place and observation are `base`'s:
///
/// ```swift
/// try await sender.send(reading)
/// try await sender.base.send(contentsOf: readings)
/// sender.finish(throwing: SensorFault())
/// ```
public struct ThrowingSender<Element: ~Copyable, Failure: Error>: ~Copyable, Sendable {
    /// The sender of the messages: all its calls are this end's.
    public var base: Sender<Element>
    private let ending: ChannelEnding<Failure>
    /// This end has ended: what it says later is nobody's.
    private var hasFinished = false

    init(_ base: consuming Sender<Element>, _ ending: ChannelEnding<Failure>) {
        self.base = base
        self.ending = ending
    }

    /// Ends this sender, and the channel with `error` unless another sender did so before.
    ///
    /// Never waits: the error takes no room. What this sender has sent is received before it is
    /// thrown. Other senders find the channel closed as soon as the receiver has looked; this one hands
    /// every further message back with ``SendFailure/closed`` at once. Dropped when the receiver has
    /// closed and reported the end already, or this sender has finished.
    ///
    /// - Complexity: O(1).
    public mutating func finish(throwing error: Failure) {
        guard !hasFinished else { return }
        ending.fail(error)
        base.requestClose()
        // Only now: a receiver that sees the last end gone has to find the error.
        finish()
    }

    // Mutating, and not consuming: a task's closure may not consume what it has captured.

    /// Ends this sender, as the end of its scope does. It hands every further message back with
    /// ``SendFailure/closed``.
    ///
    /// - Complexity: O(1).
    public mutating func finish() {
        hasFinished = true
        base = Sender(detachedBecause: .closed)
    }

    /// Opens another sender of the same channel: see ``Sender/clone()``.
    ///
    /// - Complexity: O(1).
    public mutating func clone() -> ThrowingSender {
        ThrowingSender(base.clone(), ending)
    }

    /// Opens a shared sender of the same channel: see ``Sender/makeSharedSender()``.
    ///
    /// - Complexity: O(1).
    public mutating func makeSharedSender() -> ThrowingSharedSender<Element, Failure> {
        ThrowingSharedSender(base.makeSharedSender(), ending)
    }
}

extension ThrowingSender where Element: ~Copyable {
    /// Waits until the receiver has closed the channel or is gone: see ``Sender/closed()``.
    ///
    /// - Complexity: O(1).
    @discardableResult
    @inlinable
    public nonisolated(nonsending) mutating func closed() async -> Bool {
        await base.closed()
    }

    /// Whether the receiver has closed the channel or is gone. Real-time safe.
    ///
    /// - Complexity: O(1).
    @inlinable
    public var isClosed: Bool { base.isClosed }
}
