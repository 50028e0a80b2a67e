// SPDX-License-Identifier: Apache-2.0

import AsyncAlgorithms
import CBenchmarkSupport
import Dispatch
import Tributary

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Runs a script over a peer, or ours, its ends being what its users have: a thread sends to a task where it can, else a task
/// does.
enum PeerLinks {
    private typealias Source = MultiProducerSingleConsumerAsyncChannel<SmallMessage, Never>.Source

    /// Makes an idle channel that is kept as long as what is returned.
    static func open(_ cell: Cell) -> Any {
        switch cell.implementation {
        case "AsyncStream": return stream(cell)
        case "locked-Deque": return LockedDeque<SmallMessage>(for: cell)
        case "dispatch-queue": return DispatchQueue(label: "receiver")
        case "AsyncChannel": return AsyncChannel<SmallMessage>()
        case "MPSC-AsyncChannel": return SourceBox(cell)
        case "tributary-tasks": return SenderBox(Channel<SmallMessage>(for: cell))
        case "tributary-tasks-shared":
            let channel = Channel<SmallMessage>(for: cell)
            return (channel, channel.makeSharedSender())
        #if TRIBUTARY_PEERS
            case "NIOAsyncSequenceProducer": return SequenceLink(cell)
        #endif
        default: Scenario.noImplementation(cell)
        }
    }

    static func run(_ script: some PeerScript, over cell: Cell) {
        switch cell.implementation {
        case "AsyncStream":
            let (stream, continuation) = stream(cell)
            let thread = sender(script) { message in
                while case .dropped = continuation.yield(message) { sched_yield() }
            }
            waitFor { await receive(script, stream) }
            thread.join()
        case "AsyncChannel":
            let channel = AsyncChannel<SmallMessage>()
            startTask(script, channel)
            waitFor { await receive(script, channel) }
        case "MPSC-AsyncChannel":
            let box = SourceBox(cell)
            startTask(script, SourceSender(source: box.source.take()!))
            waitFor { await receive(script, box.channel.take()!.elements()) }
        case "locked-Deque":
            let deque = LockedDeque<SmallMessage>(for: cell)
            let thread = sender(script) { deque.send($0) }
            for index in 0..<script.count {
                script.willReceive(index)
                script.received(index, deque.receive().word)
            }
            thread.join()
        case "dispatch-queue":
            toBlocks(script)
        case "tributary-tasks":
            let channel = Channel<SmallMessage>(for: cell)
            toTask(script, channel.makeSender(), channel)
        case "tributary-tasks-shared":
            let channel = Channel<SmallMessage>(for: cell)
            toTask(script, channel.makeSharedSender(), channel)
        #if TRIBUTARY_PEERS
            case "NIOAsyncSequenceProducer":
                let link = SequenceLink(cell)
                let thread = sender(script) { link.send($0) }
                waitFor { await receive(script, link.sequence) }
                thread.join()
        #endif
        default:
            Scenario.noImplementation(cell)
        }
    }

    private static func stream(_ cell: Cell) -> (
        stream: AsyncStream<SmallMessage>, continuation: AsyncStream<SmallMessage>.Continuation
    ) {
        AsyncStream<SmallMessage>.makeStream(
            bufferingPolicy: cell.capacity == 0 ? .unbounded : .bufferingOldest(cell.capacity))
    }

    private static func sender(
        _ script: some PeerScript, _ send: sending @escaping (SmallMessage) -> Void
    ) -> BenchmarkThread {
        BenchmarkThread {
            for index in 0..<script.count { send(SmallMessage(word: script.next(index))) }
            script.hasSent()
        }
    }

    private static func toTask(
        _ script: some PeerScript, _ sender: consuming sending some SendingEnd<SmallMessage> & ~Copyable,
        _ channel: sending Channel<SmallMessage>
    ) {
        let handover = Handover(sender)
        let thread = BenchmarkThread {
            var sender = handover.take()
            for index in 0..<script.count { sender.send(SmallMessage(word: script.next(index))) }
            script.hasSent()
            _ = consume sender  // not before: what it keeps is in the figure of the burst
        }
        waitFor { await receive(script, channel) }
        thread.join()
    }

    private static func startTask(
        _ script: some PeerScript, _ sender: consuming sending some AsyncSendingEnd<SmallMessage> & ~Copyable
    ) {
        let handover = Handover(sender)
        Task.detached {
            var sender = handover.take()
            for index in 0..<script.count { await sender.send(next: SmallMessage(word: script.next(index))) }
            script.hasSent()
        }
    }

    private nonisolated(nonsending) static func receive<Messages: AsyncSequence>(
        _ script: some PeerScript, _ messages: Messages
    ) async where Messages.Element == SmallMessage {
        var iterator = messages.makeAsyncIterator()
        for index in 0..<script.count {
            script.willReceive(index)
            guard let message = try? await iterator.next(isolation: nil) else { fail("the channel has finished") }
            script.received(index, message.word)
        }
    }

    /// The receiver is a block for each message, on one serial queue.
    private static func toBlocks(_ script: some PeerScript) {
        let queue = DispatchQueue(label: "receiver")
        let received = DispatchSemaphore(value: 0)
        let place = Place()
        queue.async { script.willReceive(0) }
        let thread = sender(script) { message in
            queue.async {
                let index = place.index
                script.received(index, message.word)
                place.index += 1
                if place.index == script.count { received.signal() } else { script.willReceive(place.index) }
            }
        }
        received.wait()
        thread.join()
    }

    /// Used by the blocks of one serial queue only.
    private final class Place: @unchecked Sendable {
        var index = 0
    }

    private final class SenderBox {
        let channel: Channel<SmallMessage>
        let sender: Sender<SmallMessage>

        init(_ channel: Channel<SmallMessage>) {
            self.channel = channel
            sender = channel.makeSender()
        }
    }

    private final class SourceBox: @unchecked Sendable {
        // Unchecked: taken once, by who made it.
        var source: Source?
        var channel: MultiProducerSingleConsumerAsyncChannel<SmallMessage, Never>?

        init(_ cell: Cell) {
            var both = MultiProducerSingleConsumerAsyncChannel<SmallMessage, Never>.makeChannel(
                backpressureStrategy: .watermark(low: cell.capacity / 2, high: cell.capacity))
            channel = both.takeChannel()
            let made = both.source
            source = consume made
        }
    }
}
