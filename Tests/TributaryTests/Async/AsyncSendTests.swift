// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Every state of a sending task, one step at a time.
@Suite("AsyncSend")
struct AsyncSendTests {
    let executor = PumpedExecutor()
    let noted = Log<Int>()

    private func send(_ numbers: Range<Int>, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in
            for number in numbers {
                do throws(SendError<Int>) {
                    try await sender.send(number)
                    noted.note(number)
                } catch {
                    noted.note(error.reason == .closed ? -error.element : Int.min)
                }
            }
        }
    }

    @Test("room is used without suspending", arguments: Variant.all)
    func roomIsUsedWithoutSuspending(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(100), options: variant.options())
        send(0..<100, channel.makeSender())
        #expect(executor.run() == 1)
        #expect(noted.entries == Array(0..<100))
        #expect(channel.drain() == Array(0..<100))
        #expect(channel.isFinished)
    }

    @Test("a full sender suspends and goes on when there is room", arguments: [1, 2, 3, 7])
    func aFullSenderSuspendsAndGoesOnWhenThereIsRoom(capacity: Int) {
        let channel = Channel<Int>(capacity: .bounded(capacity))
        send(1..<21, channel.makeSender())
        var received: [Int] = []
        while received.count < 20 {
            executor.run()
            #expect(channel.length == min(capacity, 20 - received.count))
            if let message = channel.tryReceive() { received.append(message) }
        }
        executor.run()
        #expect(received == Array(1..<21))
        #expect(channel.isFinished)
    }

    @Test("one room is enough to go on", arguments: Variant.all)
    func oneRoomIsEnoughToGoOn(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1000), options: variant.options())
        send(0..<1001, channel.makeSender())
        executor.run()
        #expect(noted.entries.count == 1000)
        #expect(executor.waiting == 0)
        #expect(channel.tryReceive() == 0)
        #expect(executor.waiting == 1)
        executor.run()
        #expect(noted.entries.count == 1001)
    }

    @Test("a close hands the message of a waiting send back", arguments: Variant.all)
    func aCloseHandsTheMessageOfAWaitingSendBack(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(2), options: variant.options())
        send(1..<5, channel.makeSender())
        executor.run()
        channel.close()
        executor.run()
        #expect(noted.entries == [1, 2, -3, -4])
        #expect(channel.drain() == [1, 2])
        #expect(channel.isFinished)
    }

    @Test("the receiver's end hands the message of a waiting send back")
    func theReceiversEndHandsTheMessageOfAWaitingSendBack() {
        let channel = Channel<Int>(capacity: .bounded(1))
        send(1..<3, channel.makeSender())
        executor.run()
        _ = consume channel
        executor.run()
        #expect(noted.entries == [1, -2])
    }

    @Test("batches are sent in portions")
    func batchesAreSentInPortions() {
        let channel = Channel<Int>(capacity: .bounded(3))
        sendBatch(Array(0..<10), channel.makeSender())
        var received: [Int] = []
        while received.count < 10 {
            executor.run()
            received += channel.drain()
        }
        executor.run()
        #expect(received == Array(0..<10))
        #expect(noted.entries == [10])
    }

    private func sendBatch(_ numbers: [Int], _ sender: consuming Sender<Int>) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in
            do throws(BatchSendError) {
                try await sender.send(contentsOf: numbers)
                noted.note(numbers.count)
            } catch {
                noted.note(-error.sentCount)
            }
        }
    }

    @Test("a batch that the close interrupts tells how much was sent")
    func aBatchThatTheCloseInterruptsTellsHowMuchWasSent() {
        let channel = Channel<Int>(capacity: .bounded(3))
        sendBatch(Array(0..<10), channel.makeSender())
        executor.run()
        channel.close()
        executor.run()
        #expect(noted.entries == [-3])
        #expect(channel.drain() == [0, 1, 2])
    }

    @Test("any collection, any sequence")
    func anyCollectionAnySequence() async throws {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        try await sender.send(contentsOf: stride(from: 0, to: 10, by: 2).map { $0 }.lazy.map { $0 })
        try await sender.send(contentsOf: Set([10]))
        let numbers = AsyncStream<Int> { continuation in
            for number in 11..<14 { continuation.yield(number) }
            continuation.finish()
        }
        try await sender.send(contentsOf: numbers)
        #expect(await channel.receive(upTo: 100) == [0, 2, 4, 6, 8, 10, 11, 12, 13])
        try await shared.send(contentsOf: [1, 2, 3])
        try await shared.send(contentsOf: Set([4]))
        #expect(await channel.receive(upTo: 100) == [1, 2, 3, 4])
    }

    @Test("a policy that drops never suspends", arguments: [ChannelOptions.Overflow.dropNewest, .dropOldest])
    func aPolicyThatDropsNeverSuspends(overflow: ChannelOptions.Overflow) throws {
        var options = ChannelOptions()
        options.overflow = overflow
        let channel = try Channel<Int>(capacity: .bounded(2), options: options)
        send(0..<5, channel.makeSender())
        #expect(executor.run() == 1)
        #expect(channel.drain() == (overflow == .dropNewest ? [0, 1] : [3, 4]))
    }

    @Test("a sender that never blocks gives its thread away")
    func aSenderThatNeverBlocksGivesItsThreadAway() async {
        let channel = Channel<Int>(capacity: .unbounded)
        send(0..<100_000, channel.makeSender())
        let others = Counter()
        Task(executorPreference: executor) { [noted] in others.add(noted.entries.count) }
        await executor.run { noted.entries.count == 100_000 }
        #expect(others.value < 100_000)
    }

    @Test("a sender whose messages are dropped gives its thread away too")
    func aSenderWhoseMessagesAreDroppedGivesItsThreadAwayToo() async throws {
        var options = ChannelOptions()
        options.overflow = .dropNewest
        let channel = try Channel<Int>(capacity: .bounded(1), options: options)
        send(0..<100_000, channel.makeSender())
        let others = Counter()
        Task(executorPreference: executor) { [noted] in others.add(noted.entries.count) }
        await executor.run { noted.entries.count == 100_000 }
        #expect(others.value < 100_000)
        #expect(channel.drain() == [0])
    }

    @Test("a batch that never blocks gives its thread away")
    func aBatchThatNeverBlocksGivesItsThreadAway() async {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let batch = [Int](repeating: 1, count: 1000)
        let others = Log<Int>()
        Task(executorPreference: executor) { [noted] in
            for number in 0..<100 {
                try? await sender.send(contentsOf: batch)
                noted.note(number)
            }
        }
        Task(executorPreference: executor) { [noted] in others.note(noted.entries.count) }
        await executor.run { noted.entries.count == 100 }
        #expect(others.entries[0] < 100)
        #expect(channel.length == 100_000)
    }

    @Test("shared senders get room, and nothing is lost")
    func sharedSendersGetRoomAndNothingIsLost() async {
        let channel = Channel<Int>(capacity: .bounded(2))
        let sender = channel.makeSharedSender()
        for number in 0..<20 {
            Task(executorPreference: executor) { [noted] in
                do throws(SendError<Int>) {
                    try await sender.send(number)
                    noted.note(number)
                } catch {
                    noted.note(-1)
                }
            }
        }
        var received: [Int] = []
        await executor.run {
            if let message = channel.tryReceive() { received.append(message) }
            return received.count == 20 && noted.entries.count == 20
        }
        #expect(received.sorted() == Array(0..<20))
        #expect(noted.entries.sorted() == Array(0..<20))
    }

    @Test("waiting shared senders get room in the order in which they came", arguments: Variant.all)
    func waitingSharedSendersGetRoomInTheOrderInWhichTheyCame(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        let sender = channel.makeSharedSender()
        #expect(sender.attempt(0) == nil)
        let tasks = (1...6).map { number in
            Task(executorPreference: executor) { [noted] in
                do throws(SendError<Int>) {
                    try await sender.send(number)
                    noted.note(number)
                } catch {
                    noted.note(error.reason == .cancelled ? -error.element : Int.min)
                }
            }
        }
        executor.run()
        #expect(noted.entries.isEmpty)
        // One that was cancelled leaves the queue, and the others their places.
        tasks[2].cancel()
        executor.run()
        #expect(noted.entries == [-3])
        // One that was called for room and then cancelled uses it.
        #expect(channel.tryReceive() == 0)
        tasks[0].cancel()
        executor.run()
        #expect(noted.entries == [-3, 1])
        for number in [1, 2, 4, 5, 6] {
            #expect(channel.tryReceive() == number)
            executor.run()
        }
        #expect(noted.entries == [-3, 1, 2, 4, 5, 6])
    }

    @Test("a close hands the messages of waiting shared sends back")
    func aCloseHandsTheMessagesOfWaitingSharedSendsBack() async {
        let channel = Channel<Int>(capacity: .bounded(2))
        let sender = channel.makeSharedSender()
        for number in 1...5 {
            Task(executorPreference: executor) { [noted] in
                do throws(SendError<Int>) {
                    try await sender.send(number)
                    noted.note(number)
                } catch {
                    noted.note(error.reason == .closed ? -error.element : Int.min)
                }
            }
        }
        await executor.run { noted.entries.count == 2 }
        channel.close()
        await executor.run { noted.entries.count == 5 }
        #expect(noted.entries.filter { $0 < 0 }.count == 3)
        #expect(Set(noted.entries.map { $0.magnitude }) == Set(1...5))
        #expect(channel.drain().count == 2)
    }

    @Test("a cancelled shared send hands its message back, and the others get the room")
    func aCancelledSharedSendHandsItsMessageBackAndTheOthersGetTheRoom() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        let sender = channel.makeSharedSender()
        #expect(sender.attempt(0) == nil)
        let tasks = (1...3).map { number in
            Task(executorPreference: executor) { [noted] in
                do throws(SendError<Int>) {
                    try await sender.send(number)
                    noted.note(number)
                } catch {
                    noted.note(error.reason == .cancelled ? -error.element : Int.min)
                }
            }
        }
        // Into their waits, or through some attempts.
        for _ in 0..<30 { executor.step() }
        tasks[0].cancel()
        await executor.run { noted.entries == [-1] }
        var received: [Int] = []
        await executor.run {
            if let message = channel.tryReceive() { received.append(message) }
            return received.count == 3
        }
        await executor.run { noted.entries.count == 3 }
        #expect(Set(received) == [0, 2, 3])
    }

    @Test("closed returns when the receiver closes or goes", arguments: [true, false])
    func closedReturnsWhenTheReceiverClosesOrGoes(closes: Bool) {
        var channel: Channel<Int>? = Channel(capacity: .bounded(1))
        watch(channel!.makeSender())
        watch(channel!.makeSender(), afterFilling: true)
        let shared = channel!.makeSharedSender()
        Task(executorPreference: executor) { [noted] in noted.note(await shared.closed() ? 1 : 0) }
        executor.run()
        #expect(noted.entries.isEmpty)
        #expect(channel!.drain() == [1])
        executor.run()
        #expect(noted.entries.isEmpty)
        if closes { channel!.close() } else { channel = nil }
        executor.run()
        #expect(noted.entries == [1, 1, 1])
    }

    private func watch(_ sender: consuming Sender<Int>, afterFilling: Bool = false) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in
            if afterFilling { try? await sender.send(1) }
            noted.note(await sender.closed() ? 1 : 0)
        }
    }

    @Test("closed returns at once on a closed channel")
    func closedReturnsAtOnceOnAClosedChannel() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        var early = channel.makeSender()
        channel.close()
        var late = channel.makeSender()
        let earlyIsClosed = await early.closed()
        let lateIsClosed = await late.closed()
        #expect(earlyIsClosed && lateIsClosed)
        #expect(await channel.makeSharedSender().closed())
    }
}
