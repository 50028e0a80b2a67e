// SPDX-License-Identifier: Apache-2.0

import Testing

@testable import Tributary

/// Faults that other channels shipped, as far as Swift has a part in them. The numbers are those of
/// docs/verification.md; `Tests/CTributaryTests/faults_*.c` has all of them for the core.
@Suite("Faults")
struct FaultTests {
    let executor = PumpedExecutor()
    let noted = Log<Int?>()

    // MARK: 7: a cancelled wait takes the message, or the wake, along

    private func receiveOnce(_ channel: sending Channel<Int>) -> Task<Void, Never> {
        Task(executorPreference: executor) { [noted, executor] in
            noted.note(await channel.receive())
            nonisolated(unsafe) let channel = channel
            Task(executorPreference: executor) { noted.note(await channel.receive()) }
        }
    }

    @Test("fault 7: a cancelled receive hands out the message that it took, or takes none", arguments: Variant.all)
    func fault07CancelledReceive(variant: Variant) throws {
        // What happens before the cancelled task runs: a message after, or before, the cancellation.
        for sendsFirst in [true, false] {
            let test = FaultTests()
            let channel = try Channel<Int>(capacity: .bounded(4), options: variant.options())
            var sender = channel.makeSender()
            let task = test.receiveOnce(channel)
            test.executor.run()
            if sendsFirst { #expect(sender.attempt(1) == nil) }
            task.cancel()
            if !sendsFirst { #expect(sender.attempt(1) == nil) }
            test.executor.run()
            #expect(test.noted.entries == [1])
            #expect(sender.attempt(2) == nil)
            test.executor.run()
            #expect(test.noted.entries == [1, 2])
        }
    }

    @Test("fault 7: a cancelled send leaves its place to the next", arguments: Variant.all)
    func fault07CancelledSend(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        let tasks = (1...3).map { number in
            Task(executorPreference: executor) { [noted] in
                let sent = (try? await shared.send(number)) != nil
                noted.note(sent ? number : -number)
            }
        }
        executor.run()
        // The first is cancelled while it waits, the second after it was woken for the place.
        tasks[0].cancel()
        executor.run()
        #expect(noted.entries == [-1])
        #expect(channel.tryReceive() == 0)
        tasks[1].cancel()
        executor.run()
        // It used the place, or left it: the channel is full, and the next one gets its turn.
        var received: [Int] = []
        while let message = channel.tryReceive() {
            received.append(message)
            executor.run()
        }
        #expect(received.last == 3)
        #expect(Set(noted.entries) == Set([-1, received.contains(2) ? 2 : -2, 3]))
    }

    // MARK: 9: a destructor that re-enters while the channel is drained; a kept waker

    @Test("fault 9: a message's end uses every end of the channel that is being drained", arguments: Variant.all)
    func fault09Reentry(variant: Variant) throws {
        final class Visitor: Sendable {
            let shared: SharedSender<Visitor>?
            let closed: Counter
            init(_ shared: SharedSender<Visitor>?, _ closed: Counter) {
                self.shared = shared
                self.closed = closed
            }
            deinit {
                guard let shared else { return }
                var sender = shared.makeSender()
                if shared.isClosed { closed.add() }
                if sender.attempt(Visitor(nil, closed)) == .closed { closed.add() }
                if shared.attempt(Visitor(nil, closed)) == .closed { closed.add() }
                _ = shared.length
            }
        }
        let closed = Counter()
        do {
            let channel = try Channel<Visitor>(capacity: .unbounded, options: variant.options())
            let shared = channel.makeSharedSender()
            var sender = channel.makeSender()
            for _ in 0..<100 {
                #expect(shared.attempt(Visitor(shared, closed)) == nil)
                #expect(sender.attempt(Visitor(shared, closed)) == nil)
            }
        }
        #expect(closed.value == 600)
    }

    @Test("fault 9: no end keeps what waited at it", arguments: Variant.all)
    func fault09KeptWaker(variant: Variant) throws {
        let ledger = Ledger()
        weak var waiter: Waiter?
        do {
            let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
            let open = channel.makeSharedSender()
            waiter = channel.currentWaiter()
            let task = wait(at: channel, holding: Parcel(0, ledger))
            executor.run()
            task.cancel()
            executor.run()
            #expect(noted.entries == [nil])
            // The task has ended: what it held is gone, though the sender is still open.
            #expect(ledger.alive == 0)
            #expect(open.attempt(1) == nil)
        }
        #expect(waiter == nil)
    }

    private func wait(at channel: sending Channel<Int>, holding parcel: Parcel) -> Task<Void, Never> {
        Task(executorPreference: executor) { [noted] in
            noted.note(await channel.receive())
            _ = parcel
        }
    }

    // MARK: 11: a large message, a capacity that overflows

    /// 256 KiB: half the stack of a pool's thread.
    private struct Large: Sendable {
        var words: InlineArray<32768, UInt64>
        init(_ seed: UInt64) { words = .init(repeating: seed) }
    }

    /// The message, as the caller makes it, lies on its stack; the channel adds no more copies of it than
    /// a thread of its own has room for.
    @Test("fault 11: large messages, in place and by value")
    func fault11Large() {
        let thread = TestThread {
            let channel = Channel<Large>(capacity: .bounded(2))
            var sender = channel.makeSender()
            let shared = channel.makeSharedSender()
            for seed in UInt64(1)...4 {
                let count = try? sender.trySend(upTo: 1) { $0.append(Large(seed)) }
                #expect(count == 1)
                #expect(shared.attempt(Large(seed)) == nil)
                for _ in 0..<2 {
                    let sum = channel.tryReceive(upTo: 1) { $0[0].words[0] + $0[0].words[32767] }
                    #expect(sum == 2 * seed)
                }
            }
        }
        thread.join()
    }

    @Test("fault 11: a capacity that overflows is refused")
    func fault11Capacity() {
        for capacity in [Int.max, Int.max - 1, Int.max / 2, Int.max / 8 + 1] {
            #expect(throws: ChannelError.invalidCapacity) {
                try Channel<(Int, Int)>(capacity: .bounded(capacity), options: ChannelOptions())
            }
        }
    }

    // MARK: 16: a waiter that is touched after it was freed

    @Test("fault 16: a wake that was taken before the channel went finds its waiter")
    func fault16LateWake() {
        weak var waiter: Waiter?
        let late: UnsafeMutableRawPointer
        do {
            let channel = Channel<Int>(capacity: .bounded(1))
            let current = channel.currentWaiter()
            waiter = current
            late = current.owned()
        }
        #expect(waiter != nil)
        wakeOwnedWaiter(late)
        #expect(waiter == nil)
    }

    @Test("fault 16: the channel goes as soon as its task is woken", arguments: Variant.all)
    func fault16ChannelGoes(variant: Variant) async throws {
        // The task goes on, and the channel with it, inside of the wake, on the sender's thread.
        var sender = try receiveAndGoInTheWake(variant)
        #expect(noted.entries == [])
        #expect(sender.attempt(7) == nil)
        #expect(noted.entries == [7])
        let closed = sender.isClosed
        #expect(closed)
        // And by luck, on another thread.
        for round in 0..<scaled(300) {
            let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
            let sender = channel.makeSender()
            let task = receiveAndGo(channel)
            let thread = TestThread(with: sender) { sender in
                _ = sender.attempt(round)
            }
            #expect(await task.value == round)
            thread.join()
        }
    }

    /// Runs what it is given at once.
    private final class ImmediateExecutor: TaskExecutor {
        static let only = ImmediateExecutor()
        func enqueue(_ job: consuming ExecutorJob) {
            job.runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// The task alone holds the channel.
    private func receiveAndGoInTheWake(_ variant: Variant) throws -> Sender<Int> {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        let sender = channel.makeSender()
        receiveAtOnce(channel)
        return sender
    }

    private func receiveAtOnce(_ channel: sending Channel<Int>) {
        Task(executorPreference: ImmediateExecutor.only) { [noted] in
            noted.note(await channel.receive())
        }
    }

    private func receiveAndGo(_ channel: sending Channel<Int>) -> Task<Int?, Never> {
        Task { await channel.receive() }
    }
}
