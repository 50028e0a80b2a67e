// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// A request and its answer: two channels, and a thread that receives from one and sends to the other, after it has worked for two
    /// microseconds. Each side waits for the other all the time. The work is a part of the sample: see cbench/scenarios/round_trip.h.
    static func roundTrip(_ cell: Cell, _ report: inout Report) {
        switch cell.implementation {
        case "tributary-sender":
            let requests = Channel<SmallMessage>(for: cell)
            let answers = Channel<SmallMessage>(for: cell)
            timeRoundTrips(cell, requests.makeSender(), Handover(requests), answers.makeSender(), answers, &report)
        case "tributary-shared":
            let requests = Channel<SmallMessage>(for: cell)
            let answers = Channel<SmallMessage>(for: cell)
            timeRoundTrips(cell, requests.makeSharedSender(), Handover(requests), answers.makeSharedSender(), answers, &report)
        case "locked-Deque":
            let requests = LockedDeque<SmallMessage>(for: cell)
            let answers = LockedDeque<SmallMessage>(for: cell)
            timeRoundTrips(cell, requests, Handover(requests), answers, answers, &report)
        default:
            noImplementation(cell)
        }
    }

    private static let workNanoseconds = 2000.0

    private static func timeRoundTrips<Sending: SendingEnd<SmallMessage> & ~Copyable, Receiving: ReceivingEnd<SmallMessage> & SendableMetatype>(
        _ cell: Cell, _ sender: consuming sending Sending, _ requests: Handover<Receiving>,
        _ answering: consuming sending Sending, _ answers: Receiving, _ report: inout Report
    ) {
        var sender = sender
        let distribution = Distribution(count: cell.count)
        let samples = distribution.samples
        let work = UInt64(workNanoseconds * Timer.shared.ticksPerNanosecond)
        let handover = Handover(answering)
        let thread = BenchmarkThread {
            let requests = requests.take()
            var answering = handover.take()
            for _ in 0..<cell.count {
                let request = requests.receive()
                let began = clock_ticks_begin()
                while clock_ticks_begin() &- began < work {}
                answering.send(request)
            }
        }
        let start = clock_nanoseconds()
        for index in 0..<cell.count {
            let word = UInt64(truncatingIfNeeded: index)
            let began = clock_ticks_begin()
            sender.send(SmallMessage(word: word))
            let received = answers.receive().word
            samples[index] = clock_ticks_end() &- began
            guard received == word else { fail("an answer is not the request's") }
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        thread.join()
        distribution.add(to: &report, subtracting: 0)
    }
}
