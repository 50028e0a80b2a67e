// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// Every send call timed, at an offered rate (open loop) or, with rate 0, one after another.
    static func sendLatency(_ cell: Cell, _ report: inout Report) {
        let channel = Channel<SmallMessage>(for: cell)
        switch cell.implementation {
        case "tributary-sender":
            timeSends(cell, open: { channel.makeSender() }, channel, &report)
        case "tributary-shared":
            timeSends(cell, open: { channel.makeSharedSender() }, channel, &report)
        case "locked-Deque":
            let deque = LockedDeque<SmallMessage>(for: cell)
            timeSends(cell, open: { deque }, deque, &report)
        default:
            noImplementation(cell)
        }
    }

    private static func timeSends<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ cell: Cell, open: () -> sending Sending, _ receiver: some ReceivingEnd<SmallMessage>,
        _ report: inout Report
    ) {
        let gate = Gate()
        let distribution = Distribution(count: cell.count)
        // Each producer has a part of its own.
        nonisolated(unsafe) let samples = distribution.samples
        let interval =
            cell.rate == 0
            ? 0
            : Timer.shared.ticksPerNanosecond * 1e9 * Double(cell.producers) / Double(cell.rate)
        var threads: [BenchmarkThread] = []
        var firstSample = 0
        for producer in 0..<cell.producers {
            let handover = Handover(open())
            let range = firstSample..<(firstSample + cell.share(of: producer))
            firstSample = range.upperBound
            threads.append(
                BenchmarkThread {
                    var sender = handover.take()
                    var pacing = Pacing(
                        interval: interval, yields: cell.producers + 1 > Int(benchmark_processors())
                    )
                    gate.pass()
                    // Spread over one interval, so that the producers do not send together.
                    pacing.next =
                        Double(clock_ticks_begin()) + interval * Double(producer + 1)
                        / Double(cell.producers)
                    timeSends(
                        &sender, &pacing, MessageFormat.firstWord(of: producer),
                        UnsafeMutableBufferPointer(rebasing: samples[range]))
                })
        }
        gate.wait(for: cell.producers)
        let start = gate.open()
        Stress.receiveSingle(receiver, cell)
        let nanoseconds = clock_nanoseconds() - start
        for thread in threads { thread.join() }
        distribution.add(to: &report, subtracting: Timer.shared.cost)
        Timer.shared.add(to: &report)
        report.add("rate", "messages/s", Double(cell.count) * 1e9 / Double(nanoseconds))
        report.setSeconds(nanoseconds: nanoseconds)
    }

    private static func timeSends<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ sender: inout Sending, _ pacing: inout Pacing, _ first: UInt64,
        _ samples: UnsafeMutableBufferPointer<UInt64>
    ) {
        for index in samples.indices {
            if pacing.interval != 0 { _ = pacing.wait() }
            let begin = clock_ticks_begin()
            sender.send(SmallMessage(word: first &+ UInt64(index)))
            samples[index] = clock_ticks_end() - begin
        }
    }
}
