// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Timeouts")
struct TimeoutTests {
    static let elapsed: [Duration] = [
        .zero, .nanoseconds(-1), .seconds(-1), .seconds(Int64.min),
        Duration(secondsComponent: 0, attosecondsComponent: -1),
    ]
    static let endless: [Duration] = [
        .seconds(Int64.max), .seconds(9_223_372_036), .seconds(9_223_372_037), .nanoseconds(Int64.max),
    ]

    @Test("zero and negative timeouts try once", arguments: elapsed)
    func doesNotWait(timeout: Duration) throws {
        let channel = Channel<Int>(capacity: .bounded(1))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        #expect(throws: ReceiveTimeoutError.self) { try channel.receiveBlocking(timeout: timeout) }
        try sender.sendBlocking(1, timeout: timeout)
        try shared.sendBlocking(2, timeout: timeout)
        for send in [
            { try sender.sendBlocking(3, timeout: timeout) },
            { try shared.sendBlocking(3, timeout: timeout) },
        ] as [() throws -> Void] {
            do {
                try send()
                Issue.record("sent into a full channel")
            } catch let error as SendError<Int> {
                #expect(error.element == 3)
                #expect(error.reason == .timedOut)
            }
        }
        let first = try channel.receiveBlocking(timeout: timeout)
        let second = try channel.receiveBlocking(timeout: timeout)
        #expect([first, second].compactMap(\.self).sorted() == [1, 2])
        let batch = collect(capacity: 4) { output in
            #expect(throws: ReceiveTimeoutError.self) {
                try channel.receiveBlocking(into: &output, timeout: timeout)
            }
        }
        #expect(batch.isEmpty)
    }

    @Test("a timeout waits that long and hands the message back", arguments: Variant.all)
    func waits(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.sleepyOptions())
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        let clock = ContinuousClock()
        let timeout = Duration.milliseconds(5)

        var start = clock.now
        #expect(throws: ReceiveTimeoutError.self) { try channel.receiveBlocking(timeout: timeout) }
        #expect(start.duration(to: clock.now) >= timeout)

        try sender.trySend(1)
        start = clock.now
        do {
            try sender.sendBlocking(2, timeout: timeout)
            Issue.record("sent into a full lane")
        } catch {
            #expect(error.element == 2)
            #expect(error.reason == .timedOut)
        }
        #expect(start.duration(to: clock.now) >= timeout)

        try shared.trySend(3)
        start = clock.now
        do {
            try shared.sendBlocking(4, timeout: timeout)
            Issue.record("sent into a full queue")
        } catch {
            #expect(error.element == 4)
            #expect(error.reason == .timedOut)
        }
        #expect(start.duration(to: clock.now) >= timeout)
        #expect(channel.drain().sorted() == [1, 3])
    }

    @Test("a timeout near the largest duration is no timeout", arguments: endless)
    func forEver(timeout: Duration) throws {
        let channel = Channel<Int>(capacity: .bounded(1))
        let thread = TestThread(with: channel.makeSender()) { sender in
            for number in 0..<50 { try! sender.sendBlocking(number, timeout: timeout) }
        }
        for number in 0..<50 {
            #expect(try channel.receiveBlocking(timeout: timeout) == number)
        }
        #expect(try channel.receiveBlocking(timeout: timeout) == nil)
        thread.join()
    }

    @Test("a finished channel reports its end before its timeout")
    func finished() throws {
        let channel = Channel<Int>(capacity: .bounded(1))
        #expect(try channel.receiveBlocking(timeout: .zero) == nil)
        #expect(try channel.receiveBlocking(timeout: .seconds(3600)) == nil)
        #expect(try channel.receiveBlocking(upTo: 3, timeout: .seconds(3600)) { $0.count } == nil)
    }

    @Test("timeouts that race with messages lose none", arguments: Variant.all)
    func races(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(2), options: variant.sleepyOptions())
        let count = scaled(2000)
        let thread = TestThread(with: channel.makeSender()) { sender in
            var number = 0
            while number < count {
                do throws(SendError<Int>) {
                    try sender.sendBlocking(number, timeout: .microseconds(number % 40))
                    number += 1
                } catch {
                    #expect(error.reason == .timedOut)
                    #expect(error.element == number)
                }
            }
        }
        var expected = 0
        while true {
            do {
                guard let number = try channel.receiveBlocking(
                    timeout: .microseconds(expected % 30))
                else { break }
                #expect(number == expected)
                expected += 1
            } catch {}
        }
        #expect(expected == count)
        thread.join()
    }

    @Test("a batch shares one timeout among its portions")
    func batch() throws {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        let numbers = Array(0..<10)
        do {
            try sender.sendBlocking(contentsOf: numbers.span, timeout: .milliseconds(5))
            Issue.record("sent more than the room")
        } catch {
            #expect(error.sentCount == 4)
            #expect(error.reason == .timedOut)
        }
        do {
            try shared.sendBlocking(contentsOf: numbers.span, timeout: .milliseconds(5))
            Issue.record("sent more than the room")
        } catch {
            #expect(error.sentCount == 4)
            #expect(error.reason == .timedOut)
        }
        #expect(channel.drain().sorted() == [0, 0, 1, 1, 2, 2, 3, 3])
    }
}
