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

    // MARK: - Sends

    @Test("a full channel times out, hands the message back and stays usable")
    func aFullChannelTimesOutHandsTheMessageBackAndStaysUsable() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        #expect(sender.attempt(0) == nil)
        #expect(shared.attempt(1) == nil)
        for timeout in [Duration.zero, .seconds(-1), .nanoseconds(1), .milliseconds(2)] {
            do throws(SendError<Int>) {
                try await sender.send(7, timeout: timeout)
                Issue.record("sent")
            } catch {
                #expect(error.reason == .timedOut && error.element == 7)
            }
            do throws(SendError<Int>) {
                try await shared.send(8, timeout: timeout)
                Issue.record("sent")
            } catch {
                #expect(error.reason == .timedOut && error.element == 8)
            }
        }
        #expect(channel.drain().sorted() == [0, 1])
        for timeout in [Duration.zero, .seconds(3600), .seconds(Int64.max)] {
            do throws(SendError<Int>) {
                try await sender.send(2, timeout: timeout)
                try await shared.send(3, timeout: timeout)
            } catch {
                Issue.record("\(error)")
            }
            #expect(channel.drain().sorted() == [2, 3])
        }
        channel.close()
        do throws(SendError<Int>) {
            try await sender.send(2, timeout: .seconds(3600))
            Issue.record("sent")
        } catch {
            #expect(error.reason == .closed)
        }
    }

    /// One step at a time: the clock has no part in it.
    @Test("room, a close and a cancellation end the wait before the time is up", arguments: 0..<6)
    func roomACloseAndACancellationEndTheWait(form: Int) {
        let executor = PumpedExecutor()
        let noted = Log<SendFailure?>()
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        var sender = channel.makeSender()
        let task: Task<Void, Never>
        let timeout = form == 5 ? Duration.seconds(Int64.max) : .seconds(3600)
        if form % 2 == 0 {
            #expect(shared.attempt(0) == nil)
            task = Task(executorPreference: executor) {
                do throws(SendError<Int>) {
                    try await shared.send(1, timeout: timeout)
                    noted.note(nil)
                } catch { noted.note(error.reason) }
            }
        } else {
            #expect(sender.attempt(0) == nil)
            task = sendOne(sender, timeout, executor, noted)
        }
        executor.run()
        #expect(noted.entries.isEmpty)
        switch form / 2 {
        case 0: #expect(channel.tryReceive() == 0)
        case 1: channel.close()
        default: task.cancel()
        }
        executor.run()
        #expect(noted.entries == [[nil, .closed, .cancelled][form / 2]])
        #expect(channel.drain() == [[1], [0], [0]][form / 2])
    }

    private func sendOne(
        _ sender: consuming Sender<Int>, _ timeout: Duration, _ executor: PumpedExecutor,
        _ noted: Log<SendFailure?>
    ) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) {
            do throws(SendError<Int>) {
                try await sender.send(1, timeout: timeout)
                noted.note(nil)
            } catch { noted.note(error.reason) }
        }
    }

    @Test("a timer that comes too late leaves a waiting shared send in its place")
    func aTimerThatComesTooLateLeavesAWaitingSharedSendInItsPlace() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        // Places are used again, and their timers may fire when they are.
        for _ in 0..<20 {
            await #expect(throws: SendError<Int>.self) {
                try await shared.send(-1, timeout: .microseconds(50))
            }
        }
        let executor = PumpedExecutor()
        for number in 1...5 {
            Task(executorPreference: executor) { try? await shared.send(number) }
            executor.run()
        }
        for _ in 0..<20 { await Task.yield() }
        var received: [Int] = []
        while received.count < 6 {
            if let message = channel.tryReceive() { received.append(message) }
            executor.run()
        }
        #expect(received == [0, 1, 2, 3, 4, 5])
    }

    /// Timeouts, cancellations, room and the close race; every message is received or comes back.
    @Test("no message is lost or doubled", arguments: [true, false])
    func noMessageIsLostOrDoubled(shared: Bool) async {
        let ledger = Ledger()
        var random = SeededGenerator(seed: shared ? 3 : 4)
        let returned = Counter()
        var received = 0
        var created = 0
        for _ in 0..<scaled(200, atLeast: 30) {
            let channel = Channel<Token>(capacity: .bounded(Int.random(in: 1...2, using: &random)))
            let end = channel.makeSharedSender()
            var tasks: [Task<Void, Never>] = []
            for number in 0..<6 {
                created += 1
                let timeout = Duration.microseconds(Int.random(in: 0..<120, using: &random))
                tasks.append(
                    shared
                        ? Task.detached {
                            if await end.send(Token(number, ledger), timeout: timeout).failure != nil {
                                returned.add()
                            }
                        } : send(number, ledger, end.makeSender(), timeout, returned))
            }
            for task in tasks where Int.random(in: 0..<4, using: &random) == 0 { task.cancel() }
            for _ in 0..<Int.random(in: 0..<8, using: &random) {
                do throws(ReceiveTimeoutError) {
                    if try await channel.receive(timeout: .microseconds(20)) != nil { received += 1 }
                } catch {}
            }
            if Bool.random(using: &random) { channel.close() }
            for task in tasks { await task.value }
            while channel.tryReceive() != nil { received += 1 }
        }
        #expect(received + returned.value == created)
        #expect(ledger.created == created)
        #expect(ledger.alive == 0)
    }

    private func send(
        _ number: Int, _ ledger: Ledger, _ sender: consuming Sender<Token>, _ timeout: Duration,
        _ returned: Counter
    ) -> Task<Void, Never> {
        var sender = sender
        return Task.detached {
            if await sender.send(Token(number, ledger), timeout: timeout).failure != nil {
                returned.add()
            }
        }
    }
}
