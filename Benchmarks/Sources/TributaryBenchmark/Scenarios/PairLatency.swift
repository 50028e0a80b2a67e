// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// A send and the receive of the same message, on one thread.
    static func pairLatency(_ cell: Cell, _ report: inout Report) {
        let channel = Channel<SmallMessage>(for: cell)
        switch cell.implementation {
        case "tributary-sender":
            var sender = channel.makeSender()
            timePairs(cell, &sender, channel, &report)
        case "tributary-shared":
            var sender = channel.makeSharedSender()
            timePairs(cell, &sender, channel, &report)
        case "locked-Deque":
            let deque = LockedDeque<SmallMessage>(for: cell)
            var sender = deque
            timePairs(cell, &sender, deque, &report)
        default:
            noImplementation(cell)
        }
    }

    private static func timePairs<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ cell: Cell, _ sender: inout Sending, _ receiver: some ReceivingEnd<SmallMessage>,
        _ report: inout Report
    ) {
        let distribution = Distribution(count: cell.count)
        let samples = distribution.samples
        let start = clock_nanoseconds()
        for index in 0..<cell.count {
            let begin = clock_ticks_begin()
            sender.send(SmallMessage(word: UInt64(index)))
            let received = receiver.receive()
            samples[index] = clock_ticks_end() - begin
            if received.word != UInt64(index) {
                fail("a pair received another message than it sent")
            }
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        distribution.add(to: &report, subtracting: Timer.shared.cost)
        Timer.shared.add(to: &report)
    }
}
