// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Capacity")
struct CapacityTests {
    static let bounds = [1, 2, 3, 7, 64, 127, 1000, 5000]

    @Test("every sender has room for exactly n messages", arguments: bounds)
    func exactPerSender(bound: Int) {
        let channel = Channel<Int>(capacity: .bounded(bound))
        var first = channel.makeSender()
        var second = channel.makeSender()
        #expect(first.fill(with: 1, atMost: bound + 1) == bound)
        #expect(first.attempt(1) == .full)
        #expect(second.fill(with: 2, atMost: bound + 1) == bound)
        #expect(channel.length == 2 * bound)
        let length = first.length
        #expect(length == bound)
        let received = channel.drain()
        #expect(received.count == 2 * bound)
        #expect(received.filter { $0 == 1 }.count == bound)
    }

    @Test("a received message makes room for exactly one", arguments: bounds)
    func roomComesBack(bound: Int) {
        let channel = Channel<Int>(capacity: .bounded(bound))
        var sender = channel.makeSender()
        var next = sender.fill(with: -1, atMost: bound + 1)
        #expect(next == bound)
        // Long enough to cross segments several times.
        for _ in 0..<(3 * bound + 100) {
            #expect(channel.tryReceive() != nil)
            #expect(sender.attempt(next) == nil)
            next += 1
            #expect(sender.attempt(next) == .full)
        }
    }

    @Test("all shared senders have room for exactly n messages together", arguments: bounds)
    func exactForSharedSenders(bound: Int) {
        let channel = Channel<Int>(capacity: .bounded(bound))
        let first = channel.makeSharedSender()
        let second = channel.makeSharedSender()
        for number in 0..<bound {
            #expect((number % 2 == 0 ? first : second).attempt(number) == nil)
        }
        #expect(first.attempt(-1) == .full)
        #expect(second.attempt(-1) == .full)
        #expect(first.length == bound)
        #expect(channel.tryReceive() == 0)
        #expect(second.attempt(bound) == nil)
        #expect(first.attempt(-1) == .full)
        #expect(channel.drain() == Array(1...bound))
    }

    @Test("an unbounded channel is never full")
    func unbounded() {
        let channel = Channel<Int>(capacity: .unbounded)
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        let count = scaled(100_000)
        #expect(sender.fill(with: 7, atMost: count) == count)
        for _ in 0..<count { #expect(shared.attempt(7) == nil) }
        #expect(channel.length == 2 * count)
        #expect(channel.drain().count == 2 * count)
        #expect(channel.length == 0)
    }

    @Test("every end tells the capacity")
    func observation() {
        for capacity in [ChannelCapacity.bounded(5), .unbounded] {
            let channel = Channel<Int>(capacity: capacity)
            let sender = channel.makeSender()
            #expect(channel.capacity == capacity)
            let senderCapacity = sender.capacity
            #expect(senderCapacity == capacity)
            #expect(channel.makeSharedSender().capacity == capacity)
        }
    }

    @Test("a capacity out of range is an error, not a trap", arguments: [0, -1, .min])
    func invalid(bound: Int) {
        #expect(throws: ChannelError.invalidCapacity) {
            _ = try Channel<Int>(capacity: .bounded(bound), options: ChannelOptions())
        }
    }

    @Test("a bound that no memory could hold is refused or never allocated at once")
    func enormous() {
        do throws(ChannelError) {
            let channel = try Channel<InlineArray<64, UInt64>>(
                capacity: .bounded(.max), options: ChannelOptions())
            var sender = channel.makeSender()
            #expect(sender.attempt(InlineArray(repeating: 1)) == nil)
            #expect(channel.tryReceive()?[63] == 1)
        } catch {
            #expect(error == .invalidCapacity)
        }
    }
}
