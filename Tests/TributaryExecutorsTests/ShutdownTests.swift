// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// Jobs enqueued while an executor is shut down run, its threads end, and nothing is left.
@Suite("Shutdown", .serialized, .watchdog)
struct ShutdownTests {
    /// Tasks that yield again and again on their executor, and so enqueue jobs while it is shut down.
    private func load(_ executor: some TaskExecutor, _ ledger: Ledger, _ runs: Counter) -> Int {
        let (tasks, yields) = (6, 15)
        for number in 0..<tasks {
            let life = Life(ledger)
            Task(executorPreference: executor, priority: number % 2 == 0 ? .background : .high) {
                for _ in 0..<yields {
                    await Task.yield()
                    withExtendedLifetime(life) { _ = runs.add() }
                }
                async let child: Void = { _ = runs.add() }()
                await child
            }
        }
        return tasks * (yields + 1)
    }

    @Test("a MailboxExecutor under load, a thousand times")
    func mailbox() async {
        let ledger = Ledger()
        for round in 0..<scaled(1000) {
            let runs = Counter()
            let executor = MailboxExecutor()
            let expected = load(executor, ledger, runs)
            if round % 2 == 0 {
                await executor.shutdown()
            } else {
                await blocking { executor.shutdownBlocking() }
            }
            #expect(runs.value == expected)
        }
        await yieldUntil { ledger.alive == 0 }
        #expect(ledger.created == scaled(1000) * 6)
    }

    @Test("a WorkStealingExecutor under load, a thousand times")
    func workStealing() async {
        let ledger = Ledger()
        for round in 0..<scaled(1000) {
            let runs = Counter()
            let executor = WorkStealingExecutor(workers: 1 + round % 4)
            let expected = load(executor, ledger, runs)
            if round % 2 == 0 {
                await executor.shutdown()
            } else {
                await blocking { executor.shutdownBlocking() }
            }
            #expect(runs.value == expected)
        }
        await yieldUntil { ledger.alive == 0 }
        #expect(ledger.created == scaled(1000) * 6)
    }

    @Test("threads enqueue while it is shut down", arguments: Home.allCases)
    func threadsEnqueue(home: Home) async throws {
        let (threads, each) = (3, 20)
        for _ in 0..<scaled(200, atLeast: 20) {
            let runs = Counter()
            let released = Gate()
            try await inHouse(home) { house in
                // As long as this one runs the end does not come.
                Task(executorPreference: house.tasks) {
                    for _ in 0..<threads { released.wait() }
                }
                for _ in 0..<threads {
                    startThread {
                        for index in 0..<each {
                            Task(
                                executorPreference: house.tasks,
                                priority: index % 2 == 0 ? .background : .high
                            ) { runs.add() }
                        }
                        released.open()
                    }
                }
            }
            #expect(runs.value == threads * each)
        }
    }

    @Test("an idle one, and one that has hardly begun", arguments: Home.allCases)
    func idle(home: Home) async throws {
        for _ in 0..<scaled(200, atLeast: 20) { try await inHouse(home) { _ in } }
    }

    @Test("several shut it down at once, and again", arguments: [1, 4])
    func severalAtOnce(workers: Int) async {
        for _ in 0..<scaled(100, atLeast: 10) {
            let (mailbox, stealing) = (MailboxExecutor(), WorkStealingExecutor(workers: workers))
            let (ledger, runs) = (Ledger(), Counter())
            let expected = load(mailbox, ledger, runs) + load(stealing, ledger, runs)
            await withTaskGroup(of: Void.self) { group in
                for index in 0..<6 {
                    group.addTask {
                        if index % 3 == 0 {
                            await blocking { mailbox.shutdownBlocking() }
                            await blocking { stealing.shutdownBlocking() }
                        } else {
                            await mailbox.shutdown()
                            await stealing.shutdown()
                        }
                        #expect(runs.value == expected)
                    }
                }
            }
            await mailbox.shutdown()
            await stealing.shutdown()
        }
    }

    @Test("cancellation does not shorten it", arguments: [true, false])
    func cancelled(thread: Bool) async {
        let (gate, ended) = (Gate(), Counter())
        let (mailbox, stealing) = (MailboxExecutor(), WorkStealingExecutor(workers: 2))
        Task(executorPreference: thread ? mailbox : stealing) {
            gate.wait()
            ended.add()
        }
        let shutdown = Task {
            await mailbox.shutdown()
            await stealing.shutdown()
            return ended.value
        }
        shutdown.cancel()
        gate.open()
        #expect(await shutdown.value == 1)
    }

    // MARK: - Dropped

    @Test("dropped while jobs are queued, it runs them", arguments: [0, 1, 4])
    func dropped(workers: Int) async {
        for _ in 0..<scaled(200, atLeast: 20) {
            let (held, gate) = (Gate(), Gate())
            let holder = JobSource(count: 1) {
                held.open()
                gate.wait()
            }
            let source = JobSource(count: 50)
            weak var dropped: AnyObject?
            do {
                let executor: any TaskExecutor =
                    workers == 0 ? MailboxExecutor() : WorkStealingExecutor(workers: workers)
                dropped = executor
                executor.enqueue(holder)
                await blocking { held.wait() }
                executor.enqueue(source)
            }
            #expect(dropped == nil)
            gate.open()
            await yieldUntil { source.runs == 50 && holder.runs == 1 }
            source.finish()
            holder.finish()
        }
    }

    /// An actor that alone keeps its executor, and so drops it inside of its own last job.
    @Test("an actor's last job drops its executor", arguments: [true, false])
    func droppedByItsActor(thread: Bool) async {
        let (ledger, runs) = (Ledger(), Counter())
        let rounds = scaled(500, atLeast: 50)
        for _ in 0..<rounds {
            let room =
                thread
                ? Room(MailboxExecutor(), ledger)
                : Room(SerialMailbox(on: WorkStealingExecutor(workers: 2)), ledger)
            Task {
                await room.run { room in
                    runs.add()
                    Task {
                        room.add()
                        runs.add()
                    }
                }
            }
        }
        await yieldUntil { runs.value == 2 * rounds && ledger.alive == 0 }
    }

    @Test("a task's end drops the executor that it prefers", arguments: [true, false])
    func droppedByItsTask(thread: Bool) async {
        let (ledger, runs) = (Ledger(), Counter())
        let rounds = scaled(500, atLeast: 50)
        for _ in 0..<rounds {
            let executor: any TaskExecutor =
                thread ? MailboxExecutor() : WorkStealingExecutor(workers: 2)
            let life = Life(ledger)
            Task(executorPreference: executor) {
                await Task.yield()
                withExtendedLifetime(life) { _ = runs.add() }
            }
        }
        await yieldUntil { runs.value == rounds && ledger.alive == 0 }
    }

    #if os(Linux)
        @Test("the threads end")
        func threadsEnd() async {
            let name = "ends here"
            let (mailbox, dropped) = (MailboxExecutor(name: name), MailboxExecutor(name: name))
            let stealing = WorkStealingExecutor(workers: 3, name: name)
            await yieldUntil { threads(named: name).count == 5 }
            await mailbox.shutdown()
            await stealing.shutdown()
            _ = consume dropped
            await yieldUntil { threads(named: name).isEmpty }
        }
    #endif
}
