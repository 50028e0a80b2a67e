// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Testing

@testable import Tributary

/// What a waiting costs, and where its task is resumed: no lock of the channel is held there.
@Suite("AsyncExecutor")
struct AsyncExecutorTests {
    let noted = Log<Int>()

    /// Looks at the channel whenever a job comes, and runs the jobs when told.
    final class CuriousExecutor: TaskExecutor {
        private let jobs = Mutex<[UnownedJob]>([])
        private let look: @Sendable () -> Void

        init(_ look: @escaping @Sendable () -> Void) { self.look = look }

        func enqueue(_ job: consuming ExecutorJob) {
            let job = UnownedJob(job)
            look()
            jobs.withLock { $0.append(job) }
        }

        func run() {
            while let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) {
                job.runSynchronously(on: asUnownedTaskExecutor())
            }
        }
    }

    /// Runs each job where it was enqueued: within the call that ends the wait.
    final class InlineExecutor: TaskExecutor {
        func enqueue(_ job: consuming ExecutorJob) {
            UnownedJob(job).runSynchronously(on: asUnownedTaskExecutor())
        }
    }

    /// Tasks that wait in every way there is for senders to wait: five.
    private func wait(_ channel: Channel<Int>, on executor: some TaskExecutor) {
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        Task(executorPreference: executor) { [noted] in
            noted.note((try? await shared.send(1)) == nil ? 1 : -1)
            // An inline executor is within the close here.
            noted.note(shared.clone().isClosed ? 2 : -2)
        }
        Task(executorPreference: executor) { [noted] in noted.note(await shared.closed() ? 3 : -3) }
        waitForRoom(channel.makeSender(), executor)
        waitForClose(channel.makeSender(), executor)
    }

    private func waitForRoom(_ sender: consuming Sender<Int>, _ executor: some TaskExecutor) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in
            try? await sender.send(0)
            noted.note((try? await sender.send(1)) == nil ? 4 : -4)
            noted.note(sender.clone().isClosed ? 5 : -5)
        }
    }

    private func waitForClose(_ sender: consuming Sender<Int>, _ executor: some TaskExecutor) {
        var sender = sender
        Task(executorPreference: executor) { [noted] in noted.note(await sender.closed() ? 6 : -6) }
    }

    @Test("an executor may use the channel within enqueue", arguments: Variant.all)
    func anExecutorMayUseTheChannelWithinEnqueue(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        let looks = Counter()
        nonisolated(unsafe) let watched = channel
        let executor = CuriousExecutor {
            _ = watched.statistics
            _ = watched.length
            _ = watched.makeSender()
            _ = watched.makeSharedSender().attempt(9)
            looks.add()
        }
        wait(channel, on: executor)
        executor.run()
        let before = looks.value
        channel.close()
        #expect(looks.value == before + 4)
        executor.run()
        #expect(noted.entries.sorted() == [1, 2, 3, 4, 5, 6])
    }

    @Test("an executor may run its jobs within enqueue", arguments: Variant.all)
    func anExecutorMayRunItsJobsWithinEnqueue(variant: Variant) throws {
        let channel = try Channel<Int>(capacity: .bounded(1), options: variant.options())
        wait(channel, on: InlineExecutor())
        #expect(noted.entries.isEmpty)
        channel.close()
        #expect(noted.entries.sorted() == [1, 2, 3, 4, 5, 6])
    }

    @Test("a receiver and its senders on an inline executor")
    func aReceiverAndItsSendersOnAnInlineExecutor() {
        let executor = InlineExecutor()
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        var sender = channel.makeSender()
        nonisolated(unsafe) let received = channel
        Task(executorPreference: executor) { [noted] in
            for await message in received { noted.note(message) }
            noted.note(-1)
        }
        for number in 0..<20 {
            // Received within the send.
            #expect(number % 2 == 0 ? shared.attempt(number) == nil : sender.attempt(number) == nil)
            #expect(noted.entries.count == number + 1)
        }
        _ = consume sender
        channel.close()
        #expect(noted.entries == Array(0..<20) + [-1])
    }

    // MARK: - What waiting allocates

    @Test("a place to wait in is allocated once, then used again", arguments: [1, 8])
    func aPlaceToWaitInIsAllocatedOnceThenUsedAgain(tasks: Int) {
        let executor = PumpedExecutor()
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        for _ in 0..<tasks {
            Task(executorPreference: executor) {
                for number in 0..<200 { try? await shared.send(number) }
            }
        }
        var received = 0
        while received < 200 * tasks + 1 {
            executor.run()
            while channel.tryReceive() != nil { received += 1 }
        }
        executor.run()
        #expect(shared.end.waits.allocations == tasks)
    }

    /// The callback has let go of the place when it says so, on whatever thread it and the task run.
    @Test("so too where the callback and the task are on two threads")
    func soTooWhereTheCallbackAndTheTaskAreOnTwoThreads() async {
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        let count = scaled(5000, atLeast: 500)
        for _ in 0..<4 {
            Task.detached { for number in 0..<count { try? await shared.send(number) } }
        }
        var received = 0
        while received < 4 * count {
            if await channel.receive() != nil { received += 1 }
        }
        #expect(shared.end.waits.allocations <= 4)
    }

    @Test("cancelled, timed out and closed waits give their places back")
    func cancelledTimedOutAndClosedWaitsGiveTheirPlacesBack() async {
        let executor = PumpedExecutor()
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        for round in 0..<30 {
            let task = Task(executorPreference: executor) {
                switch round % 3 {
                case 0: await shared.closed()
                case 1: (try? await shared.send(1)) != nil
                default: (try? await shared.send(1, timeout: .milliseconds(1))) != nil
                }
            }
            executor.run()
            #expect(shared.end.waits.allocations == 1)
            if round % 3 == 2 {
                await executor.run { executor.waiting > 0 }
            } else {
                task.cancel()
            }
            executor.run()
            #expect(await !task.value)
        }
        let waiting = Task(executorPreference: executor) { await shared.closed() }
        executor.run()
        channel.close()
        executor.run()
        #expect(await waiting.value)
        #expect(shared.end.waits.allocations == 1)
    }

    /// A timer or a cancellation may have come when its wait was over.
    @Test("a wake that was left over keeps the place in the queue")
    func aWakeThatWasLeftOverKeepsThePlaceInTheQueue() {
        let executor = PumpedExecutor()
        let channel = Channel<Int>(capacity: .bounded(1))
        let shared = channel.makeSharedSender()
        #expect(shared.attempt(0) == nil)
        let place = shared.end.waits.take()
        place.waiter.wake()
        shared.end.waits.give(place)
        for number in 1...3 {
            Task(executorPreference: executor) { [noted] in
                do throws(SendError<Int>) {
                    try await shared.send(number)
                    noted.note(number)
                } catch {
                    noted.note(-number)
                }
            }
            executor.run()
        }
        for number in 0...3 {
            #expect(channel.tryReceive() == number)
            executor.run()
        }
        #expect(noted.entries == [1, 2, 3])
    }

    /// Every arming holds a reference on its waiter; none is left over, however the wait ended.
    @Test("waiters go with their ends", arguments: 0..<4)
    func waitersGoWithTheirEnds(form: Int) {
        weak var ofReceiver: Waiter?
        weak var ofSender: Waiter?
        do {
            let executor = PumpedExecutor()
            let channel = Channel<Int>(capacity: .bounded(1))
            var sender = channel.makeSender()
            let waiter = sender.currentWaiter()
            ofSender = waiter
            #expect(sender.attempt(0) == nil)
            let task = send(sender, executor)
            executor.run()
            #expect(noted.entries.isEmpty)
            switch form {
            case 0: task.cancel()
            case 1: channel.close()
            case 2: #expect(channel.tryReceive() == 0)
            default: break
            }
            if form == 3 { _ = consume channel } else { ofReceiver = receive(channel, executor) }
            executor.run()
            #expect(noted.entries.count == 1)
        }
        #expect(ofSender == nil)
        #expect(ofReceiver == nil)
    }

    private func send(
        _ sender: consuming Sender<Int>, _ executor: PumpedExecutor
    ) -> Task<Void, Never> {
        var sender = sender
        return Task(executorPreference: executor) { [noted] in
            noted.note((try? await sender.send(1)) == nil ? 0 : 1)
        }
    }

    /// Waits for more than there is, and is cancelled.
    private func receive(_ channel: sending Channel<Int>, _ executor: PumpedExecutor) -> Waiter? {
        let open = channel.makeSharedSender()
        let waiter = channel.currentWaiter()
        let task = Task(executorPreference: executor) {
            while await channel.receive() != nil {}
            _ = open
        }
        executor.run()
        executor.run()
        task.cancel()
        executor.run()
        return waiter
    }
}
