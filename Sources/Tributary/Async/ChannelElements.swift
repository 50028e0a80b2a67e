// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The messages of a channel as a sequence that is `Sendable`, for operators that iterate their bases
/// in tasks of their own, as `merge`, `debounce` and `buffer` of swift-async-algorithms do.
///
/// ```swift
/// for await reading in merge(ChannelElements(first), ChannelElements(second)) { store(reading) }
/// ```
///
/// The channel moves into it: nobody else receives from it any more. It is iterated by one loop at a
/// time; after a loop that was left, or that ended, the next one goes on with the next message. That does
/// not reach through operators with tasks of their own: such a task gives its turn back some time after the loop
/// over the operator was left, and with it the messages that it had taken ahead are gone.
public struct ChannelElements<Element>: AsyncSequence, @unchecked Sendable {
    // Unchecked because a channel has one owner: first this, which `sending` made the only one,
    // then the one iterator, which is not Sendable.
    private let source: Source

    /// - Complexity: O(1).
    public init(_ channel: sending Channel<Element>) {
        source = Source(channel)
    }

    /// Begins a loop. Allocates.
    ///
    /// - Precondition: no other loop is under way: every iterator that was made before is gone, or has
    ///   returned `nil`.
    /// - Complexity: O(1).
    public func makeAsyncIterator() -> AsyncIterator {
        AsyncIterator(source.channel, turn: Turn(source))
    }

    /// One loop's position. Its copies are the same loop.
    public struct AsyncIterator: AsyncIteratorProtocol {
        @usableFromInline
        let channel: Channel<Element>
        /// Who may receive. Kept by reference, so that it ends with the last copy.
        private let turn: Turn

        fileprivate init(_ channel: Channel<Element>, turn: Turn) {
            self.channel = channel
            self.turn = turn
        }

        /// The next message, as ``Channel/receive()``. After `nil` it is always `nil`, and another
        /// loop may begin.
        ///
        /// - Complexity: O(1), amortized.
        public nonisolated(nonsending) mutating func next() async -> Element? {
            await next(isolation: nil)
        }

        /// The next message, as ``next()``, without leaving the caller's actor.
        ///
        /// - Complexity: O(1), amortized.
        public nonisolated(nonsending) mutating func next(
            isolation actor: (any Actor)?
        ) async throws(Never) -> Element? {
            guard !turn.isOver else { return nil }
            if let message = await channel.receive() { return message }
            turn.end()
            return nil
        }
    }

    fileprivate final class Source: @unchecked Sendable {
        let channel: Channel<Element>
        /// C1: given back with release, taken with acquire: the next loop's task sees what the last one
        /// did to the channel.
        let isTaken = Atomic<Bool>(false)

        init(_ channel: Channel<Element>) { self.channel = channel }
    }

    fileprivate final class Turn {
        private let source: Source
        private(set) var isOver = false

        init(_ source: Source) {
            let (isFree, _) = source.isTaken.compareExchange(
                expected: false, desired: true, ordering: .acquiring)
            precondition(isFree, "ChannelElements: two loops at once over one channel")
            self.source = source
        }

        func end() {
            guard !isOver else { return }
            isOver = true
            source.isTaken.store(false, ordering: .releasing)
        }

        deinit { end() }
    }
}

@available(*, unavailable)
extension ChannelElements.AsyncIterator: Sendable {}
