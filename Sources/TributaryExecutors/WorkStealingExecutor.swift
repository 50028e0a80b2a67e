// SPDX-License-Identifier: Apache-2.0

internal import CTributaryExecutors
internal import Tributary

/// A task executor whose workers take jobs from each other.
///
/// ```swift
/// let executor = WorkStealingExecutor()
/// Task(executorPreference: executor) { await walk(directory) }
/// ```
///
/// Each worker is a thread with a queue of its own for the jobs that it enqueues itself, and an inbox
/// for those of other threads. It runs its own jobs first, in the order they were enqueued as long as no more than
/// 256 wait, then takes half of another's. A worker that finds nothing searches for some microseconds, then sleeps; an idle
/// executor uses no processor time. A new job wakes one worker, which wakes the next if there is more. A worker's only
/// waiting job is left to it, for 0.1 to 1.6 milliseconds at most: it mostly takes it at once, and one of the sleepers watches.
///
/// Jobs of priority `.utility` and `.background` wait until a worker has no others, except for one turn
/// in 61. Enqueueing never waits and does not allocate. The scheme is that of Go's and
/// Tokio's schedulers; the inboxes are liburcu's wait-free queues.
///
/// Tasks that prefer the executor keep it, and so does each ``SerialMailbox``. Dropped, its threads end
/// when every job has run.
public final class WorkStealingExecutor: TaskExecutor {
    nonisolated(unsafe) let scheduler: OpaquePointer
    private let ended = Completion()
    /// The number of workers.
    public let workerCount: Int

    /// Creates an executor and starts its threads.
    ///
    /// - Parameters:
    ///   - workers: how many; by default one for each processor that this process may use.
    ///   - name: of the threads, followed by their number.
    ///   - priority: the threads' quality of service: see ``MailboxExecutor/init(name:processor:priority:)``.
    /// - Precondition: `workers` is from 1 to 1024, and the system has memory and room for as many threads.
    /// - Complexity: O(*workers*).
    public init(workers: Int? = nil, name: String? = nil, priority: TaskPriority? = nil) {
        let count = workers ?? tributary_processor_count()
        precondition(1...1024 ~= count, "WorkStealingExecutor: \(count) workers")
        guard let scheduler = tributary_scheduler_create(count) else {
            preconditionFailure("WorkStealingExecutor: no memory")
        }
        self.scheduler = scheduler
        workerCount = count
        for index in 0..<count {
            tributary_scheduler_retain(scheduler)
            let thread = WorkerThread(
                scheduler: scheduler, index: index, ended: ended, executor: asUnownedTaskExecutor())
            startThread(name: name.map { "\($0) \(index)" }) {
                if let priority { tributary_thread_set_priority(CUnsignedInt(priority.rawValue)) }
                thread.run()
            }
        }
    }

    deinit {
        tributary_scheduler_stop(scheduler)
        tributary_scheduler_release(scheduler)
    }

    /// Enqueues a job. Any thread may call it. Never waits, but for a lock when a worker sleeps and has to be woken.
    ///
    /// - Precondition: the executor has not been shut down.
    /// - Complexity: O(1).
    public func enqueue(_ job: consuming ExecutorJob) {
        guard tributary_scheduler_enqueue(scheduler, job.relinquish()) else {
            preconditionFailure("WorkStealingExecutor: a job was enqueued after the executor was shut down")
        }
    }

    /// Whether the calling thread is one of the workers.
    ///
    /// - Complexity: O(1).
    public var isCurrent: Bool { tributary_scheduler_is_current(scheduler) }

    /// The calling thread's number among the workers, from 0; `nil` when it is none of them.
    ///
    /// For figures of each worker, and for logs: a task may go on as another worker's after any `await`.
    ///
    /// - Complexity: O(1).
    public var currentWorker: Int? {
        let index = tributary_scheduler_current_worker(scheduler)
        return index >= 0 ? index : nil
    }

    /// Runs the jobs that are enqueued, and those that they enqueue, until no worker has any; then ends
    /// the threads. Suspends until that has happened; cancellation does not shorten it.
    ///
    /// A task of this executor that is suspended elsewhere has to be finished before: a job that is
    /// enqueued later is a mistake, and traps. Shutting down again waits for the same end.
    ///
    /// - Precondition: not called on the executor itself.
    public nonisolated(nonsending) func shutdown() async {
        precondition(!isCurrent, "WorkStealingExecutor: shut down from one of its own jobs")
        tributary_scheduler_stop(scheduler)
        await ended.wait()
    }

    /// As ``shutdown()``, but blocks the thread.
    @available(*, noasync, message: "this call blocks the thread")
    public func shutdownBlocking() {
        precondition(!isCurrent, "WorkStealingExecutor: shut down from one of its own jobs")
        tributary_scheduler_stop(scheduler)
        ended.waitBlocking()
    }
}

/// What a worker's thread needs of the executor, which it does not keep.
private struct WorkerThread: @unchecked Sendable {
    // Unchecked because of the pointer, of which this holds a reference.
    let scheduler: OpaquePointer
    let index: Int
    let ended: Completion
    let executor: UnownedTaskExecutor

    func run() {
        let worker = tributary_worker_enter(scheduler, index)!
        while let job = tributary_worker_wait(worker) {
            if tributary_is_serial_mailbox(job) {
                empty(OpaquePointer(job), worker)
            } else {
                UnownedJob(relinquished: job).runSynchronously(on: executor)
            }
        }
        if tributary_worker_leave(worker) { ended.complete() }
        tributary_scheduler_release(scheduler)
    }

    private func empty(_ mailbox: OpaquePointer, _ worker: OpaquePointer) {
        let serial = tributary_serial_mailbox_executor(mailbox)!
            .load(as: UnownedSerialExecutor.self)
        while let job = tributary_serial_mailbox_take(mailbox, worker) {
            TributaryExecutors.run(job, isolatedTo: serial, preferring: executor)
        }
    }
}
