// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Receiving")
struct ReceiveTests {
    @Test("empty and finished are told apart", arguments: Variant.all)
    func emptyAndFinished(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(4), options: variant.options())
        #expect(channel.tryReceive() == nil)
        #expect(channel.isFinished, "nothing can come without a sender")

        var sender: Sender<Int>? = channel.makeSender()
        #expect(channel.tryReceive() == nil)
        #expect(!channel.isFinished)

        #expect(sender!.attempt(1) == nil)
        sender = nil
        #expect(!channel.isFinished, "a message is left")
        #expect(channel.tryReceive() == 1)
        #expect(channel.tryReceive() == nil)
        #expect(channel.isFinished)

        sender = channel.makeSender()
        #expect(!channel.isFinished, "a sender was opened again")
        #expect(sender!.attempt(2) == nil)
        #expect(channel.receiveBlocking() == 2)
        sender = nil
        #expect(channel.receiveBlocking() == nil)
    }

    @Test("a sleeping receiver is woken by a message", arguments: Variant.all)
    func wakesForMessage(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        let answers = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        var sender = channel.makeSender()
        let count = scaled(300)
        let thread = TestThread(with: answers.makeSender()) { answer in
            while let number = channel.receiveBlocking() { try! answer.sendBlocking(number + 1) }
        }
        var number = 0
        for _ in 0..<count {
            try sender.sendBlocking(number)
            number = try #require(answers.receiveBlocking())
        }
        #expect(number == count)
        _ = consume sender
        thread.join()
        #expect(answers.receiveBlocking() == nil)
    }

    @Test("a sleeping receiver is woken by a shared message", arguments: Variant.all)
    func wakesForSharedMessage(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        let answers = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        var shared: SharedSender<Int>? = channel.makeSharedSender()
        let answer = answers.makeSharedSender()
        let count = scaled(300)
        let thread = TestThread {
            while let number = channel.receiveBlocking() { try! answer.sendBlocking(number + 1) }
        }
        var number = 0
        for _ in 0..<count {
            try shared!.sendBlocking(number)
            number = try #require(answers.receiveBlocking())
        }
        #expect(number == count)
        shared = nil
        thread.join()
    }

    @Test("a sleeping receiver is woken by the last sender's end", arguments: Variant.all)
    func wakesForEnd(variant: Variant) throws {
        // The end falls before, into and after the receiver's going to sleep.
        for round in 0..<scaled(100) {
            let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
            var sender: Sender<Int>? = round % 2 == 0 ? channel.makeSender() : nil
            let shared = Once(round % 2 == 1 ? channel.makeSharedSender() : nil)
            let thread = TestThread { #expect(channel.receiveBlocking() == nil) }
            for _ in 0..<(round / 2) { _ = sender?.isClosed }
            sender = nil
            shared.value = nil
            thread.join()
        }
    }

    private final class Once<Value> {
        var value: Value?
        init(_ value: Value?) { self.value = value }
    }

    @Test("no sender waits for more than one round of the others")
    func fairness() {
        let channel = Channel<Int>(capacity: .unbounded)
        var senders: [SharedBox] = []
        for number in 0..<4 {
            senders.append(SharedBox(channel.makeSender()))
            #expect(senders[number].sender.fill(with: number, atMost: 20_000) == 20_000)
        }
        // After the first message of the last one, everyone has been visited.
        var seen = Set<Int>()
        var taken = 0
        while seen.count < 4, let message = channel.tryReceive() {
            seen.insert(message)
            taken += 1
        }
        #expect(seen.count == 4)
        #expect(taken < 40_000, "a sender waited for the whole of another's messages")
    }

    /// Senders are noncopyable and do not fit an array.
    private final class SharedBox {
        var sender: Sender<Int>
        init(_ sender: consuming Sender<Int>) { self.sender = sender }
    }

    @Test("messages received from within a closure that reads in place trap")
    func exclusiveAccess() async {
        await #expect(processExitsWith: .failure) {
            let channel = Channel<Int>(capacity: .bounded(4))
            var sender = channel.makeSender()
            try sender.trySend(1)
            _ = channel.tryReceive(upTo: 4) { _ in channel.tryReceive() }
        }
    }
}
