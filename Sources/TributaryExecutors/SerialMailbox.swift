// SPDX-License-Identifier: Apache-2.0

internal import CTributaryExecutors

/// A serial executor without a thread: the workers of a ``WorkStealingExecutor`` run its jobs, one worker
/// at a time.
///
/// It costs some 150 bytes, so that a program can have a million actors:
///
/// ```swift
/// actor Session {
///     private let mailbox: SerialMailbox
///     nonisolated var unownedExecutor: UnownedSerialExecutor { mailbox.asUnownedSerialExecutor() }
///
///     init(on executor: WorkStealingExecutor) { mailbox = SerialMailbox(on: executor) }
/// }
/// ```
///
/// Jobs run in the order in which they were enqueued, those of priority `.utility` and `.background`
/// after the others; one of them has its turn after 61 others. While it waits for a worker, the mailbox has
/// the priority of its first job. After 64 jobs in a row it goes behind the worker's other
/// jobs. Enqueueing never waits and does not allocate.
public final class SerialMailbox: SerialExecutor {
    nonisolated(unsafe) private let core: OpaquePointer
    /// Whose workers run the jobs.
    public let executor: WorkStealingExecutor

    /// - Complexity: O(1).
    public init(on executor: WorkStealingExecutor) {
        guard let core = tributary_serial_mailbox_create(executor.scheduler) else {
            preconditionFailure("SerialMailbox: no memory")
        }
        self.core = core
        self.executor = executor
        tributary_serial_mailbox_executor(core)
            .initializeMemory(as: UnownedSerialExecutor.self, to: asUnownedSerialExecutor())
    }

    deinit {
        tributary_serial_mailbox_release(core)
    }

    /// Enqueues a job. Any thread may call it. Never waits, but for a lock when a worker sleeps and has to be woken.
    ///
    /// - Precondition: the executor has not been shut down.
    /// - Complexity: O(1).
    public func enqueue(_ job: consuming ExecutorJob) {
        guard tributary_serial_mailbox_enqueue(core, job.relinquish()) else {
            preconditionFailure("SerialMailbox: a job was enqueued after the executor was shut down")
        }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the calling thread is running a job of this mailbox.
    ///
    /// - Complexity: O(1).
    public var isCurrent: Bool { tributary_serial_mailbox_is_current(core) }

    public func checkIsolated() {
        precondition(isCurrent, "SerialMailbox: the calling thread is not running one of its jobs")
    }

    @available(macOS 26.0, iOS 26.0, tvOS 26.0, watchOS 26.0, visionOS 26.0, *)
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}
