// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// The messages of a channel as a sequence that is `Sendable`, for operators that iterate their bases
/// in tasks of their own, as `merge`, `debounce` and `buffer` of swift-async-algorithms do.
///
/// ```swift
/// for await reading in merge(ChannelElements(first), ChannelElements(second)) { store(reading) }
/// ```
///
/// The channel moves into it: nobody else receives from it any more, and the sequence is iterated
/// once.
public struct ChannelElements<Element>: AsyncSequence, @unchecked Sendable {
    // Unchecked because a channel has one owner: first this, which `sending` made the only one,
    // then the one iterator, which is not Sendable.
    private let source: Source

    private final class Source: @unchecked Sendable {
        let channel: Channel<Element>
        let isTaken = Atomic<Bool>(false)

        init(_ channel: Channel<Element>) { self.channel = channel }
    }

    /// - Complexity: O(1).
    public init(_ channel: sending Channel<Element>) {
        source = Source(channel)
    }

    /// - Precondition: it was not called before.
    /// - Complexity: O(1).
    public func makeAsyncIterator() -> Channel<Element>.AsyncIterator {
        let (isFirst, _) = source.isTaken.compareExchange(
            expected: false, desired: true, ordering: .acquiringAndReleasing)
        precondition(isFirst, "ChannelElements: a channel is iterated once at a time")
        return source.channel.makeAsyncIterator()
    }
}
