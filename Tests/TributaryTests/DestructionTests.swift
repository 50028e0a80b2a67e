// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Destruction")
struct DestructionTests {
    /// All ends of one channel, each droppable.
    private struct Ends: ~Copyable {
        var channel: Channel<Parcel>?
        var first: Sender<Parcel>?
        var second: Sender<Parcel>?
        var shared: SharedSender<Parcel>?

        mutating func drop(_ index: Int) {
            switch index {
            case 0: channel = nil
            case 1: first = nil
            case 2: second = nil
            default: shared = nil
            }
        }
    }

    private static func permutations(_ items: [Int]) -> [[Int]] {
        if items.isEmpty { return [[]] }
        return items.flatMap { item in
            permutations(items.filter { $0 != item }).map { [item] + $0 }
        }
    }

    @Test("any end may be dropped in any order", arguments: Variant.all)
    func everyOrder(variant: Variant) throws {
        for order in Self.permutations([0, 1, 2, 3]) {
            for messageCount in [0, 1, 5, 400] {
                let ledger = Ledger()
                let channel = try Channel<Parcel>(
                    capacity: .unbounded, options: variant.options())
                var ends = Ends(
                    channel: channel, first: channel.makeSender(), second: channel.makeSender(),
                    shared: channel.makeSharedSender())
                // The local reference must not keep the channel.
                _ = consume channel
                for number in 0..<messageCount {
                    try ends.first!.trySend(Parcel(number, ledger))
                    try ends.shared!.trySend(Parcel(number, ledger))
                }
                for index in order {
                    let before = ledger.alive
                    ends.drop(index)
                    #expect(ledger.alive == (index == 0 ? 0 : before))
                }
                #expect(ledger.created == 2 * messageCount)
                #expect(ledger.destroyed == 2 * messageCount)
            }
        }
    }

    @Test("undelivered messages go with the receiver, not with the last sender")
    func withTheReceiver() throws {
        let ledger = Ledger()
        var channel: Channel<Token>? = Channel(capacity: .bounded(100))
        var sender = channel!.makeSender()
        let shared = channel!.makeSharedSender()
        for number in 0..<50 {
            try sender.trySend(Token(number, ledger)).get()
            try shared.trySend(Token(number, ledger)).get()
        }
        for _ in 0..<30 { _ = channel!.tryReceive() }
        #expect(ledger.alive == 70)
        channel = nil
        #expect(ledger.alive == 0)
        #expect(throws: SendFailure.closed) { try sender.trySend(Token(0, ledger)).get() }
        #expect(throws: SendFailure.closed) { try shared.trySend(Token(0, ledger)).get() }
        #expect(ledger.alive == 0)
    }

    @Test("a message may hold an end of its own channel")
    func cycles() throws {
        final class Reply: Sendable {
            let sender: SharedSender<Reply>
            init(_ sender: SharedSender<Reply>) { self.sender = sender }
            // Re-enters the channel while it is being destroyed.
            deinit { _ = sender.isClosed }
        }
        let channel = Channel<Reply>(capacity: .unbounded)
        let sender = channel.makeSharedSender()
        for _ in 0..<100 { try sender.trySend(Reply(channel.makeSharedSender())) }
        #expect(channel.senderCount == 101)
        for _ in 0..<50 { _ = channel.tryReceive() }
        #expect(channel.senderCount == 51)
    }

    @Test("a message's end may send to its channel")
    func destructorSends() throws {
        let returned = Counter()
        var channel: Channel<DestructorSends>? = Channel(capacity: .unbounded)
        let sender = channel!.makeSharedSender()
        for _ in 0..<10 { try sender.trySend(DestructorSends(sender, returned)) }
        channel = nil
        #expect(returned.value == 10)
    }

    @Test("ends dropped on different threads at the same time", arguments: Variant.all)
    func concurrently(variant: Variant) throws {
        for round in 0..<scaled(200) {
            let ledger = Ledger()
            do {
                let channel = try Channel<Parcel>(capacity: .bounded(3), options: variant.options())
                var threads = ThreadGroup()
                for number in 0..<2 {
                    var sender = channel.makeSender()
                    let shared = channel.makeSharedSender()
                    threads.start {
                        for _ in 0..<(round % 5) {
                            _ = sender.attempt(Parcel(number, ledger))
                            _ = shared.attempt(Parcel(number, ledger))
                        }
                    }
                }
                threads.start(with: consume channel) { channel in
                    for _ in 0..<(round % 3) { _ = channel.tryReceive() }
                }
                threads.join()
            }
            #expect(ledger.alive == 0)
        }
    }
}

/// Sends a message without such an end from its own.
private final class DestructorSends: Sendable {
    let sender: SharedSender<DestructorSends>
    let returned: Counter?

    init(_ sender: SharedSender<DestructorSends>, _ returned: Counter?) {
        self.sender = sender
        self.returned = returned
    }

    deinit {
        guard let returned else { return }
        if sender.attempt(DestructorSends(sender, nil)) == .closed { returned.add() }
    }
}
