// SPDX-License-Identifier: Apache-2.0

import CTributary
import Testing
import Tributary

@Suite("C and Swift on one channel")
struct InteroperabilityTests {
    @Test("C sends what Swift receives")
    func fromC() throws {
        let channel = Channel<UInt64>(capacity: .bounded(8))
        let opened = channel.makeSender().intoUnsafeHandle()
        let handle = try #require(opened)
        for number in 0..<8 as Range<UInt64> {
            var message = number
            #expect(tributary_sender_try_send(handle, &message, 8) == 0)
        }
        #expect(channel.drain() == Array(0..<8))
        #expect(channel.senderCount == 1)
        tributary_sender_destroy(handle)
        #expect(channel.isFinished)
    }

    @Test("Swift sends what C receives")
    func toC() throws {
        var options = tributary_options()
        tributary_options_initialize(&options, 8, 8, 2)
        var handle: OpaquePointer?
        #expect(tributary_channel_create(&options, &handle) == 0)
        let channel = try #require(handle)
        var senderHandle: OpaquePointer?
        #expect(tributary_channel_open_sender(channel, &senderHandle) == 0)
        let opened = try #require(senderHandle)
        #expect(throws: ChannelError.messageSizeMismatch) {
            _ = try Sender<UInt32>(unsafeHandle: opened)
        }
        var sender = try Sender<UInt64>(unsafeHandle: opened)
        try sender.trySend(1)
        try sender.trySend(2)
        #expect(sender.attempt(3) == .full)
        #expect(throws: SendError<UInt64>.self) {
            try sender.sendBlocking(3, timeout: .milliseconds(1))
        }
        var clone = sender.clone()
        #expect(clone.attempt(4) == nil)
        var received: [UInt64] = []
        var message: UInt64 = 0
        while tributary_channel_try_receive(channel, &message, 8) == 0 { received.append(message) }
        #expect(received.sorted() == [1, 2, 4])
        tributary_channel_destroy(channel)
        #expect(sender.attempt(5) == .closed)
    }

    @Test("C observes the channel that Swift holds")
    func observe() throws {
        let channel = Channel<UInt64>(capacity: .bounded(8))
        var sender = channel.makeSender()
        try sender.trySend(1)
        #expect(tributary_channel_length(channel.unsafeHandle) == 1)
        #expect(tributary_channel_message_size(channel.unsafeHandle) == 8)
        channel.close()
        let closed = channel.makeSender()
        let handle = closed.intoUnsafeHandle()
        #expect(handle == nil)
    }
}
