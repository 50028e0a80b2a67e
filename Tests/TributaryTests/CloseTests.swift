// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Closing")
struct CloseTests {
    @Test("what was sent is received, everything later comes back", arguments: Variant.all)
    func closeThenDrain(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(10), options: variant.options())
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        for number in 0..<3 { try sender.trySend(number) }
        for number in 10..<13 { try shared.trySend(number) }
        channel.close()
        channel.close()
        #expect(channel.isClosed)
        let senderIsClosed = sender.isClosed
        #expect(senderIsClosed)
        #expect(shared.isClosed)
        #expect(!channel.isFinished, "six messages are left")

        for _ in 0..<2 {
            do {
                try sender.trySend(99)
                Issue.record("sent into a closed channel")
            } catch {
                #expect(error.element == 99)
                #expect(error.reason == .closed)
            }
        }
        #expect(shared.attempt(99) == .closed)
        let sorted = channel.drain().sorted()
        #expect(sorted == [0, 1, 2, 10, 11, 12])
        #expect(channel.isFinished)
        #expect(channel.receiveBlocking() == nil)
    }

    @Test("every form of send hands its message back")
    func everyForm() {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .unbounded)
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        channel.close()
        let parcel = Parcel(1, ledger)

        func expectReturned(_ send: () throws -> Void) {
            do {
                try send()
                Issue.record("sent into a closed channel")
            } catch let error as SendError<Parcel> {
                #expect(error.element === parcel)
                #expect(error.reason == .closed)
            } catch {
                Issue.record(error)
            }
        }
        expectReturned { try sender.trySend(parcel) }
        expectReturned { try sender.sendBlocking(parcel) }
        expectReturned { try sender.sendBlocking(parcel, timeout: .seconds(60)) }
        expectReturned { try shared.trySend(parcel) }
        expectReturned { try shared.sendBlocking(parcel) }
        expectReturned { try shared.sendBlocking(parcel, timeout: .seconds(60)) }
        #expect(ledger.created == 1)
        #expect(ledger.destroyed == 0)
    }

    @Test("noncopyable messages come back as they were")
    func noncopyable() {
        let ledger = Ledger()
        let channel = Channel<Token>(capacity: .bounded(1))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        for number in 0..<2 {
            switch sender.trySend(Token(number, ledger)) {
            case .sent: #expect(number == 0)
            case .returned(let token, let reason):
                #expect(token.number == 1)
                #expect(reason == .full)
            }
        }
        channel.close()
        func expectReturned(_ result: consuming SendResult<Token>) {
            switch consume result {
            case .sent: Issue.record("sent into a closed channel")
            case .returned(let token, let reason):
                #expect(token.number == 7)
                #expect(reason == .closed)
            }
        }
        expectReturned(sender.trySend(Token(7, ledger)))
        expectReturned(sender.sendBlocking(Token(7, ledger)))
        expectReturned(sender.sendBlocking(Token(7, ledger), timeout: .seconds(60)))
        expectReturned(shared.trySend(Token(7, ledger)))
        expectReturned(shared.sendBlocking(Token(7, ledger)))
        expectReturned(shared.sendBlocking(Token(7, ledger), timeout: .seconds(60)))
        #expect(throws: SendFailure.closed) { try sender.trySend(Token(7, ledger)).get() }
        if let first = channel.tryReceive() {
            #expect(first.number == 0)
        } else {
            Issue.record("a message is missing")
        }
        #expect(ledger.alive == 0)
    }

    @Test("a closing receiver wakes every waiting sender", arguments: Variant.all)
    func wakesSenders(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        let returned = Counter()
        var threads = ThreadGroup()
        for number in 0..<4 {
            var sender = channel.makeSender()
            let shared = channel.makeSharedSender()
            threads.start {
                do throws(SendError<Int>) {
                    if number % 2 == 0 {
                        while true { try sender.sendBlocking(number) }
                    } else {
                        while true { try shared.sendBlocking(number) }
                    }
                } catch {
                    #expect(error.reason == .closed)
                    #expect(error.element == number)
                    returned.add()
                }
            }
        }
        // Two lanes and the shared queue, one message each.
        waitUntil { channel.length == 3 }
        waitUntil { channel.statistics.senderParks >= 1 }
        #expect(returned.value == 0)
        channel.close()
        threads.join()
        #expect(returned.value == 4)
        #expect(channel.drain().count == 3)
    }

    @Test("the receiver's end wakes every waiting sender", arguments: Variant.all)
    func endWakesSenders(variant: Variant) throws {
        var channel: Channel<Int>? = try Channel(
            capacity: .bounded(1), options: variant.sleepyOptions())
        let returned = Counter()
        var threads = ThreadGroup()
        for number in 0..<4 {
            var sender = channel!.makeSender()
            threads.start {
                do {
                    while true { try sender.sendBlocking(number) }
                } catch {
                    returned.add()
                }
            }
        }
        waitUntil { channel!.length == 4 }
        channel = nil
        threads.join()
        #expect(returned.value == 4)
    }

    @Test("senders opened after the close are closed")
    func openAfterClose() {
        let channel = Channel<Int>(capacity: .bounded(3))
        var before = channel.makeSender()
        let sharedBefore = channel.makeSharedSender()
        channel.close()
        var after = channel.makeSender()
        let sharedAfter = channel.makeSharedSender()
        #expect(after.attempt(1) == .closed)
        #expect(sharedAfter.attempt(1) == .closed)
        let state = (isClosed: after.isClosed, length: after.length, capacity: after.capacity)
        #expect(state == (true, 0, .bounded(0)))
        #expect(sharedAfter.isClosed)
        #expect(sharedAfter.length == 0)
        #expect(sharedAfter.capacity == .bounded(0))
        let same = after.isSameChannel(as: before)
        #expect(!same)
        #expect(!sharedAfter.isSameChannel(as: sharedBefore))

        var clone = before.clone()
        #expect(clone.attempt(1) == .closed)
        var cloneOfClosed = after.clone()
        #expect(cloneOfClosed.attempt(1) == .closed)
        #expect(after.makeSharedSender().attempt(1) == .closed)
        #expect(before.makeSharedSender().attempt(1) == .closed)
        #expect(sharedAfter.clone().attempt(1) == .closed)
        var fromShared = sharedAfter.makeSender()
        #expect(fromShared.attempt(1) == .closed)
        var fromSharedBefore = sharedBefore.makeSender()
        #expect(fromSharedBefore.attempt(1) == .closed)

        #expect(throws: SendFailure.closed) { _ = try after.trySend(contentsOf: [1, 2].span) }
        #expect(throws: BatchSendError.self) { try sharedAfter.sendBlocking(contentsOf: [1].span) }
        #expect(throws: SendFailure.closed) { try after.trySend(upTo: 3) { $0.append(1) } }
    }

    @Test("senders and shared senders open each other")
    func openFromEachOther() {
        let channel = Channel<Int>(capacity: .bounded(3))
        var first = channel.makeSender()
        var second = first.clone()
        let shared = second.makeSharedSender()
        var third = shared.makeSender()
        #expect(channel.senderCount == 4)
        let same = first.isSameChannel(as: third)
        #expect(same)
        #expect(shared.isSameChannel(as: channel.makeSharedSender()))
        let other = Channel<Int>(capacity: .bounded(3)).makeSender()
        let different = first.isSameChannel(as: other)
        #expect(!different)
        #expect(first.attempt(1) == nil)
        #expect(second.attempt(2) == nil)
        #expect(third.attempt(3) == nil)
        #expect(channel.drain().sorted() == [1, 2, 3])
    }

    @Test("all copies of a shared sender are one end")
    func sharedCopies() {
        let channel = Channel<Int>(capacity: .bounded(3))
        var first: SharedSender<Int>? = channel.makeSharedSender()
        var copy = first
        #expect(channel.senderCount == 1)
        first = nil
        #expect(channel.senderCount == 1)
        #expect(copy?.attempt(1) == nil)
        copy = nil
        #expect(channel.senderCount == 0)
        #expect(channel.tryReceive() == 1)
        #expect(channel.isFinished)
    }
}
