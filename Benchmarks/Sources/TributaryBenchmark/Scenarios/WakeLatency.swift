// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// From just before a send until the receiver, which was asleep, has the message. Each message
    /// is sent only when the kernel reports the receiving thread as sleeping, and is the time of
    /// sending.
    static func wakeLatency(_ cell: Cell, _ report: inout Report) {
        let channel = Channel<SmallMessage>(for: cell)
        switch cell.implementation {
        case "tributary-sender": timeWakes(cell, channel.makeSender(), channel, &report)
        case "tributary-shared": timeWakes(cell, channel.makeSharedSender(), channel, &report)
        default: noImplementation(cell)
        }
    }

    private static func timeWakes<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ cell: Cell, _ sender: consuming sending Sending, _ channel: Channel<SmallMessage>,
        _ report: inout Report
    ) {
        let distribution = Distribution(count: cell.count)
        let samples = distribution.samples
        let sleeper = Sleeper()
        let handover = Handover(sender)
        let thread = BenchmarkThread {
            var sender = handover.take()
            for index in 0..<cell.count {
                sleeper.waitUntilAsleep(index)
                sender.send(SmallMessage(word: clock_ticks_begin()))
            }
        }
        let start = clock_nanoseconds()
        for index in 0..<cell.count {
            sleeper.willSleep(index)
            let sent = channel.receive().word
            samples[index] = clock_ticks_end() - sent
            sleeper.hasWoken()
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        thread.join()
        let parks = channel.statistics.receiverParks
        guard parks >= cell.count else {
            fail("\(cell.count) waits, and the receiver slept only \(parks) times")
        }
        distribution.add(to: &report, subtracting: Timer.shared.cost)
        sleeper.add(to: &report)
    }
}
