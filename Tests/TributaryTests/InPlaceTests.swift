// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("In place")
struct InPlaceTests {
    @Test("messages are written into the slots and read where they lie", arguments: Variant.all)
    func writeAndRead(variant: Variant) throws {
        let ledger = Ledger()
        let channel = try Channel<Token>(capacity: .bounded(100), options: variant.options())
        let count = scaled(20_000)
        let thread = TestThread(with: channel.makeSender()) { sender in
            var next = 0
            while next < count {
                let sent = try! sender.sendBlocking(upTo: min(17, count - next)) { output in
                    for offset in 0..<output.freeCapacity {
                        output.append(Token(next + offset, ledger))
                    }
                }
                #expect(sent > 0)
                next += sent
            }
        }
        var expected = 0
        while true {
            let read = channel.receiveBlocking(upTo: 23) { messages in
                for index in messages.indices {
                    #expect(messages[index].number == expected)
                    expected += 1
                }
                return messages.count
            }
            guard let read else { break }
            #expect(read >= 1 && read <= 23)
        }
        thread.join()
        #expect(expected == count)
        #expect(ledger.created == count)
        #expect(ledger.alive == 0)
    }

    @Test("fewer than the room, and none, may be written")
    func partial() throws {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        var room = 0
        #expect(try sender.trySend(upTo: 10) { room = $0.freeCapacity } == 0)
        #expect(room >= 1 && room <= 4)
        #expect(channel.length == 0)
        #expect(try sender.trySend(upTo: 1) { $0.append(1) } == 1)
        #expect(try sender.trySend(upTo: 3) { $0.append(2) } == 1)
        #expect(channel.length == 2)
        #expect(try sender.trySend(upTo: 0) { _ in Issue.record("called") } == 0)
        #expect(try sender.sendBlocking(upTo: -1) { _ in Issue.record("called") } == 0)
        #expect(sender.fill(with: 3) == 2)
        #expect(throws: SendFailure.full) {
            try sender.trySend(upTo: 1) { _ in Issue.record("called") }
        }
        #expect(throws: SendFailure.timedOut) {
            try sender.sendBlocking(upTo: 1, timeout: .zero) { _ in Issue.record("called") }
        }
        #expect(channel.drain() == [1, 2, 3, 3])
    }

    @Test("messages written into a channel that closes meanwhile come back")
    func returned() throws {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .bounded(8))
        var sender = channel.makeSender()
        try sender.trySend(Parcel(0, ledger))
        var numbers: [Int] = []
        #expect(throws: SendFailure.closed) {
            try sender.trySend(upTo: 4) { output in
                output.append(Parcel(1, ledger))
                output.append(Parcel(2, ledger))
                channel.close()
            } returned: { parcel in
                numbers.append(parcel.number)
            }
        }
        #expect(numbers == [1, 2])
        #expect(ledger.alive == 1)

        let other = Channel<Parcel>(capacity: .bounded(8))
        var otherSender = other.makeSender()
        #expect(throws: SendFailure.closed) {
            try otherSender.sendBlocking(upTo: 4) { output in
                output.append(Parcel(3, ledger))
                other.close()
            }
        }
        #expect(ledger.alive == 1)
        #expect(channel.tryReceive()?.number == 0)
        #expect(ledger.alive == 0)
    }

    @Test("a peek leaves the messages, a receive takes them")
    func peek() throws {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .bounded(8))
        var sender = channel.makeSender()
        #expect(channel.tryPeek { _ in Issue.record("called") } == nil)
        for number in 0..<5 { try sender.trySend(Parcel(number, ledger)) }
        for _ in 0..<2 {
            #expect(channel.tryPeek { [$0.count, $0[0].number] } == [1, 0])
            #expect(channel.tryPeek(upTo: 3) { $0[$0.count - 1].number } == 2)
        }
        #expect(channel.tryPeek(upTo: 0) { _ in Issue.record("called") } == nil)
        #expect(channel.length == 5)
        #expect(channel.tryReceive()?.number == 0)
        #expect(channel.tryReceive(upTo: 2) { $0[1].number } == 2)
        #expect(ledger.alive == 2)
        #expect(channel.receiveBlocking(upTo: 100) { $0.count } == 2)
        #expect(ledger.alive == 0)
        #expect(channel.tryReceive(upTo: 1) { _ in Issue.record("called") } == nil)
    }

    @Test("a closure that throws receives nothing")
    func throwing() throws {
        struct Refused: Error, Equatable {}
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .bounded(8))
        var sender = channel.makeSender()
        for number in 0..<3 { try sender.trySend(Parcel(number, ledger)) }
        for _ in 0..<2 {
            #expect(throws: Refused()) {
                try channel.tryReceive(upTo: 2) { _ throws(Refused) in throw Refused() }
            }
            #expect(throws: Refused()) {
                try channel.receiveBlocking(upTo: 2) { _ throws(Refused) in throw Refused() }
            }
        }
        #expect(ledger.alive == 3)
        #expect(channel.drain().map(\.number) == [0, 1, 2])
        #expect(ledger.alive == 0)
    }

    @Test("shared messages are read in place too")
    func shared() throws {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .unbounded)
        let sender = channel.makeSharedSender()
        for number in 0..<200 { try sender.trySend(Parcel(number, ledger)) }
        var expected = 0
        while let count = channel.tryReceive(
            upTo: 16,
            { messages in
                for index in messages.indices {
                    #expect(messages[index].number == expected + index)
                }
                return messages.count
            })
        { expected += count }
        #expect(expected == 200)
        #expect(ledger.alive == 0)
    }

    @Test("the closure may send and observe, it may only not receive")
    func withinTheClosure() throws {
        let channel = Channel<Int>(capacity: .bounded(2))
        var sender = channel.makeSender()
        try sender.trySend(1)
        let other = channel.makeSharedSender()
        channel.tryReceive(upTo: 1) { _ in
            #expect(channel.length == 1)
            #expect(other.attempt(2) == nil)
            #expect(sender.attempt(3) == nil)
            var another = channel.makeSender()
            #expect(another.attempt(4) == nil)
        }
        #expect(channel.drain().sorted() == [2, 3, 4])
    }

    @Test("asking whether the channel has finished while messages are lent changes nothing")
    func isFinishedWhileLent() {
        let ledger = Ledger()
        let channel = Channel<Token>(capacity: .bounded(8))
        do {
            var sender = channel.makeSender()
            for number in 0..<4 { #expect(sender.trySend(Token(number, ledger)).failure == nil) }
        }
        let lent = channel.tryReceive(upTo: 4) { messages in
            #expect(!channel.isFinished)
            return messages.count
        }
        #expect(lent == 4)
        #expect(ledger.alive == 0)
        let another = channel.tryReceive() != nil
        #expect(!another)
        #expect(channel.isFinished)
    }
}
