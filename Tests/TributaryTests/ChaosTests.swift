// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Random closing and dropping from all ends, with exact accounting.
@Suite("Chaos", .serialized)
struct ChaosTests {
    private final class Account: Sendable {
        let sent = Counter()
        let returned = Counter()
        let received = Counter()
        let ledger = Ledger()
    }

    @Test("sent = received + destroyed, created = sent + returned", arguments: Variant.all)
    func accounting(variant: Variant) throws {
        for seed in 0..<scaled(120) {
            var generator = SeededGenerator(seed: seed)
            let account = Account()
            let capacities: [ChannelCapacity] = [.bounded(1), .bounded(5), .bounded(64), .unbounded]
            let overflow = ChannelOptions.Overflow.allCases.randomElement(using: &generator)!
            let dropped = Counter()
            do {
                let channel = try Channel<Parcel>(
                    capacity: capacities.randomElement(using: &generator)!,
                    options: variant.options(overflow: overflow))
                var threads = ThreadGroup()
                for number in 0..<Int.random(in: 1...5, using: &generator) {
                    let seed = Int.random(in: 0...1_000_000, using: &generator)
                    if Bool.random(using: &generator) {
                        var sender = channel.makeSender()
                        threads.start {
                            Self.send(seed: seed, account) { (parcel) throws(SendError<Parcel>) in
                                switch seed % 3 {
                                case 0: try sender.trySend(parcel)
                                case 1: try sender.sendBlocking(parcel)
                                default: try sender.sendBlocking(parcel, timeout: .microseconds(20))
                                }
                            }
                            if number == 0 { sender = sender.clone() }
                        }
                    } else {
                        let sender = channel.makeSharedSender()
                        threads.start {
                            Self.send(seed: seed, account) { (parcel) throws(SendError<Parcel>) in
                                switch seed % 3 {
                                case 0: try sender.trySend(parcel)
                                case 1: try sender.sendBlocking(parcel)
                                default: try sender.sendBlocking(parcel, timeout: .microseconds(20))
                                }
                            }
                        }
                    }
                }
                let takes = Int.random(in: 0...300, using: &generator)
                let closesFirst = Bool.random(using: &generator)
                threads.start(with: consume channel) { channel in
                    for _ in 0..<takes {
                        guard channel.receiveBlocking() != nil else { break }
                        account.received.add()
                    }
                    if closesFirst {
                        channel.close()
                        for _ in 0..<10 where channel.tryReceive() != nil { account.received.add() }
                        dropped.add(Int(channel.statistics.dropped))
                    }
                }
                threads.join()
            }
            let ledger = account.ledger
            #expect(ledger.alive == 0, "seed \(seed)")
            #expect(ledger.created == account.sent.value + account.returned.value, "seed \(seed)")
            #expect(account.received.value <= account.sent.value, "seed \(seed)")
            if overflow == .wait { #expect(dropped.value == 0, "seed \(seed)") }
        }
    }

    private static func send(
        seed: Int, _ account: Account, _ send: (Parcel) throws(SendError<Parcel>) -> Void
    ) {
        var generator = SeededGenerator(seed: seed)
        for number in 0..<Int.random(in: 0...400, using: &generator) {
            do throws(SendError<Parcel>) {
                try send(Parcel(number, account.ledger))
                account.sent.add()
            } catch {
                #expect(error.element.number == number)
                account.returned.add()
                if error.reason == .closed { return }
            }
        }
    }
}
