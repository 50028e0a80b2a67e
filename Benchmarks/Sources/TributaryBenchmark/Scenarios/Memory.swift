// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary

extension Scenario {
    /// Bytes that a channel holds, counted in the allocator hooks:
    /// idle, and after a burst that was sent before the first message of it was received. The
    /// sending thread is still there when the last figure is taken, with everything it may keep for
    /// itself. Swift's own objects (the `Channel`, a `SharedSender`'s handle) are not in the hooks.
    static func memory(_ cell: Cell, _ report: inout Report) {
        guard cell.capacity == 0, cell.producers == 1 else {
            fail("memory has one producer and no bound")
        }
        let allocator = CountingAllocator()
        let start = clock_nanoseconds()
        switch cell.implementation {
        case "tributary-sender":
            count(cell, allocator, open: { $0.makeSender() }, &report)
        case "tributary-shared":
            count(cell, allocator, open: { $0.makeSharedSender() }, &report)
        default:
            noImplementation(cell)
        }
        guard allocator.bytes == 0 else { fail("\(allocator.bytes) bytes were never given back") }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
    }

    private static func count<Sending: SendingEnd<SmallMessage> & ~Copyable>(
        _ cell: Cell, _ allocator: CountingAllocator,
        open: (Channel<SmallMessage>) -> sending Sending, _ report: inout Report
    ) {
        var options = ChannelOptions()
        options.allocator = allocator.hooks
        guard let channel = try? Channel<SmallMessage>(capacity: .unbounded, options: options)
        else {
            fail("the channel could not be created")
        }
        let idleChannel = allocator.bytes
        let handover = Handover(open(channel))
        let idle = allocator.bytes

        let sent = Gate()
        let thread = BenchmarkThread {
            var sender = handover.take()
            Stress.sendSingle(&sender, MessageFormat.firstWord(of: 0), cell.count)
            sent.pass()
        }
        sent.wait(for: 1)
        let full = allocator.bytes
        Stress.receiveSingle(channel, cell)
        let drained = allocator.bytes
        _ = sent.open()
        thread.join()
        report.add("idle-channel", "bytes", Double(idleChannel))
        report.add("idle-sender", "bytes", Double(idle - idleChannel))
        report.add("burst", "bytes", Double(full - idle))
        report.add("left-after-burst", "bytes", Double(drained - idle))
    }
}
