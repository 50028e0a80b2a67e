// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Scenarios that the tests of tokio, crossbeam and swift-async-algorithms have for their channels,
/// between tasks.
@Suite("AsyncScenarios", .serialized)
struct AsyncScenarioTests {
    // MARK: - crossbeam

    @Test("one message and the end, again and again")
    func oneMessageAndTheEndAgainAndAgain() async {
        for round in 0..<scaled(3000, atLeast: 300) {
            let channel = Channel<Int>(capacity: .bounded(1))
            sendOne(round, channel.makeSender())
            #expect(await channel.receive() == round)
            #expect(await channel.receive() == nil)
        }
    }

    private func sendOne(_ number: Int, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task.detached { try? await sender.send(number) }
    }

    @Test("two tasks play ping-pong", arguments: [true, false])
    func twoTasksPlayPingPong(shared: Bool) async {
        let balls = Channel<Int>(capacity: .bounded(1))
        let back = Channel<Int>(capacity: .bounded(1))
        let serve = balls.makeSharedSender()
        let returned = back.makeSharedSender()
        let count = scaled(3000, atLeast: 300)
        let other = Task { [balls = consume balls] in
            for await ball in balls {
                if shared {
                    try? await returned.send(ball + 1)
                } else {
                    var sender = returned.makeSender()
                    try? await sender.send(ball + 1)
                }
            }
        }
        for number in 0..<count {
            try? await serve.send(number)
            #expect(await back.receive() == number + 1)
        }
        _ = consume serve
        await other.value
    }

    /// Both ends give up again and again, and start over with the same message.
    @Test("timeouts at both ends lose and repeat nothing", arguments: [true, false])
    func timeoutsAtBothEndsLoseAndRepeatNothing(shared: Bool) async {
        let channel = Channel<Int>(capacity: .bounded(2))
        let count = scaled(2000, atLeast: 200)
        if shared {
            let sender = channel.makeSharedSender()
            Task.detached {
                for number in 0..<count {
                    while (try? await sender.send(number, timeout: .microseconds(number % 30))) == nil {}
                    if number % 50 == 0 { await Task.yield() }
                }
            }
        } else {
            sendPatiently(count, channel.makeSender())
        }
        var next = 0
        while next < count {
            guard let message = try? await channel.receive(timeout: .microseconds(next % 30)) else { continue }
            #expect(message == next)
            next += 1
        }
    }

    private func sendPatiently(_ count: Int, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task.detached {
            for number in 0..<count {
                while (try? await sender.send(number, timeout: .microseconds(number % 30))) == nil {}
                if number % 50 == 0 { await Task.yield() }
            }
        }
    }

    @Test("dropped at any time, everything is destroyed once")
    func droppedAtAnyTimeEverythingIsDestroyedOnce() async {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<scaled(200, atLeast: 30) {
            let ledger = Ledger()
            let sent = Int.random(in: 0..<200, using: &random)
            var left = Int.random(in: 0...200, using: &random)
            let capacity = Bool.random(using: &random) ? ChannelCapacity.unbounded : .bounded(8)
            var tasks: [Task<Void, Never>] = []
            do {
                let channel = Channel<Token>(capacity: capacity)
                let shared = channel.makeSharedSender()
                for _ in 0..<3 {
                    tasks.append(
                        Task.detached {
                            for number in 0..<sent {
                                if await shared.send(Token(number, ledger)).failure != nil { break }
                            }
                        })
                }
                while left > 0, channel.tryReceive() != nil { left -= 1 }
                if Bool.random(using: &random), left > 0, sent > 0 { _ = await channel.receive() }
            }
            for task in tasks { await task.value }
            #expect(ledger.alive == 0)
        }
    }

