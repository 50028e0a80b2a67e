// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// Many tasks and threads at once: everything arrives, in order, once.
@Suite("AsyncStress", .serialized)
struct AsyncStressTests {
    @Test("every message of every sender arrives in order", arguments: [1, 2, 64], [1, 2, 8])
    func everyMessageOfEverySenderArrivesInOrder(capacity: Int, senders: Int) async {
        let channel = Channel<(sender: Int, number: Int)>(capacity: .bounded(capacity))
        let count = scaled(4000, atLeast: 100)
        for sender in 0..<senders { send(count, as: sender, channel.makeSender()) }
        var next = [Int](repeating: 0, count: senders)
        for await message in channel {
            #expect(message.number == next[message.sender])
            next[message.sender] = message.number + 1
        }
        #expect(next == [Int](repeating: count, count: senders))
    }

    private func send(
        _ count: Int, as name: Int, _ sender: consuming Sender<(sender: Int, number: Int)>
    ) {
        var sender = sender
        Task.detached {
            for number in 0..<count { try? await sender.send((name, number)) }
        }
    }

    @Test("shared senders in tasks, threads beside them", arguments: [1, 16])
    func sharedSendersInTasksThreadsBesideThem(capacity: Int) async {
        let channel = Channel<Int>(capacity: .bounded(capacity))
        let count = scaled(2000, atLeast: 100)
        for task in 0..<4 {
            let shared = channel.makeSharedSender()
            Task.detached {
                for number in 0..<count { try? await shared.send(task * count + number) }
            }
        }
        for thread in 4..<6 {
            sendFromThread(thread * count..<(thread + 1) * count, channel.makeSender())
        }
        let shared = channel.makeSharedSender()
        startThread(name: "shared sender") {
            for number in 6 * count..<7 * count { try! shared.sendBlocking(number) }
        }
        _ = consume shared
        var seen = [Bool](repeating: false, count: 7 * count)
        var next = [Int](repeating: 0, count: 7)
        for await message in channel {
            #expect(!seen[message])
            seen[message] = true
            #expect(message % count == next[message / count])
            next[message / count] += 1
        }
        #expect(!seen.contains(false))
    }

    private func sendFromThread(_ numbers: Range<Int>, _ sender: consuming Sender<Int>) {
        var sender = sender
        startThread {
            for number in numbers { try! sender.sendBlocking(number) }
        }
    }

    @Test("a task sends, a thread receives")
    func aTaskSendsAThreadReceives() async {
        let count = scaled(20_000)
        let sums = Channel<Int>(capacity: .bounded(1))
        sendToThread(count, sums.makeSharedSender())
        #expect(await sums.receive() == count * (count - 1) / 2)
    }

    private func sendToThread(_ count: Int, _ sums: SharedSender<Int>) {
        let channel = Channel<Int>(capacity: .bounded(4))
        sendAll(count, channel.makeSender())
        startThread {
            var sum = 0
            while let message = channel.receiveBlocking() { sum += message }
            try! sums.sendBlocking(sum)
        }
    }

    @Test("a hundred thousand tasks send to one receiver")
    func aHundredThousandTasksSendToOneReceiver() async {
        let ledger = Ledger()
        let channel = Channel<Parcel>(capacity: .bounded(64))
        let count = scaled(100_000, atLeast: 5000)
        let shared = channel.makeSharedSender()
        for number in 0..<count {
            if number % 2 == 0 {
                Task.detached { try? await shared.send(Parcel(number, ledger)) }
            } else {
                sendOne(Parcel(number, ledger), channel.makeSender())
            }
        }
        _ = consume shared
        var seen = [Bool](repeating: false, count: count)
        for await parcel in channel {
            #expect(!seen[parcel.number])
            seen[parcel.number] = true
        }
        #expect(!seen.contains(false))
        #expect(ledger.created == count)
        #expect(ledger.alive == 0)
    }

    private func sendOne(_ parcel: Parcel, _ sender: consuming Sender<Parcel>) {
        var sender = sender
        Task.detached { try? await sender.send(parcel) }
    }

