// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Batches")
struct BatchTests {
    @Test("as many as fit, and the number reported", arguments: [false, true])
    func partial(useShared: Bool) throws {
        let channel = Channel<Int>(capacity: .bounded(7))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        let numbers = Array(0..<10)
        func send(_ batch: Span<Int>) throws -> Int {
            useShared ? try shared.trySend(contentsOf: batch) : try sender.trySend(contentsOf: batch)
        }
        func expectNothingSent() throws {
            let none: [Int] = []
            let nothing = try send(none.span)
            #expect(nothing == 0)
        }
        #expect(try send(numbers.span) == 7)
        #expect(throws: SendFailure.full) { try send(numbers.span) }
        try expectNothingSent()
        let first = collect(capacity: 3) { #expect(channel.tryReceive(into: &$0) == 3) }
        #expect(first == [0, 1, 2])
        #expect(try send(numbers.span) == 3)
        var rest: [Int] = []
        // A run ends with a segment; the batch goes over all of them.
        rest = collect(capacity: 100) { #expect(channel.tryReceive(into: &$0) == 7) }
        #expect(rest == [3, 4, 5, 6, 0, 1, 2])
        channel.close()
        #expect(throws: SendFailure.closed) { try send(numbers.span) }
        try expectNothingSent()
    }

    @Test("a batch is received behind what the output holds, up to its room")
    func outputs() throws {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        try sender.sendBlocking(contentsOf: Array(0..<100).span)
        let some = collect(capacity: 10) { output in
            output.append(-1)
            #expect(channel.tryReceive(upTo: 0, into: &output) == 0)
            #expect(channel.tryReceive(upTo: -5, into: &output) == 0)
            #expect(channel.receiveBlocking(upTo: 0, into: &output) == 0)
            #expect(channel.tryReceive(upTo: 3, into: &output) == 3)
            #expect(channel.receiveBlocking(into: &output) == 6)
            let isFull = output.isFull
            #expect(isFull)
            #expect(channel.tryReceive(into: &output) == 0)
            #expect(channel.receiveBlocking(into: &output) == 0)
        }
        #expect(some == Array(-1..<9))
        channel.close()
        // Into a filled output of a closed channel: nothing is lost.
        let rest = collect(capacity: 200) { output in
            output.append(-1)
            #expect(channel.receiveBlocking(into: &output) == 91)
            #expect(channel.receiveBlocking(into: &output) == 0)
        }
        #expect(rest == [-1] + Array(9..<100))
        #expect(channel.isFinished)
    }

    @Test("batches of counted messages, over segments and through waits", arguments: Variant.all)
    func counted(variant: Variant) throws {
        let ledger = Ledger()
        let rounds = scaled(200)
        for useShared in [false, true] {
            let channel = try Channel<Parcel>(
                capacity: .bounded(61), options: variant.options())
            let thread = TestThread(with: channel.makeSender()) { sender in
                let shared = sender.makeSharedSender()
                var next = 0
                for round in 0..<rounds {
                    let parcels = (0..<(round % 200)).map { Parcel(next + $0, ledger) }
                    if useShared {
                        try! shared.sendBlocking(contentsOf: parcels.span)
                    } else {
                        try! sender.sendBlocking(contentsOf: parcels.span, timeout: .seconds(3600))
                    }
                    next += parcels.count
                }
            }
            var expected = 0
            var isDone = false
            while !isDone {
                let parcels = collect(capacity: 1 + expected % 50) { output in
                    isDone = channel.receiveBlocking(into: &output) == 0
                }
                for parcel in parcels {
                    #expect(parcel.number == expected)
                    expected += 1
                }
            }
            thread.join()
            #expect(expected == (0..<rounds).reduce(0) { $0 + $1 % 200 })
        }
        #expect(ledger.alive == 0)
    }

    @Test("a batch that is interrupted by the close tells how far it came")
    func closed() throws {
        for useShared in [false, true] {
            let ledger = Ledger()
            let sentCount = Counter()
            let channel = Channel<Parcel>(capacity: .bounded(5))
            let thread = TestThread(with: channel.makeSender()) { sender in
                let shared = sender.makeSharedSender()
                let parcels = (0..<100).map { Parcel($0, ledger) }
                do throws(BatchSendError) {
                    if useShared {
                        try shared.sendBlocking(contentsOf: parcels.span)
                    } else {
                        try sender.sendBlocking(contentsOf: parcels.span)
                    }
                    Issue.record("sent 100 messages into room for 15")
                } catch {
                    #expect(error.reason == .closed)
                    #expect(error.sentCount >= 15 && error.sentCount < 100)
                    sentCount.add(error.sentCount)
                }
            }
            for number in 0..<10 { #expect(channel.receiveBlocking()?.number == number) }
            waitUntil { channel.length == 5 }
            channel.close()
            thread.join()
            let left = channel.drain().map(\.number)
            #expect(left == Array(10..<(10 + left.count)))
            #expect(sentCount.value == 10 + left.count)
            #expect(ledger.alive == 0)
        }
    }
}