    @Test("no sender that always has something is left behind")
    func noSenderThatAlwaysHasSomethingIsLeftBehind() async {
        let channel = Channel<Int>(capacity: .bounded(64))
        for name in 0..<4 { sendOn(name, channel.makeSender()) }
        let shared = channel.makeSharedSender()
        Task.detached { while (try? await shared.send(4)) != nil {} }
        // Until all are under way.
        var seen = Set<Int>()
        while seen.count < 5, let name = await channel.receive() { seen.insert(name) }
        var counts = [Int](repeating: 0, count: 5)
        for _ in 0..<scaled(100_000, atLeast: 20_000) {
            if let name = await channel.receive() { counts[name] += 1 }
        }
        channel.close()
        for count in counts { #expect(count > 0) }
    }

    private func sendOn(_ name: Int, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task.detached { while (try? await sender.send(name)) != nil {} }
    }

    @Test("the length is never out of its bounds")
    func theLengthIsNeverOutOfItsBounds() async {
        let channel = Channel<Int>(capacity: .bounded(3))
        let shared = channel.makeSharedSender()
        let count = scaled(5000, atLeast: 500)
        let sending = Task.detached {
            for number in 0..<count {
                try? await shared.send(number)
                precondition(0...3 ~= shared.length)
            }
        }
        for _ in 0..<count {
            _ = await channel.receive()
            #expect(0...3 ~= channel.length)
        }
        await sending.value
        #expect(channel.length == 0 && shared.length == 0)
    }

    // MARK: - tokio

    @Test("what a send that has returned has sent is there", arguments: [true, false])
    func whatASendThatHasReturnedHasSentIsThere(shared: Bool) async {
        let channel = Channel<Int>(capacity: .unbounded)
        let end = channel.makeSharedSender()
        for number in 0..<scaled(2000, atLeast: 300) {
            await Task.detached {
                if shared {
                    try? await end.send(number)
                } else {
                    var sender = end.makeSender()
                    try? await sender.send(number)
                }
            }.value
            #expect(channel.tryReceive() == number)
            #expect(channel.tryReceive() == nil)
        }
    }

    @Test("a batch into a span that holds something leaves that alone at the end")
    func aBatchIntoASpanThatHoldsSomethingLeavesThatAloneAtTheEnd() async {
        let channel = Channel<Int>(capacity: .unbounded)
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(2) == nil)
        channel.close()
        let buffer = UnsafeMutableBufferPointer<Int>.allocate(capacity: 4)
        defer { buffer.deallocate() }
        var output = OutputSpan(buffer: buffer, initializedCount: 0)
        output.append(1)
        #expect(await channel.receive(into: &output) == 1)
        #expect(await channel.receive(into: &output) == 0)
        #expect(await channel.receive(upTo: 0, into: &output) == 0)
        #expect(output.finalize(for: buffer) == 2)
        #expect(buffer[0] == 1 && buffer[1] == 2)
    }

    @Test("undelivered messages go with the receiver, not with the senders")
    func undeliveredMessagesGoWithTheReceiver() async {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .unbounded)
        let shared = channel.makeSharedSender()
        try? await shared.send(contentsOf: (0..<100).map { Parcel($0, ledger) })
        #expect(ledger.alive == 100)
        _ = await channel.receive()
        #expect(ledger.alive == 99)
        _ = consume channel
        #expect(ledger.alive == 0)
        #expect(shared.isClosed)
    }

    // MARK: - swift-async-algorithms

    @Test("one of many cancelled sends comes back, and the others arrive")
    func oneOfManyCancelledSendsComesBackAndTheOthersArrive() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        let tasks = (0..<50).map { number in
            Task.detached {
                do throws(SendError<Int>) {
                    try await shared.send(number)
                    return true
                } catch {
                    precondition(error.reason == .cancelled && error.element == number)
                    return false
                }
            }
        }
        for number in stride(from: 0, to: 50, by: 5) { tasks[number].cancel() }
        _ = consume shared
        var received = Set<Int>()
        var sent = Set<Int>()
        while let number = await channel.receive() { received.insert(number) }
        for (number, task) in tasks.enumerated() where await task.value { sent.insert(number) }
        #expect(received == sent)
        #expect(sent.isSuperset(of: (0..<50).filter { $0 % 5 != 0 }))
    }

    /// A wait that ends by a cancellation, a timeout, a message or a close, whichever comes first.
    @Test("a receive in a race with everything that can end it")
    func aReceiveInARaceWithEverythingThatCanEndIt() async {
        let ledger = Ledger()
        var random = SeededGenerator(seed: 5)
        var created = 0
        let received = Counter()
        let returned = Counter()
        for round in 0..<scaled(600, atLeast: 100) {
            let channel = Channel<Token>(capacity: .bounded(1))
            let shared = channel.makeSharedSender()
            let timeout = Duration.microseconds(Int.random(in: 0..<60, using: &random))
            created += 1
            let sending = Task.detached {
                if await shared.send(Token(round, ledger)).failure != nil { returned.add() }
            }
            nonisolated(unsafe) let moved = channel
            let receiving = Task.detached {
                let token = try? await moved.receive(timeout: timeout)
                if token != nil { received.add() }
            }
            switch Int.random(in: 0..<4, using: &random) {
            case 0: receiving.cancel()
            case 1: sending.cancel()
            default: break
            }
            await receiving.value
            channel.close()
            await sending.value
            if channel.tryReceive() != nil { received.add() }
            #expect(channel.isFinished)
        }
        #expect(received.value + returned.value == created)
        #expect(ledger.created == created)
        #expect(ledger.alive == 0)
    }
}
