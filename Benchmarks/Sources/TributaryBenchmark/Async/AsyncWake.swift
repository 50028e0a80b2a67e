// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization
import Tributary

extension Scenario {
    /// From just before a thread sends until the suspended task that receives has the message, which
    /// is the time of sending. Nobody can see a task suspend: it says when it is about to, and the
    /// thread waits long enough for any implementation, pool threads going to sleep included.
    static func asyncWake(_ cell: Cell, _ report: inout Report) {
        switch cell.implementation {
        case "tributary-sender":
            let channel = Channel<SmallMessage>(for: cell)
            let handover = Handover(channel.makeSender())
            timeAsyncWakes(cell, &report, channel) {
                var sender = handover.take()
                return { sender.send($0) }
            }
        case "AsyncStream":
            let (stream, continuation) = AsyncStream<SmallMessage>.makeStream()
            timeAsyncWakes(cell, &report, stream) {
                { continuation.yield($0) }
            }
        default: noImplementation(cell)
        }
    }

    private static func timeAsyncWakes<Messages: AsyncSequence & SendableMetatype>(
        _ cell: Cell, _ report: inout Report, _ messages: sending Messages,
        _ open: sending @escaping () -> (SmallMessage) -> Void
    ) where Messages.Element == SmallMessage, Messages.Failure == Never, Messages.AsyncIterator: SendableMetatype {
        let distribution = Distribution(count: cell.count)
        nonisolated(unsafe) let samples = distribution.samples
        let waits = AsyncWaits()
        let thread = BenchmarkThread {
            let send = open()
            for index in 0..<cell.count {
                waits.wait(for: index)
                send(SmallMessage(word: clock_ticks_begin()))
            }
        }
        let start = clock_nanoseconds()
        let handover = Handover(messages)
        waitFor {
            let messages = handover.take()
            var iterator = messages.makeAsyncIterator()
            for index in 0..<cell.count {
                waits.announce(index)
                guard let message = await iterator.next(isolation: nil) else {
                    fail("the channel has finished")
                }
                samples[index] = clock_ticks_end() - message.word
            }
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        thread.join()
        distribution.add(to: &report, subtracting: Timer.shared.cost)
    }
}

/// Tells a thread that a task is about to suspend.
private final class AsyncWaits: Sendable {
    private static let longEnough: UInt64 = 100_000
    private let count = Atomic<Int>(0)

    func announce(_ index: Int) { count.store(index + 1, ordering: .releasing) }

    /// Keeps its processor, as a busy sender would.
    func wait(for index: Int) {
        while count.load(ordering: .acquiring) != index + 1 { clock_pause() }
        let end = clock_nanoseconds() + AsyncWaits.longEnough
        while clock_nanoseconds() < end { clock_pause() }
    }
}
