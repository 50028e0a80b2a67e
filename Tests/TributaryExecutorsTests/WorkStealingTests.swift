// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// No job is lost, none is left behind a blocking one, and all workers have their share.
@Suite("WorkStealingExecutor", .serialized, .watchdog)
struct WorkStealingTests {
    static let workerCounts = [1, 2, 3, 8, 64]

    @Test("single jobs of foreign threads, about when workers fall asleep", arguments: workerCounts)
    func noLostWakeUp(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        let (threads, rounds) = (2, scaled(1500, atLeast: 200))
        let runs = Counter()
        await blocking {
            var group = ThreadGroup()
            for thread in 0..<threads {
                group.start {
                    var generator = SeededGenerator(seed: thread)
                    for _ in 0..<rounds {
                        let ran = Gate()
                        Task(executorPreference: executor) {
                            runs.add()
                            ran.open()
                        }
                        // A wake-up that is lost: nobody else comes to run the job.
                        ran.wait()
                        pause(Int.random(in: 0..<20_000, using: &generator))
                    }
                }
            }
            group.join()
        }
        #expect(runs.value == threads * rounds)
        await executor.shutdown()
    }

    @Test("a job behind a blocking one is taken by another worker", arguments: [2, 3, 8, 64])
    func leftAlone(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        for round in 0..<scaled(200, atLeast: 50) {
            var generator = SeededGenerator(seed: round)
            let pauses = Int.random(in: 0..<10_000, using: &generator)
            await Task(executorPreference: executor) {
                pause(pauses)
                let ran = Gate()
                // Goes into this worker's own queue, which it does not come back to before it has run.
                let behind = Task(priority: round % 2 == 0 ? .background : nil) { ran.open() }
                ran.wait()
                await behind.value
            }.value
        }
        await executor.shutdown()
    }

    @Test("a task that was started on the spot, and yields, does not wait for its starter", arguments: [2, 3, 8])
    func yieldsOnTheSpot(workers: Int) async {
        guard #available(macOS 26.0, iOS 26.0, tvOS 26.0, watchOS 26.0, visionOS 26.0, *) else { return }
        let executor = WorkStealingExecutor(workers: workers)
        for round in 0..<scaled(200, atLeast: 50) {
            var generator = SeededGenerator(seed: round)
            let pauses = Int.random(in: 0..<10_000, using: &generator)
            await Task(executorPreference: executor) {
                pause(pauses)
                let ran = Gate()
                // Its yield comes from this worker, which is in the middle of another task.
                let inner = Task.immediate {
                    await Task.yield()
                    ran.open()
                }
                ran.wait()
                await inner.value
            }.value
        }
        await executor.shutdown()
    }

    @Test("as many blocking jobs as there are workers run at once", arguments: workerCounts)
    func distribution(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        for _ in 0..<scaled(20, atLeast: 5) {
            let (arrived, leave) = (Counter(), Gate())
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<workers {
                    group.addTask(executorPreference: executor) {
                        if arrived.add() == workers { leave.open(workers) }
                        leave.wait()
                    }
                }
            }
            #expect(arrived.value == workers)
        }
        await executor.shutdown()
    }

    @Test("one job spawns far more than a run queue holds", arguments: workerCounts)
    func overflow(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        let count = scaled(20_000, atLeast: 2000)
        let sum = await Task(executorPreference: executor) {
            await withTaskGroup(of: Int.self) { group in
                for number in 0..<count {
                    group.addTask(priority: number % 3 == 0 ? .background : nil) {
                        #expect(executor.isCurrent)
                        return number
                    }
                }
                return await group.reduce(0, +)
            }
        }.value
        #expect(sum == count * (count - 1) / 2)
        await executor.shutdown()
    }

    @Test("a tree of tasks", arguments: workerCounts)
    func tree(workers: Int) async {
        let executor = WorkStealingExecutor(workers: workers)
        let number = isSanitized ? 14 : 18
        let sum = await Task(executorPreference: executor) { await fibonacci(number) }.value
        #expect(sum == (isSanitized ? 377 : 2584))
        await executor.shutdown()
    }

    @Test("tasks of one executor await those of another", arguments: [1, 2])
    func twoExecutors(workers: Int) async {
        let (left, right) = (WorkStealingExecutor(workers: workers), WorkStealingExecutor(workers: workers))
        let rounds = scaled(2000, atLeast: 200)
        let sum = await Task(executorPreference: left) {
            var sum = 0
            for number in 0..<rounds {
                sum += await Task(executorPreference: right) {
                    #expect(right.isCurrent && !left.isCurrent)
                    return number
                }.value
                #expect(left.isCurrent && !right.isCurrent)
            }
            return sum
        }.value
        #expect(sum == rounds * (rounds - 1) / 2)
        await left.shutdown()
        await right.shutdown()
    }

    @Test("by default there is a worker for each processor")
    func defaultCount() async {
        let executor = WorkStealingExecutor()
        #expect(executor.workerCount >= 1)
        #expect(await Task(executorPreference: executor) { executor.isCurrent }.value)
        await executor.shutdown()
    }
}

private func fibonacci(_ number: Int) async -> Int {
    guard number > 1 else { return number }
    async let first = fibonacci(number - 1)
    async let second = fibonacci(number - 2)
    return await first + second
}

/// Passes a moment without giving up the processor.
func pause(_ rounds: Int) {
    let counter = Counter()
    for _ in 0..<rounds / 10 { counter.add() }
}
