// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif
import CTributary
import Testing
import Tributary

@Suite("Observation")
struct ObservationTests {
    @Test("statistics count what happened")
    func statistics() throws {
        let channel = Channel<Int>(capacity: .bounded(2))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        try sender.trySend(1)
        try sender.trySend(2)
        #expect(sender.attempt(3) == .full)
        try shared.trySend(4)
        #expect(channel.tryReceive() != nil)
        let statistics = channel.statistics
        #expect(statistics.sent == 3)
        #expect(statistics.received == 1)
        #expect(statistics.dropped == 0)
        #expect(statistics.sendCallsFull == 1)
        #expect(statistics.senderParks == 0)
        _ = consume sender
        #expect(channel.statistics.sent == 3, "what a dropped sender sent still counts")
    }

    #if os(Linux)
        @Test("an event loop waits for the descriptor of an armed channel")
        func descriptor() throws {
            var options = ChannelOptions()
            options.parker = .eventfd
            let channel = try Channel<Int>(capacity: .bounded(4), options: options)
            let descriptor = try #require(channel.fileDescriptor)
            func isReadable(_ timeout: CInt) -> Bool {
                var request = pollfd(fd: descriptor, events: CShort(POLLIN), revents: 0)
                return poll(&request, 1, timeout) == 1
            }
            var sender = channel.makeSender()
            let shared = channel.makeSharedSender()
            #expect(channel.arm())
            #expect(!isReadable(0))
            try sender.trySend(1)
            #expect(isReadable(60_000))
            #expect(channel.tryReceive() == 1)
            #expect(channel.arm())
            #expect(!isReadable(0))
            try shared.trySend(2)
            #expect(isReadable(60_000))
            #expect(!channel.arm(), "there is something to receive")
            #expect(channel.tryReceive() == 2)
            #expect(channel.arm())
            let thread = TestThread { try! sender.sendBlocking(3) }
            #expect(isReadable(60_000))
            thread.join()
            #expect(channel.tryReceive() == 3)
        }
    #endif

    @Test("other channels have no descriptor")
    func noDescriptor() throws {
        var options = ChannelOptions()
        options.parker = .condition
        let channel = try Channel<Int>(capacity: .bounded(4), options: options)
        #expect(channel.fileDescriptor == nil)
    }

    @Test("signals interrupt no wait", arguments: Variant.all)
    func signals(variant: Variant) throws {
        var action = sigaction()
        #if !canImport(Darwin)
            action.__sigaction_handler.sa_handler = { _ in }
        #else
            action.__sigaction_u.__sa_handler = { _ in }
        #endif
        sigaction(SIGUSR2, &action, nil)
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        var sender = channel.makeSender()
        let received = Counter()
        let count = scaled(100)
        let thread = TestThread {
            while let number = channel.receiveBlocking() {
                #expect(number == received.value)
                received.add()
            }
        }
        for number in 0..<count {
            for _ in 0..<10 { thread.interrupt(with: SIGUSR2) }
            try sender.sendBlocking(number)
            waitUntil { received.value == number + 1 }
        }
        _ = consume sender
        thread.join()
        #expect(received.value == count)
    }
}
