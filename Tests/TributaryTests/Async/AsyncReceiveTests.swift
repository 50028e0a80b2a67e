// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Every state of a receiving task, one step at a time.
@Suite("AsyncReceive")
struct AsyncReceiveTests {
    let executor = PumpedExecutor()
    let received = Log<Int?>()

    /// Receives until the channel has finished or the wait was cancelled; then notes nil.
    private func startReceiver(_ channel: sending Channel<Int>) -> Task<Void, Never> {
        Task(executorPreference: executor) { [received] in
            while let message = await channel.receive() { received.note(message) }
            received.note(nil)
        }
    }

    @Test("messages that are there are received without suspending", arguments: Variant.all)
    func messagesThatAreThereAreReceivedWithoutSuspending(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .unbounded, options: variant.options())
        var sender = channel.makeSender()
        for number in 0..<1000 { #expect(sender.attempt(number) == nil) }
        _ = consume sender
        _ = startReceiver(channel)
        #expect(executor.run() == 1)
        #expect(received.entries == Array(0..<1000) + [nil])
    }

    @Test("a suspended receiver is resumed once for many messages", arguments: Variant.all)
    func aSuspendedReceiverIsResumedOnceForManyMessages(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .unbounded, options: variant.options())
        var sender = channel.makeSender()
        _ = startReceiver(channel)
        executor.run()
        #expect(received.entries.isEmpty)
        for number in 0..<100 { #expect(sender.attempt(number) == nil) }
        #expect(executor.waiting == 1)
        #expect(executor.run() == 1)
        #expect(received.entries == Array(0..<100))
        #expect(sender.attempt(100) == nil)
        #expect(executor.waiting == 1)
        _ = consume sender
        executor.run()
        #expect(received.entries.last == .some(nil))
        #expect(received.entries.count == 102)
    }

    @Test("the end of the last sender resumes the receiver")
    func theEndOfTheLastSenderResumesTheReceiver() {
        let channel = Channel<Int>(capacity: .bounded(4))
        let first = channel.makeSender()
        let second = channel.makeSharedSender()
        _ = startReceiver(channel)
        executor.run()
        _ = consume first
        executor.run()
        #expect(received.entries.isEmpty)
        _ = consume second
        executor.run()
        #expect(received.entries == [nil])
    }

