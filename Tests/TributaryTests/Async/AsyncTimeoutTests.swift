// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("AsyncTimeout")
struct AsyncTimeoutTests {
    @Test("an empty channel times out and stays usable")
    func anEmptyChannelTimesOutAndStaysUsable() async throws {
        let channel = Channel<Int>(capacity: .bounded(4))
        var sender = channel.makeSender()
        for timeout in [Duration.zero, .seconds(-1), .nanoseconds(1), .milliseconds(2)] {
            await #expect(throws: ReceiveTimeoutError.self) {
                try await channel.receive(timeout: timeout)
            }
        }
        #expect(sender.attempt(1) == nil)
        #expect(try await channel.receive(timeout: .zero) == 1)
        #expect(sender.attempt(2) == nil)
        #expect(try await channel.receive(timeout: .seconds(3600)) == 2)
        _ = consume sender
        #expect(try await channel.receive(timeout: .seconds(3600)) == nil)
    }

    @Test("a message ends the wait")
    func aMessageEndsTheWait() async throws {
        let channel = Channel<Int>(capacity: .bounded(4))
        let sender = channel.makeSharedSender()
        for number in 0..<scaled(200) {
            Task.detached { try? await sender.send(number) }
            // Also the longest timeouts there are.
            let timeout = number % 2 == 0 ? Duration.seconds(3600) : .seconds(Int64.max)
            #expect(try await channel.receive(timeout: timeout) == number)
        }
    }

    @Test("cancellation ends the wait")
    func cancellationEndsTheWait() async {
        let waiting = Counter()
        let task = Task.detached {
            let channel = Channel<Int>(capacity: .bounded(4))
            let sender = channel.makeSender()
            waiting.add()
            let message = try? await channel.receive(timeout: .seconds(3600))
            _ = consume sender
            return message == .some(nil)
        }
        while waiting.value == 0 { await Task.yield() }
        task.cancel()
        #expect(await task.value)
    }

    /// Messages that come about when the time is up: each is received, by that call or by a later one.
    @Test("a timeout loses no message")
    func aTimeoutLosesNoMessage() async throws {
        let channel = Channel<Int>(capacity: .bounded(4))
        let count = scaled(2000, atLeast: 200)
        send(count, channel.makeSender())
        var expected = 0
        var timeouts = 0
        while expected < count {
            do throws(ReceiveTimeoutError) {
                guard let message = try await channel.receive(timeout: .microseconds(20)) else {
                    break
                }
                #expect(message == expected)
                expected += 1
            } catch {
                timeouts += 1
            }
        }
        #expect(expected == count)
    }

    private func send(_ count: Int, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task.detached {
            var random = SeededGenerator(seed: 1)
            for number in 0..<count {
                for _ in 0..<Int.random(in: 0..<4, using: &random) { await Task.yield() }
                try? await sender.send(number)
            }
        }
    }
}
