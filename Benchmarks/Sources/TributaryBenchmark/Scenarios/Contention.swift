// SPDX-License-Identifier: Apache-2.0

import Tributary

extension Scenario {
    /// What the channel itself counted during a run of the throughput scenario: read-modify-writes
    /// that failed and were tried again, and sends that left the fast path, for each message sent.
    static func contention(_ cell: Cell, _ report: inout Report) {
        let channel = Channel<SmallMessage>(for: cell)
        let nanoseconds =
            switch cell.implementation {
            case "tributary-sender": deliver(cell, through: channel)
            case "tributary-shared": deliverShared(cell, through: channel)
            default: noImplementation(cell)
            }
        let statistics = channel.statistics
        guard statistics.sent == cell.count, statistics.received == cell.count else {
            fail("\(cell.count) messages: the statistics say \(statistics)")
        }
        let sent = Double(statistics.sent)
        report.add("retries", "per send", Double(statistics.sendRetries) / sent)
        report.add("slow-paths", "per send", Double(statistics.sendSlowPaths) / sent)
        report.add("found-full", "per send", Double(statistics.sendCallsFull) / sent)
        report.add("heavy-fences", "per send", Double(statistics.heavyFences) / sent)
        report.add("sender-parks", "per send", Double(statistics.senderParks) / sent)
        report.add("receiver-parks", "per send", Double(statistics.receiverParks) / sent)
        report.setSeconds(nanoseconds: nanoseconds)
    }
}