    @Test("shared messages resume the receiver")
    func sharedMessagesResumeTheReceiver() {
        let channel = Channel<Int>(capacity: .bounded(4))
        let sender = channel.makeSharedSender()
        _ = startReceiver(channel)
        executor.run()
        for number in 0..<3 { #expect(sender.attempt(number) == nil) }
        #expect(executor.run() == 1)
        #expect(received.entries == [0, 1, 2])
        _ = consume sender
        executor.run()
        #expect(received.entries == [0, 1, 2, nil])
    }

    @Test("for await ends with the channel")
    func forAwaitEndsWithTheChannel() {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        Task(executorPreference: executor) { [received] in
            for await message in channel { received.note(message) }
            received.note(nil)
        }
        executor.run()
        for number in 0..<3 {
            #expect(sender.attempt(number) == nil)
            executor.run()
        }
        _ = consume sender
        executor.run()
        #expect(received.entries == [0, 1, 2, nil])
    }

    @Test("batches take what is there")
    func batchesTakeWhatIsThere() {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let batches = Log<[Int]>()
        Task(executorPreference: executor) {
            while case let batch = await channel.receive(upTo: 4), !batch.isEmpty {
                batches.note(batch)
            }
            batches.note([])
        }
        executor.run()
        #expect(sender.attempt(0) == nil)
        executor.run()
        for number in 1..<8 { #expect(sender.attempt(number) == nil) }
        executor.run()
        _ = consume sender
        executor.run()
        #expect(batches.entries == [[0], [1, 2, 3, 4], [5, 6, 7], []])
    }

    @Test("a batch goes behind what the span holds")
    func aBatchGoesBehindWhatTheSpanHolds() {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let counts = Log<Int>()
        Task(executorPreference: executor) { [received] in
            let buffer = UnsafeMutableBufferPointer<Int>.allocate(capacity: 8)
            defer { buffer.deallocate() }
            var output = OutputSpan(buffer: buffer, initializedCount: 0)
            while output.freeCapacity > 0 {
                let count = await channel.receive(into: &output)
                counts.note(count)
                if count == 0 { break }
            }
            counts.note(await channel.receive(into: &output))
            for index in 0..<output.finalize(for: buffer) { received.note(buffer[index]) }
        }
        executor.run()
        for number in 0..<3 { #expect(sender.attempt(number) == nil) }
        executor.run()
        for number in 3..<9 { #expect(sender.attempt(number) == nil) }
        executor.run()
        #expect(counts.entries == [3, 5, 0])
        #expect(received.entries == Array(0..<8))
    }

    @Test("messages are lent where they lie")
    func messagesAreLentWhereTheyLie() {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        Task(executorPreference: executor) { [received] in
            while let sum = await channel.receive(
                upTo: 10,
                { span in
                    var sum = 0
                    for index in span.indices { sum += span[index] }
                    return sum
                })
            { received.note(sum) }
            received.note(nil)
        }
        executor.run()
        for number in 1...4 { #expect(sender.attempt(number) == nil) }
        executor.run()
        _ = consume sender
        executor.run()
        #expect(received.entries == [10, nil])
    }

    @Test("noncopyable elements and their lives")
    func noncopyableElementsAndTheirLives() {
        let ledger = Ledger()
        let channel = Channel<Token>(capacity: .unbounded)
        var sender = channel.makeSender()
        Task(executorPreference: executor) { [received] in
            while let token = await channel.receive() { received.note(token.number) }
            received.note(nil)
        }
        executor.run()
        for number in 0..<5 { #expect(sender.trySend(Token(number, ledger)).failure == nil) }
        executor.run()
        #expect(ledger.alive == 0)
        _ = consume sender
        executor.run()
        #expect(received.entries == [0, 1, 2, 3, 4, nil])
        #expect(ledger.created == 5)
    }

    @Test("a receiver that never finds the channel empty gives its thread away")
    func aReceiverThatNeverFindsTheChannelEmptyGivesItsThreadAway() async {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let count = 100_000
        for number in 0..<count { #expect(sender.attempt(number) == nil) }
        _ = consume sender
        let others = Counter()
        _ = startReceiver(channel)
        Task(executorPreference: executor) { [received] in others.add(received.entries.count) }
        await executor.run { received.entries.last == .some(nil) && others.value > 0 }
        // The other task came after a budget, or a run more, and long before the end.
        #expect(others.value >= 16_384)
        #expect(others.value <= 16_384 + 2048)
        #expect(received.entries.count == count + 1)
    }

    @Test("an actor's close ends the receive in which it waits, also while it holds a sender")
    func anActorsCloseEndsTheReceiveInWhichItWaits() async {
        let stopper = Stopper()
        let waiting = Task { await stopper.wait() }
        while await !stopper.isWaiting { await Task.yield() }
        await stopper.stop()
        #expect(await waiting.value == nil)
    }

    @Test("the actor of the caller is not left")
    func theActorOfTheCallerIsNotLeft() async {
        #expect(await Reader().read(count: 100) == 4950)
    }
}

/// Closes in one method while another one waits.
private actor Stopper {
    private let channel = Channel<Int>(capacity: .bounded(4))
    private var sender: SharedSender<Int>?
    private(set) var isWaiting = false

    func wait() async -> Int? {
        sender = channel.makeSharedSender()
        isWaiting = true
        return await channel.receive()
    }

    func stop() { channel.close() }
}

private actor Reader {
    private var sum = 0

    func read(count: Int) async -> Int {
        let channel = Channel<Int>(capacity: .bounded(1))
        let sender = channel.makeSharedSender()
        Task.detached {
            for number in 0..<count { try? await sender.send(number) }
        }
        for await message in channel {
            assertIsolated()
            sum += message
            if message == count - 1 { break }
        }
        return sum
    }
}
