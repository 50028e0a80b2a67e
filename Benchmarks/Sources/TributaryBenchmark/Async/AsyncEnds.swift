// SPDX-License-Identifier: Apache-2.0

import AsyncAlgorithms
import Tributary

/// What the asynchronous scenarios need of a sending end.
protocol AsyncSendingEnd<Element>: ~Copyable, Sendable {
    associatedtype Element: Message
    /// Suspends until there is room.
    nonisolated(nonsending) mutating func send(next message: Element) async
}

protocol AsyncBatchSendingEnd<Element>: AsyncSendingEnd, ~Copyable {
    nonisolated(nonsending) mutating func send(all messages: Span<Element>) async
}

extension Sender: AsyncBatchSendingEnd, AsyncSendingEnd where Element: Message {
    @inline(__always)
    nonisolated(nonsending) mutating func send(next message: Element) async {
        do {
            try await send(message)
        } catch {
            fail("send: \(error.reason)")
        }
    }

    @inline(__always)
    nonisolated(nonsending) mutating func send(all messages: Span<Element>) async {
        do throws(BatchSendError) {
            try await send(contentsOf: messages)
        } catch {
            fail("send(contentsOf:): \(error.reason)")
        }
    }
}

extension SharedSender: AsyncBatchSendingEnd, AsyncSendingEnd where Element: Message {
    @inline(__always)
    nonisolated(nonsending) func send(next message: Element) async {
        do {
            try await send(message)
        } catch {
            fail("send: \(error.reason)")
        }
    }

    @inline(__always)
    nonisolated(nonsending) func send(all messages: Span<Element>) async {
        do throws(BatchSendError) {
            try await send(contentsOf: messages)
        } catch {
            fail("send(contentsOf:): \(error.reason)")
        }
    }
}

/// Baseline: a full stream hands the message back at once; the task yields and tries again.
struct StreamSender<Element: Message>: AsyncSendingEnd {
    let continuation: AsyncStream<Element>.Continuation

    @inline(__always)
    nonisolated(nonsending) func send(next message: Element) async {
        while true {
            switch continuation.yield(message) {
            case .enqueued: return
            case .dropped: await Task.yield()
            default: fail("the stream has ended before its last message")
            }
        }
    }
}

/// Baseline: a rendezvous for each message.
extension AsyncChannel: AsyncSendingEnd where Element: Message {
    @inline(__always)
    nonisolated(nonsending) func send(next message: Element) async {
        await send(message)
    }
}

/// Baseline: swift-async-algorithms' channel of the same purpose.
struct SourceSender<Element: Message>: ~Copyable, AsyncSendingEnd, @unchecked Sendable {
    // Unchecked because a source moves to its task once, and is used by that alone.
    var source: MultiProducerSingleConsumerAsyncChannel<Element, Never>.Source

    @inline(__always)
    nonisolated(nonsending) mutating func send(next message: Element) async {
        do {
            try await source.send(message)
        } catch {
            fail("send: \(error)")
        }
    }
}
