// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Order")
struct OrderTests {
    @Test("the messages of one sender arrive in the order sent", arguments: Variant.all)
    func oneSender(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(37), options: variant.options())
        let count = scaled(20_000)
        let thread = TestThread(with: channel.makeSender()) { sender in
            for number in 0..<count { try! sender.sendBlocking(number) }
        }
        var expected = 0
        while let number = channel.receiveBlocking() {
            #expect(number == expected)
            expected += 1
        }
        #expect(expected == count)
        thread.join()
    }

    @Test("all shared senders form one queue", arguments: Variant.all)
    func sharedSendersOnOneThread(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .unbounded, options: variant.options())
        let first = channel.makeSharedSender()
        let second = first.clone()
        for number in 0..<1000 {
            let sender = number % 3 == 0 ? first : second
            #expect(sender.attempt(number) == nil)
        }
        #expect(channel.drain() == Array(0..<1000))
    }

    @Test("the order of shared senders agrees with real time")
    func sharedSendersHandingOver() throws {
        // Two threads take turns; each sends only after the other's send has returned.
        let channel = Channel<Int>(capacity: .unbounded)
        let shared = channel.makeSharedSender()
        let turn = Counter()
        let count = scaled(2000)
        var threads = ThreadGroup()
        for parity in 0..<2 {
            let sender = shared.clone()
            threads.start {
                for number in stride(from: parity, to: count, by: 2) {
                    waitUntil { turn.value == number }
                    try! sender.sendBlocking(number)
                    turn.add()
                }
            }
        }
        threads.join()
        #expect(channel.drain() == Array(0..<count))
    }
}
