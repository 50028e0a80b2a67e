// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// A task executor that runs jobs only when the test says so, on the test's thread, so that a test
/// decides what happens between two steps of a task.
final class PumpedExecutor: TaskExecutor {
    private let jobs = Mutex<[UnownedJob]>([])

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        jobs.withLock { $0.append(job) }
    }

    var waiting: Int { jobs.withLock { $0.count } }

    /// Runs one job; `false` when there is none.
    @discardableResult
    func step() -> Bool {
        guard let job = jobs.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return false }
        job.runSynchronously(on: asUnownedTaskExecutor())
        return true
    }

    /// Runs jobs until there is none; returns how many.
    @discardableResult
    func run() -> Int {
        var count = 0
        while step() { count += 1 }
        return count
    }

    /// Runs jobs, those that other threads still enqueue included, until `condition` holds. A yield
    /// goes by way of the pool, whose threads this must not keep.
    nonisolated(nonsending) func run(until condition: () -> Bool) async {
        while !condition() {
            if !step() { await Task.yield() }
        }
    }
}

/// What tasks note, in order.
final class Log<Entry: Sendable>: Sendable {
    private let list = Mutex<[Entry]>([])

    var entries: [Entry] { list.withLock { $0 } }
    func note(_ entry: Entry) { list.withLock { $0.append(entry) } }
}
