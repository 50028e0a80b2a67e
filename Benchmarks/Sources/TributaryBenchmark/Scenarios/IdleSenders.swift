// SPDX-License-Identifier: Apache-2.0

import Tributary

extension Scenario {
    private static let idleSendersWarmUp = 200_000

    /// The cost of a message beside any number of open senders that say nothing. Each of them has
    /// sent one message before, so that it has been through the inbox and has storage; and a short
    /// run comes before the timed one, in which the receiver may forget about them.
    static func idleSenders(_ cell: Cell, _ report: inout Report) {
        guard cell.implementation == "tributary-sender" else { noImplementation(cell) }
        let channel = Channel<SmallMessage>(for: cell)
        var idle: [IdleSender] = []
        for index in 0..<cell.idleSenders {
            let sender = IdleSender(channel.makeSender())
            sender.sender.send(SmallMessage(word: UInt64(index)))
            idle.append(sender)
        }
        for _ in idle where channel.receive().word >= UInt64(idle.count) {
            fail("an idle sender's message arrived changed")
        }
        var warmUp = cell
        warmUp.count = idleSendersWarmUp
        _ = deliver(warmUp, through: channel)
        let nanoseconds = deliver(cell, through: channel)
        extendLifetime(idle)
        report.add("cost", "ns/message", Double(nanoseconds) / Double(cell.count))
        report.setSeconds(nanoseconds: nanoseconds)
    }

    /// An array cannot hold noncopyable values.
    private final class IdleSender {
        var sender: Sender<SmallMessage>
        init(_ sender: consuming Sender<SmallMessage>) { self.sender = sender }
    }
}
