// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// From the moment a message was to be sent until it was received, open loop: a producer that
    /// is late does not postpone what comes after, and its delay counts. The message is the
    /// intended time, in ticks.
    static func oneWayLatency(_ cell: Cell, _ report: inout Report) {
        guard cell.producers == 1, cell.rate != 0 else {
            fail("one-way-latency has one producer and a rate")
        }
        switch cell.implementation {
        case "tributary-sender":
            let channel = Channel<SmallMessage>(for: cell)
            timeDeliveries(cell, channel.makeSender(), channel, &report)
        case "tributary-shared":
            let channel = Channel<SmallMessage>(for: cell)
            timeDeliveries(cell, channel.makeSharedSender(), channel, &report)
        case "locked-Deque":
            let deque = LockedDeque<SmallMessage>(for: cell)
            timeDeliveries(cell, deque, deque, &report)
        default:
            peerOneWayLatency(cell, &report)
        }
    }

    private static func timeDeliveries<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ cell: Cell, _ sender: consuming sending Sending,
        _ receiver: some ReceivingEnd<SmallMessage>, _ report: inout Report
    ) {
        let gate = Gate()
        let interval = Timer.shared.ticksPerNanosecond * 1e9 / Double(cell.rate)
        let distribution = Distribution(count: cell.count)
        let samples = distribution.samples
        let handover = Handover(sender)
        let thread = BenchmarkThread {
            var sender = handover.take()
            var pacing = Pacing(interval: interval, yields: benchmark_processors() < 2)
            gate.pass()
            pacing.next = Double(clock_ticks_begin()) + interval
            for _ in 0..<cell.count { sender.send(SmallMessage(word: pacing.wait())) }
        }
        gate.wait(for: 1)
        let start = gate.open()
        var previous: UInt64?
        for index in 0..<cell.count {
            let intended = receiver.receive().word
            samples[index] = clock_ticks_end() &- intended
            // The intended times are an interval apart, but for the rounding.
            if let previous, abs(Double(Int64(intended &- previous)) - interval) > 2 {
                fail("a message is not the successor of the one before")
            }
            previous = intended
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        thread.join()
        distribution.add(to: &report, subtracting: 0)
    }
}