    /// Cancellation, close and room race; every message is either received or handed back.
    @Test("every message is received or comes back", arguments: [true, false])
    func everyMessageIsReceivedOrComesBack(shared: Bool) async {
        let ledger = Ledger()
        var random = SeededGenerator(seed: shared ? 7 : 8)
        let returned = Counter()
        var received = 0
        var created = 0
        for _ in 0..<scaled(300, atLeast: 30) {
            let channel = Channel<Token>(capacity: .bounded(Int.random(in: 1...3, using: &random)))
            let end = channel.makeSharedSender()
            var tasks: [Task<Void, Never>] = []
            for number in 0..<8 {
                created += 1
                if shared {
                    tasks.append(
                        Task.detached {
                            switch await end.send(Token(number, ledger)) {
                            case .sent: break
                            case .returned(let token, let reason):
                                precondition(reason == .cancelled || reason == .closed)
                                _ = consume token
                                returned.add()
                            }
                        })
                } else {
                    tasks.append(send(number, ledger, end.makeSender(), returned))
                }
            }
            for task in tasks where Int.random(in: 0..<3, using: &random) == 0 { task.cancel() }
            for _ in 0..<Int.random(in: 0..<10, using: &random) {
                if let token = channel.tryReceive() {
                    received += 1
                    _ = consume token
                } else {
                    await Task.yield()
                }
            }
            channel.close()
            while let token = await channel.receive() {
                received += 1
                _ = consume token
            }
            for task in tasks { await task.value }
        }
        #expect(received + returned.value == created)
        #expect(ledger.created == created)
        #expect(ledger.alive == 0)
    }

    private func send(
        _ number: Int, _ ledger: Ledger, _ sender: consuming Sender<Token>, _ returned: Counter
    ) -> Task<Void, Never> {
        var sender = sender
        return Task.detached {
            switch await sender.send(Token(number, ledger)) {
            case .sent: break
            case .returned(let token, let reason):
                precondition(reason == .cancelled || reason == .closed)
                _ = consume token
                returned.add()
            }
        }
    }

    /// A receiver whose waits are cancelled again and again loses nothing.
    @Test("cancelled receivers lose nothing")
    func cancelledReceiversLoseNothing() async {
        let channel = Channel<Int>(capacity: .bounded(2))
        let count = scaled(3000, atLeast: 200)
        sendAll(count, channel.makeSender())
        nonisolated(unsafe) let shared = channel
        var next = 0
        var isFinished = false
        while !isFinished {
            let start = next
            let task = Task.detached {
                var next = start
                while let message = await shared.receive() {
                    precondition(message == next, "\(message), \(next)")
                    next += 1
                    if next % 7 == 0 { break }
                }
                return (next, shared.isFinished)
            }
            for _ in 0..<(next % 5) { await Task.yield() }
            task.cancel()
            (next, isFinished) = await task.value
        }
        #expect(next == count)
    }

    private func sendAll(_ count: Int, _ sender: consuming Sender<Int>) {
        var sender = sender
        Task.detached {
            for number in 0..<count {
                try! await sender.send(number)
                if number % 3 == 0 { await Task.yield() }
            }
        }
    }

    @Test("generic code keeps the caller's actor")
    func genericCodeKeepsTheCallersActor() async {
        #expect(await Summing().run(scaled(1000)))
    }
}

private actor Summing {
    func run(_ count: Int) async -> Bool {
        let channel = Channel<Int>(capacity: .bounded(3))
        let sender = channel.makeSharedSender()
        Task.detached {
            for number in 0..<count { try? await sender.send(number) }
            try? await sender.send(-1)
        }
        var iterator = channel.makeAsyncIterator()
        var sum = 0
        while let number = await next(of: &iterator, self), number >= 0 {
            assertIsolated()
            sum += number
        }
        return sum == count * (count - 1) / 2
    }

    private func next<Iterator: AsyncIteratorProtocol>(
        of iterator: inout Iterator, _ actor: isolated (any Actor)
    ) async -> Iterator.Element? where Iterator.Failure == Never {
        await iterator.next(isolation: actor)
    }
}
