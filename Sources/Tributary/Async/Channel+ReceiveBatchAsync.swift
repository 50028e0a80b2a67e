// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

extension Channel where Element: ~Copyable {
    /// Receives up to `maximum` messages into the free capacity of `output`, suspending until there
    /// is one.
    ///
    /// Returns how many were received, at least 1: 0 only when the channel has finished, the task
    /// was cancelled while it waited, `output` is full or `maximum` is less than 1. What does not
    /// fit stays in the channel. Runs where its caller does; does not allocate.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) async -> Int {
        let wanted = Swift.min(maximum, output.freeCapacity)
        guard wanted > 0, await prepareBatch(upTo: wanted) else { return 0 }
        let count = tryReceive(upTo: wanted, into: &output)
        budget -= count
        return count
    }

    /// Finds the first run of a batch. Nothing can be yielded within a batch; the next one yields.
    @inlinable
    nonisolated(nonsending) func prepareBatch(upTo wanted: Int) async -> Bool {
        if look(upTo: wanted) == .ready { return true }
        return await waitForMessages(upTo: wanted)
    }
}

extension Channel where Element: BitwiseCopyable {
    /// As the general form.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) async -> Int {
        let wanted = Swift.min(maximum, output.freeCapacity)
        guard wanted > 0, await prepareBatch(upTo: wanted) else { return 0 }
        let count = tryReceive(upTo: wanted, into: &output)
        budget -= count
        return count
    }
}

extension Channel {
    /// Receives up to `maximum` messages, suspending until there is one.
    ///
    /// Empty only when the channel has finished, the task was cancelled while it waited, or
    /// `maximum` is less than 1. Allocates the array.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive(upTo maximum: Int) async -> [Element] {
        guard maximum > 0, await prepareBatch(upTo: maximum) else { return [] }
        var messages: [Element] = []
        while messages.count < maximum, let message = tryReceive() { messages.append(message) }
        budget -= messages.count
        return messages
    }
}

extension Channel where Element: Sendable & ~Copyable {
    /// Receives up to `maximum` messages and lends them to `body` where they lie, suspending until
    /// there is one.
    ///
    /// As ``tryReceive(upTo:_:)``. `nil`, without calling `body`, when the channel has finished, the
    /// task was cancelled while it waited, or `maximum` is less than 1. Does not allocate.
    ///
    /// - Precondition: `body` does not receive from the same channel.
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public nonisolated(nonsending) func receive<Result: ~Copyable, Failure: Error>(
        upTo maximum: Int, _ body: (Span<Element>) throws(Failure) -> Result
    ) async throws(Failure) -> Result? {
        guard maximum > 0, await prepareBatch(upTo: maximum) else { return nil }
        budget -= Swift.min(maximum, Swift.max(1, tributary_internal_channel_at_hand(handle)))
        return try tryReceive(upTo: maximum, body)
    }
}
