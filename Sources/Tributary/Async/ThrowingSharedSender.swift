// SPDX-License-Identifier: Apache-2.0

/// A sending end of a ``ThrowingChannel`` that any number of threads and tasks use at once: a
/// ``SharedSender`` that can also end the channel with an error.
///
/// Copyable and `Sendable`, for closures and callbacks; all copies of one value are one sending end.
/// The sends of one message are here; batches and observation are `base`'s.
public struct ThrowingSharedSender<Element: ~Copyable, Failure: Error>: Sendable {
    /// The sender of the messages: all its calls are this end's.
    public let base: SharedSender<Element>
    private let ending: ChannelEnding<Failure>

    init(_ base: SharedSender<Element>, _ ending: ChannelEnding<Failure>) {
        self.base = base
        self.ending = ending
    }

    /// Ends the channel with `error`, unless another sender did so before.
    ///
    /// Never waits: the error takes no room. What was sent before, by whomever, is received before it
    /// is thrown. All senders find the channel closed as soon as the receiver has looked. This end
    /// itself ends with its last copy.
    ///
    /// - Complexity: O(1).
    public func finish(throwing error: Failure) {
        ending.fail(error)
        base.requestClose()
    }

    /// Opens a shared sender of the same channel that is an end of its own: see
    /// ``SharedSender/clone()``.
    ///
    /// - Complexity: O(1).
    public func clone() -> ThrowingSharedSender {
        ThrowingSharedSender(base.clone(), ending)
    }

    /// Opens an exclusive sender of the same channel: see ``SharedSender/makeSender()``.
    ///
    /// - Complexity: O(1).
    public func makeSender() -> ThrowingSender<Element, Failure> {
        ThrowingSender(base.makeSender(), ending)
    }
}

extension ThrowingSharedSender where Element: ~Copyable {
    /// Waits until the receiver has closed the channel or is gone: see ``SharedSender/closed()``.
    ///
    /// - Complexity: O(1).
    @discardableResult
    @inlinable
    public nonisolated(nonsending) func closed() async -> Bool {
        await base.closed()
    }

    /// Whether the receiver has closed the channel or is gone. Real-time safe.
    ///
    /// - Complexity: O(1).
    @inlinable
    public var isClosed: Bool { base.isClosed }
}
