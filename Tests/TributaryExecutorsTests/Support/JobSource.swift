// SPDX-License-Identifier: Apache-2.0

import Synchronization
import TributaryExecutors

/// Jobs that do not come back to the executor that runs them: the resumptions that `Task.yield` enqueues.
///
/// A task keeps the executor that it prefers, and an actor should keep its own; these need it only until they have begun.
/// So they are what an executor may be dropped under.
final class JobSource: TaskExecutor {
    private let caught = Guarded<[UnownedJob]>([])
    private let isReady = Atomic<Bool>(false)
    private let whenRun: @Sendable () -> Void
    private let resumed = Counter()

    /// The jobs, to be enqueued once each.
    var jobs: [UnownedJob] { made.withLock { $0 } }
    private let made = Guarded<[UnownedJob]>([])

    /// - Parameter whenRun: what each job does.
    init(count: Int, whenRun: @escaping @Sendable () -> Void = {}) {
        self.whenRun = whenRun
        for _ in 0..<count {
            Task(executorPreference: self) { await Task.yield() }
            step()
            let job = caught.withLock { $0.removeLast() }
            made.withLock { $0.append(job) }
        }
        isReady.store(true, ordering: .sequentiallyConsistent)
    }

    /// How many of the jobs were run.
    var runs: Int { resumed.value }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        caught.withLock { $0.append(job) }
        guard isReady.load(ordering: .sequentiallyConsistent) else { return }
        whenRun()
        resumed.add()
    }

    /// Ends the tasks whose resumptions were run. None must be on its way.
    func finish() {
        while step() {}
    }

    @discardableResult
    private func step() -> Bool {
        guard let job = caught.withLock({ $0.popLast() }) else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }
}

extension Executor {
    func enqueue(_ source: JobSource) {
        for job in source.jobs { enqueue(ExecutorJob(job)) }
    }
}
