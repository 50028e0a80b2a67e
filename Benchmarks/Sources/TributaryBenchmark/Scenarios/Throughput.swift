// SPDX-License-Identifier: Apache-2.0

import Tributary

extension Scenario {
    /// Messages delivered a second.
    static func throughput(_ cell: Cell, _ report: inout Report) {
        let nanoseconds =
            switch cell.payloadBytes {
            case 8: deliver(cell, SmallMessage.self)
            case 64: deliver(cell, LargeMessage.self)
            default: deliver(cell, LargestMessage.self)
            }
        report.add("throughput", "messages/s", Double(cell.count) * 1e9 / Double(nanoseconds))
        report.setSeconds(nanoseconds: nanoseconds)
    }

    private static func deliver<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
        switch (cell.implementation, cell.mode) {
        case ("tributary-sender", _):
            return deliver(cell, through: Channel<Element>(for: cell))
        case ("tributary-shared", _):
            return deliverShared(cell, through: Channel<Element>(for: cell))
        case ("tributary-tasks", _), ("tributary-tasks-shared", _):
            return deliverToTask(cell, type)
        case ("locked-Deque", .single):
            let deque = LockedDeque<Element>(for: cell)
            return Stress.single(cell, open: { deque }, receiver: deque)
        case ("AsyncStream", .single):
            return AsyncStreamThroughput.run(cell, type)
        case ("AsyncChannel", .single), ("MPSC-AsyncChannel", .single):
            return deliverBetweenTasks(cell, type)
        case ("dispatch-queue", .single):
            return DispatchQueueThroughput.run(cell, type)
        #if TRIBUTARY_PEERS
            case ("NIOAsyncSequenceProducer", .single), ("NIOAsyncSequenceProducer", .batch):
                return SequenceProducerThroughput.run(cell, type)
        #endif
        default:
            noImplementation(cell)
        }
    }

    static func deliver<Element: Message>(
        _ cell: Cell, through channel: Channel<Element>
    ) -> UInt64 {
        switch cell.mode {
        case .single:
            Stress.single(cell, open: { channel.makeSender() }, receiver: channel)
        case .batch:
            Stress.batch(cell, open: { channel.makeSender() }, receiver: channel)
        case .inPlace:
            Stress.inPlace(cell, open: { channel.makeSender() }, receiver: channel)
        }
    }

    static func deliverShared<Element: Message>(
        _ cell: Cell, through channel: Channel<Element>
    ) -> UInt64 {
        switch cell.mode {
        case .single:
            Stress.single(cell, open: { channel.makeSharedSender() }, receiver: channel)
        case .batch:
            Stress.batch(cell, open: { channel.makeSharedSender() }, receiver: channel)
        case .inPlace:
            noImplementation(cell)
        }
    }
}
