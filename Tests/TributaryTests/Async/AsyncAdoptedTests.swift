// SPDX-License-Identifier: Apache-2.0

import CTributary
import Testing
import Tributary

/// Senders that came from C wait as those that were made in Swift do.
@Suite("AsyncAdopted")
struct AsyncAdoptedTests {
    let executor = PumpedExecutor()
    let noted = Log<SendFailure?>()

    /// A C channel of words, and an adopted sender of it.
    private func open(capacity: Int) throws -> (OpaquePointer, Handover) {
        var options = tributary_options()
        tributary_options_initialize(&options, 8, 8, capacity)
        var channel: OpaquePointer?
        try #require(tributary_channel_create(&options, &channel) == 0)
        var sender: OpaquePointer?
        try #require(tributary_channel_open_sender(channel, &sender) == 0)
        return (try #require(channel), Handover(try Sender<Int>(unsafeHandle: sender!)))
    }

    private final class Handover: @unchecked Sendable {
        private var sender: Sender<Int>?
        init(_ sender: consuming Sender<Int>) { self.sender = consume sender }
        func take() -> Sender<Int> { sender.take()! }
    }

    private func receive(_ channel: OpaquePointer) -> Int? {
        var word = 0
        return tributary_channel_try_receive(channel, &word, 8) == 0 ? word : nil
    }

    private func send(
        _ numbers: Range<Int>, _ sender: consuming Sender<Int>, timeout: Duration? = nil
    ) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) { [noted] in
            for number in numbers {
                do throws(SendError<Int>) {
                    if let timeout {
                        try await sender.send(number, timeout: timeout)
                    } else {
                        try await sender.send(number)
                    }
                    noted.note(nil)
                } catch {
                    noted.note(error.reason)
                }
            }
        }
    }

    @Test("a send waits for C to receive", arguments: [nil, Duration.seconds(3600)])
    func aSendWaitsForCToReceive(timeout: Duration?) throws {
        let (channel, sender) = try open(capacity: 2)
        _ = send(0..<9, sender.take(), timeout: timeout)
        var received: [Int] = []
        while received.count < 9 {
            executor.run()
            #expect(tributary_channel_length(channel) == min(2, 9 - received.count))
            if let word = receive(channel) { received.append(word) }
        }
        executor.run()
        #expect(received == Array(0..<9))
        #expect(noted.entries.count == 9)
        // The adopted sender has ended with its task.
        #expect(tributary_channel_sender_count(channel) == 0)
        tributary_channel_destroy(channel)
    }

    @Test("a cancellation, a close and the channel's end", arguments: 0..<3)
    func aCancellationACloseAndTheChannelsEnd(form: Int) throws {
        let (channel, sender) = try open(capacity: 1)
        let task = send(0..<2, sender.take())
        executor.run()
        switch form {
        case 0: task.cancel()
        case 1: tributary_channel_close(channel)
        default: tributary_channel_destroy(channel)
        }
        executor.run()
        #expect(noted.entries == [nil, form == 0 ? .cancelled : .closed])
        if form < 2 { tributary_channel_destroy(channel) }
    }

    @Test("waiting for the close, and batches")
    func waitingForTheCloseAndBatches() throws {
        let (channel, sender) = try open(capacity: 2)
        sendBatch(sender.take())
        var received: [Int] = []
        while received.count < 5 {
            executor.run()
            while let word = receive(channel) { received.append(word) }
        }
        executor.run()
        #expect(received == [1, 2, 3, 4, 5])
        #expect(noted.entries == [nil])
        tributary_channel_close(channel)
        executor.run()
        #expect(noted.entries == [nil, .closed])
        tributary_channel_destroy(channel)
    }

    private func sendBatch(_ sender: consuming Sender<Int>) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in
            do throws(BatchSendError) {
                try await sender.send(contentsOf: [1, 2, 3, 4, 5])
                noted.note(nil)
            } catch { noted.note(error.reason) }
            noted.note(await sender.closed() ? .closed : .cancelled)
        }
    }

    /// Given back to C after it has waited, with its messages, and no callback of Swift's in it.
    @Test("a sender that has waited goes to C")
    func aSenderThatHasWaitedGoesToC() throws {
        let (channel, sender) = try open(capacity: 1)
        let handles = Log<UInt>()
        waitAndGive(sender, handles)
        executor.run()
        #expect(receive(channel) == 0)
        executor.run()
        let handle = OpaquePointer(bitPattern: handles.entries[0])
        #expect(receive(channel) == 1)
        var word = 2
        #expect(tributary_sender_try_send(handle, &word, 8) == 0)
        #expect(receive(channel) == 2)
        #expect(tributary_sender_notify_cancel(handle) != 0)
        tributary_sender_destroy(handle)
        tributary_channel_destroy(channel)
    }

    private func waitAndGive(_ handover: Handover, _ handles: Log<UInt>) {
        Task(executorPreference: executor) {
            var sender = handover.take()
            try! await sender.send(0)
            try! await sender.send(1)
            handles.note(UInt(bitPattern: sender.intoUnsafeHandle()))
        }
    }
}
