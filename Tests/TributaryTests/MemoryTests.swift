// SPDX-License-Identifier: Apache-2.0

import CTributary
import Synchronization
import Testing
import Tributary

/// An allocator that counts, and fails when told to.
private final class CountingAllocator: Sendable {
    private let bytes = Atomic<Int>(0)
    private let calls = Atomic<Int>(0)
    /// The number of the call that fails; 0: none.
    private let failingCall = Atomic<Int>(0)

    var bytesInUse: Int { bytes.load(ordering: .relaxed) }
    var callCount: Int { calls.load(ordering: .relaxed) }

    func failCall(_ number: Int) {
        calls.store(0, ordering: .relaxed)
        failingCall.store(number, ordering: .relaxed)
    }

    func allocate(_ size: Int, _ alignment: Int) -> UnsafeMutableRawPointer? {
        let call = calls.add(1, ordering: .relaxed).newValue
        if call == failingCall.load(ordering: .relaxed) { return nil }
        bytes.add(size, ordering: .relaxed)
        return .allocate(byteCount: size, alignment: alignment)
    }

    func deallocate(_ memory: UnsafeMutableRawPointer, _ size: Int) {
        bytes.subtract(size, ordering: .relaxed)
        memory.deallocate()
    }

    /// The C hooks; this object has to outlive the channel.
    var hooks: tributary_allocator {
        tributary_allocator(
            allocate: { context, size, alignment in
                Unmanaged<CountingAllocator>.fromOpaque(context!).takeUnretainedValue()
                    .allocate(size, alignment)
            },
            deallocate: { context, memory, size, _ in
                Unmanaged<CountingAllocator>.fromOpaque(context!).takeUnretainedValue()
                    .deallocate(memory!, size)
            },
            context: Unmanaged.passUnretained(self).toOpaque())
    }
}

@Suite("Memory")
struct MemoryTests {
    @Test("an idle channel takes less than 1 KiB, an idle sender less than half of that")
    func idle() throws {
        let allocator = CountingAllocator()
        do {
            var options = ChannelOptions()
            options.allocator = allocator.hooks
            let channel = try Channel<UInt64>(capacity: .bounded(16384), options: options)
            let channelBytes = allocator.bytesInUse
            #expect(channelBytes > 0 && channelBytes < 1024)
            let sender = channel.makeSender()
            let senderBytes = allocator.bytesInUse - channelBytes
            #expect(senderBytes > 0 && senderBytes < 512)
            _ = consume sender
        }
        #expect(allocator.bytesInUse == 0)
    }

    @Test("a burst is given back while it is drained")
    func burst() throws {
        let allocator = CountingAllocator()
        do {
            var options = ChannelOptions()
            options.allocator = allocator.hooks
            let channel = try Channel<UInt64>(capacity: .unbounded, options: options)
            var sender = channel.makeSender()
            let idle = allocator.bytesInUse
            let count = scaled(500_000, atLeast: 100_000)
            #expect(sender.fill(with: 1, atMost: count) == count)
            #expect(allocator.bytesInUse >= count * 8)
            for _ in 0..<count { _ = channel.tryReceive() }
            #expect(allocator.bytesInUse - idle < 2048, "all segments but the last were freed")
            #expect(throws: ReceiveTimeoutError.self) {
                try channel.receiveBlocking(timeout: .milliseconds(1))
            }
            #expect(allocator.bytesInUse - idle < 2048, "waiting takes nothing")
        }
        #expect(allocator.bytesInUse == 0)
    }

    @Test("whichever allocation fails, nothing is lost and nothing leaks")
    func everyFailure() throws {
        let allocator = CountingAllocator()
        defer { extendLifetime(allocator) }
        var isComplete = false
        var failures = 0
        for failing in 1... {
            if isComplete { break }
            #expect(failing < 500)
            let ledger = Ledger()
            allocator.failCall(failing)
            run: do {
                var options = ChannelOptions()
                options.allocator = allocator.hooks
                guard let channel = try? Channel<Parcel>(capacity: .unbounded, options: options)
                else {
                    failures += 1
                    break run
                }
                var sender = channel.makeSender()
                var second = sender.clone()
                let shared = channel.makeSharedSender()
                var accepted = 0
                for number in 0..<600 {
                    for attempt in 0..<3 {
                        let parcel = Parcel(number, ledger)
                        do throws(SendError<Parcel>) {
                            switch attempt {
                            case 0: try sender.trySend(parcel)
                            case 1: try second.sendBlocking(parcel)
                            default: try shared.trySend(parcel)
                            }
                            accepted += 1
                        } catch {
                            #expect(error.reason == .outOfMemory)
                            #expect(error.element === parcel)
                            failures += 1
                        }
                    }
                }
                #expect(channel.drain().count == accepted)
            }
            isComplete = allocator.callCount < failing
            #expect(ledger.alive == 0)
            #expect(allocator.bytesInUse == 0)
        }
        #expect(failures >= 5, "the channel, two senders and several segments")
    }

    @Test("a sender that there was no memory for hands every message back")
    func senderWithoutMemory() throws {
        let allocator = CountingAllocator()
        defer { extendLifetime(allocator) }
        var options = ChannelOptions()
        options.allocator = allocator.hooks
        let channel = try Channel<Int>(capacity: .unbounded, options: options)
        allocator.failCall(1)
        var sender = channel.makeSender()
        #expect(allocator.callCount == 1)
        #expect(sender.attempt(1) == .outOfMemory)
        let isClosed = sender.isClosed
        #expect(!isClosed)
        #expect(channel.senderCount == 0)
        var next = channel.makeSender()
        #expect(next.attempt(1) == nil)
        #expect(throws: ChannelError.outOfMemory) {
            allocator.failCall(1)
            _ = try Channel<Int>(capacity: .unbounded, options: options)
        }
    }
}
