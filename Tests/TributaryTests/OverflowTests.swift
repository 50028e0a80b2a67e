// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Overflow")
struct OverflowTests {
    static func channel(
        _ overflow: ChannelOptions.Overflow, bound: Int
    ) throws -> Channel<Parcel> {
        var options = ChannelOptions()
        options.overflow = overflow
        return try Channel(capacity: .bounded(bound), options: options)
    }

    @Test("drop newest keeps the first n and destroys the others", arguments: [1, 2, 5, 300])
    func dropNewest(bound: Int) throws {
        let ledger = Ledger()
        let channel = try Self.channel(.dropNewest, bound: bound)
        var sender = channel.makeSender()
        for number in 0..<(3 * bound) {
            switch number % 3 {
            case 0: try sender.trySend(Parcel(number, ledger))
            case 1: try sender.sendBlocking(Parcel(number, ledger))
            default: try sender.sendBlocking(Parcel(number, ledger), timeout: .seconds(60))
            }
        }
        #expect(ledger.alive == bound)
        #expect(channel.statistics.dropped == UInt64(2 * bound))
        #expect(channel.drain().map(\.number) == Array(0..<bound))
        #expect(ledger.alive == 0)
        #expect(ledger.created == 3 * bound)
    }

    @Test("drop oldest keeps the last n and destroys the others", arguments: [1, 2, 5, 300])
    func dropOldest(bound: Int) throws {
        let ledger = Ledger()
        let channel = try Self.channel(.dropOldest, bound: bound)
        var sender = channel.makeSender()
        for number in 0..<(3 * bound) {
            if number % 2 == 0 {
                try sender.trySend(Parcel(number, ledger))
            } else {
                try sender.sendBlocking(Parcel(number, ledger))
            }
        }
        #expect(ledger.alive == bound)
        #expect(channel.statistics.dropped == UInt64(2 * bound))
        #expect(channel.drain().map(\.number) == Array((2 * bound)..<(3 * bound)))
        #expect(ledger.alive == 0)
    }

    @Test(
        "shared senders drop as well",
        arguments: [ChannelOptions.Overflow.dropNewest, .dropOldest], [1, 5, 300])
    func shared(overflow: ChannelOptions.Overflow, bound: Int) throws {
        let ledger = Ledger()
        let channel = try Self.channel(overflow, bound: bound)
        let sender = channel.makeSharedSender()
        for number in 0..<(3 * bound) { try sender.trySend(Parcel(number, ledger)) }
        #expect(ledger.alive == bound)
        #expect(channel.statistics.dropped == UInt64(2 * bound))
        let first = overflow == .dropNewest ? 0 : 2 * bound
        #expect(channel.drain().map(\.number) == Array(first..<(first + bound)))
        #expect(ledger.alive == 0)
    }

    @Test("a batch drops what does not fit", arguments: [false, true])
    func batch(useShared: Bool) throws {
        let ledger = Ledger()
        let channel = try Self.channel(.dropNewest, bound: 3)
        do {
            let parcels = (0..<10).map { Parcel($0, ledger) }
            if useShared {
                #expect(try channel.makeSharedSender().trySend(contentsOf: parcels.span) == 10)
            } else {
                var sender = channel.makeSender()
                #expect(try sender.trySend(contentsOf: parcels.span) == 10)
            }
        }
        #expect(ledger.alive == 3)
        #expect(channel.statistics.dropped == 7)
        #expect(channel.drain().map(\.number) == [0, 1, 2])
    }

    @Test("a batch into drop oldest leaves its last messages")
    func batchOldest() throws {
        let ledger = Ledger()
        let channel = try Self.channel(.dropOldest, bound: 3)
        var sender = channel.makeSender()
        do {
            let parcels = (0..<10).map { Parcel($0, ledger) }
            #expect(try sender.trySend(contentsOf: parcels.span) == 10)
        }
        #expect(ledger.alive == 3)
        #expect(channel.drain().map(\.number) == [7, 8, 9])
    }

    @Test(
        "messages dropped while the receiver reads are accounted for",
        arguments: [ChannelOptions.Overflow.dropNewest, .dropOldest])
    func concurrently(overflow: ChannelOptions.Overflow) throws {
        let ledger = Ledger()
        let channel = try Self.channel(overflow, bound: 8)
        let count = scaled(20_000)
        var threads = ThreadGroup()
        for origin in 0..<3 {
            var sender = channel.makeSender()
            threads.start {
                for number in 0..<count {
                    try! sender.sendBlocking(Parcel(origin * count + number, ledger))
                }
            }
        }
        var last = [-1, -1, -1]
        var received = 0
        while let parcel = channel.receiveBlocking() {
            let origin = parcel.number / count
            #expect(parcel.number % count > last[origin])
            last[origin] = parcel.number % count
            received += 1
        }
        threads.join()
        if overflow == .dropOldest {
            #expect(last == [count - 1, count - 1, count - 1], "the newest always arrive")
        }
        #expect(channel.statistics.dropped == UInt64(3 * count - received))
        #expect(ledger.created == 3 * count)
        #expect(ledger.alive == 0)
    }
}
