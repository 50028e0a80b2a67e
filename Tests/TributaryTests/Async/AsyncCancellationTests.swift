// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Cancellation before, during and after the wake: it ends a wait and nothing else.
@Suite("AsyncCancellation")
struct AsyncCancellationTests {
    let executor = PumpedExecutor()
    let noted = Log<Int?>()

    /// Receives in one wait after another, each of which may be cancelled: the channel goes on.
    private func startReceiver(_ channel: sending Channel<Int>) -> Task<Void, Never> {
        Task(executorPreference: executor) { [noted, executor] in
            while let message = await channel.receive() { noted.note(message) }
            noted.note(nil)
            guard Task.isCancelled else { return }
            // The channel is as it was: another task receives from it.
            nonisolated(unsafe) let channel = channel
            Task(executorPreference: executor) {
                while let message = await channel.receive() { noted.note(message) }
                noted.note(nil)
            }
        }
    }

    @Test("a cancelled receiver leaves the channel as it was", arguments: Variant.all)
    func aCancelledReceiverLeavesTheChannelAsItWas(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(4), options: variant.options())
        var sender = channel.makeSender()
        let task = startReceiver(channel)
        executor.run()
        task.cancel()
        executor.run()
        #expect(noted.entries == [nil])
        let isClosed = sender.isClosed
        #expect(!isClosed)
        #expect(sender.attempt(1) == nil)
        executor.run()
        _ = consume sender
        executor.run()
        #expect(noted.entries == [nil, 1, nil])
    }

    @Test("cancelled before it began to wait")
    func cancelledBeforeItBeganToWait() {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        #expect(sender.attempt(1) == nil)
        let task = startReceiver(channel)
        task.cancel()
        executor.run()
        // What was there was received all the same.
        #expect(noted.entries == [1, nil])
        #expect(sender.attempt(2) == nil)
        executor.run()
        #expect(noted.entries == [1, nil, 2])
        _ = consume sender
        executor.run()
        #expect(noted.entries == [1, nil, 2, nil])
    }

    @Test("cancelled after the wake and before it ran")
    func cancelledAfterTheWakeAndBeforeItRan() {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let task = startReceiver(channel)
        executor.run()
        #expect(sender.attempt(1) == nil)
        #expect(executor.waiting == 1)
        task.cancel()
        executor.run()
        #expect(noted.entries == [1, nil])
        #expect(sender.attempt(2) == nil)
        _ = consume sender
        executor.run()
        #expect(noted.entries == [1, nil, 2, nil])
    }

    @Test("a message sent between the cancellation and the resumption")
    func aMessageSentBetweenTheCancellationAndTheResumption() {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let task = startReceiver(channel)
        executor.run()
        task.cancel()
        #expect(executor.waiting == 1)
        // The notification is still armed: its call comes too late and must not harm.
        #expect(sender.attempt(1) == nil)
        executor.run()
        #expect(noted.entries == [1, nil])
        _ = consume sender
        executor.run()
        #expect(noted.entries == [1, nil, nil])
    }

    @Test("a cancelled for await ends, and another goes on")
    func aCancelledForAwaitEndsAndAnotherGoesOn() {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let task = Task(executorPreference: executor) { [noted, executor] in
            for await message in channel { noted.note(message) }
            nonisolated(unsafe) let channel = channel
            Task(executorPreference: executor) {
                for await message in channel { noted.note(-message) }
            }
        }
        executor.run()
        #expect(sender.attempt(1) == nil)
        executor.run()
        task.cancel()
        executor.run()
        #expect(sender.attempt(2) == nil)
        executor.run()
        #expect(noted.entries == [1, -2])
    }

    @Test("a cancelled send hands its message back", arguments: Variant.all)
    func aCancelledSendHandsItsMessageBack(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        var sender = channel.makeSender()
        #expect(sender.attempt(0) == nil)
        let noted = noted
        let task = sendNext(sender)
        executor.run()
        task.cancel()
        executor.run()
        #expect(noted.entries == [-7, nil])
        #expect(channel.drain() == [0])
    }

    /// Notes the negative of a message that was handed back, then nil.
    private func sendNext(_ sender: consuming Sender<Int>) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) { [noted] in
            do throws(SendError<Int>) {
                try await sender.send(7)
            } catch {
                noted.note(error.reason == .cancelled ? -error.element : 99)
            }
            noted.note(nil)
        }
    }

    @Test("room that was made before the cancellation is used")
    func roomThatWasMadeBeforeTheCancellationIsUsed() {
        let channel = Channel<Int>(capacity: .bounded(1))
        var sender = channel.makeSender()
        #expect(sender.attempt(0) == nil)
        let task = sendNext(sender)
        executor.run()
        #expect(channel.tryReceive() == 0)
        #expect(executor.waiting == 1)
        task.cancel()
        executor.run()
        #expect(noted.entries == [nil])
        #expect(channel.drain() == [7])
    }

    @Test("a send that was cancelled before it began uses the room there is")
    func aSendThatWasCancelledBeforeItBeganUsesTheRoomThereIs() {
        let channel = Channel<Int>(capacity: .bounded(1))
        let task = sendNext(channel.makeSender())
        task.cancel()
        executor.run()
        #expect(noted.entries == [nil])
        #expect(channel.drain() == [7])
    }

    @Test("a noncopyable message comes back")
    func aNoncopyableMessageComesBack() {
        let ledger = Ledger()
        let channel = Channel<Token>(capacity: .bounded(1))
        var sender = channel.makeSender()
        #expect(sender.trySend(Token(0, ledger)).failure == nil)
        let task = sendToken(sender, ledger)
        executor.run()
        #expect(ledger.alive == 2)
        task.cancel()
        executor.run()
        #expect(noted.entries == [1])
        #expect(ledger.alive == 1)
        _ = consume channel
        #expect(ledger.alive == 0)
    }

    private func sendToken(
        _ sender: consuming Sender<Token>, _ ledger: Ledger
    ) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) { [noted] in
            switch await sender.send(Token(1, ledger)) {
            case .sent: noted.note(nil)
            case .returned(let token, let reason):
                noted.note(reason == .cancelled ? token.number : -1)
            }
        }
    }

    @Test("waiting for the close can be cancelled")
    func waitingForTheCloseCanBeCancelled() {
        let channel = Channel<Int>(capacity: .bounded(1))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        #expect(sender.attempt(1) == nil)
        let tasks = [waitForClose(sender), waitForClose(shared)]
        executor.run()
        #expect(noted.entries.isEmpty)
        for task in tasks { task.cancel() }
        executor.run()
        #expect(noted.entries == [0, 0])
        #expect(channel.drain() == [1])
        #expect(!channel.isClosed)
    }

    private func waitForClose(_ sender: consuming Sender<Int>) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) { [noted] in
            noted.note(await sender.closed() ? 1 : 0)
        }
    }

    private func waitForClose(_ sender: SharedSender<Int>) -> Task<Void, Never> {
        Task(executorPreference: executor) { [noted] in
            noted.note(await sender.closed() ? 1 : 0)
        }
    }
}
