// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing
import Tributary

/// Passes a channel from thread to thread.
private final class Holder: Sendable {
    let channel: Mutex<Channel<UInt64>>

    init(_ channel: sending Channel<UInt64>) {
        self.channel = Mutex(channel)
    }
}

/// Real threads, every message checked for order, loss and duplication.
@Suite("Stress", .serialized)
struct StressTests {
    static let senderCounts = [1, 2, 8, 32]

    /// The low 40 bits count, the others tell the sender.
    private static func message(_ sender: Int, _ number: Int) -> UInt64 {
        UInt64(sender) << 40 | UInt64(number)
    }

    private func receiveAll(
        from channel: Channel<UInt64>, senders: Int, perSender count: Int
    ) {
        var next = [UInt64](repeating: 0, count: senders)
        var disorder = 0
        while let message = channel.receiveBlocking() {
            let sender = Int(message >> 40)
            if message & (1 << 40 - 1) != next[sender] { disorder += 1 }
            next[sender] += 1
        }
        #expect(disorder == 0)
        #expect(next == [UInt64](repeating: UInt64(count), count: senders))
    }

    @Test("exclusive senders", arguments: senderCounts, Variant.all)
    func exclusive(senders: Int, variant: Variant) throws {
        for capacity in [ChannelCapacity.bounded(1), .bounded(100), .unbounded] {
            let channel = try Channel<UInt64>(capacity: capacity, options: variant.options())
            let count = scaled(capacity == .bounded(1) ? 2000 : 40_000) / senders
            var threads = ThreadGroup()
            for number in 0..<senders {
                var sender = channel.makeSender()
                threads.start {
                    for index in 0..<count {
                        try! sender.sendBlocking(Self.message(number, index))
                    }
                }
            }
            receiveAll(from: channel, senders: senders, perSender: count)
            threads.join()
        }
    }

    @Test("shared senders", arguments: senderCounts, Variant.all)
    func shared(senders: Int, variant: Variant) throws {
        for capacity in [ChannelCapacity.bounded(1), .bounded(100), .unbounded] {
            let channel = try Channel<UInt64>(capacity: capacity, options: variant.options())
            let count = scaled(capacity == .bounded(1) ? 1000 : 20_000) / senders
            var threads = ThreadGroup()
            for number in 0..<senders {
                // Copies of one end, and ends of their own.
                let sender = channel.makeSharedSender()
                threads.start {
                    for index in 0..<count {
                        try! sender.sendBlocking(Self.message(number, index))
                    }
                }
            }
            receiveAll(from: channel, senders: senders, perSender: count)
            threads.join()
        }
    }

    @Test("both kinds, trying and waiting, single and in batches", arguments: Variant.all)
    func mixed(variant: Variant) throws {
        let channel = try Channel<UInt64>(capacity: .bounded(50), options: variant.options())
        let count = scaled(5000)
        var threads = ThreadGroup()
        for number in 0..<3 {
            var sender = channel.makeSender()
            threads.start {
                var index = 0
                while index < count {
                    if index % 7 == 0 {
                        let batch = (index..<min(index + 70, count)).map {
                            Self.message(number, $0)
                        }
                        try! sender.sendBlocking(contentsOf: batch.span)
                        index += batch.count
                    } else if sender.attempt(Self.message(number, index)) == nil {
                        index += 1
                    } else {
                        try! sender.sendBlocking(Self.message(number, index))
                        index += 1
                    }
                }
            }
        }
        for number in 3..<6 {
            let sender = channel.makeSharedSender()
            threads.start {
                for index in 0..<count {
                    if sender.attempt(Self.message(number, index)) != nil {
                        try! sender.sendBlocking(Self.message(number, index))
                    }
                }
            }
        }
        var next = [UInt64](repeating: 0, count: 6)
        var disorder = 0
        func check(_ message: UInt64) {
            let sender = Int(message >> 40)
            if message & (1 << 40 - 1) != next[sender] { disorder += 1 }
            next[sender] += 1
        }
        var turn = 0
        receiving: while true {
            turn += 1
            switch turn % 3 {
            case 0:
                guard let message = channel.receiveBlocking() else { break receiving }
                check(message)
            case 1:
                let batch = collect(capacity: 33) { _ = channel.receiveBlocking(into: &$0) }
                if batch.isEmpty { break receiving }
                batch.forEach(check)
            default:
                let count = channel.receiveBlocking(upTo: 20) { messages in
                    for index in messages.indices { check(messages[index]) }
                    return messages.count
                }
                if count == nil { break receiving }
            }
        }
        threads.join()
        #expect(disorder == 0)
        #expect(next == [UInt64](repeating: UInt64(count), count: 6))
        #expect(channel.statistics.sent == UInt64(6 * count))
        #expect(channel.statistics.received == UInt64(6 * count))
    }

    @Test("a channel that moves between threads", arguments: Variant.all)
    func movingReceiver(variant: Variant) throws {
        let channel = try Channel<UInt64>(capacity: .bounded(10), options: variant.options())
        let count = scaled(3000)
        let producer = TestThread(with: channel.makeSender()) { sender in
            for index in 0..<count { try! sender.sendBlocking(Self.message(0, index)) }
        }
        let checked = Counter()
        let holder = Holder(channel)
        while checked.value < count {
            let thread = TestThread {
                holder.channel.withLock { channel in
                    for _ in 0..<100 {
                        guard let message = channel.receiveBlocking() else { return }
                        #expect(message == UInt64(checked.value))
                        checked.add()
                    }
                }
            }
            thread.join()
        }
        producer.join()
        #expect(checked.value == count)
        holder.channel.withLock { #expect($0.isFinished) }
    }
}
