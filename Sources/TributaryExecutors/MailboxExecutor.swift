// SPDX-License-Identifier: Apache-2.0

internal import CTributaryExecutors
internal import Tributary

/// A serial executor with one inbox, emptied by a thread of its own or by an event loop.
///
/// An actor that names it in `unownedExecutor` runs there, and so do tasks that prefer it; between
/// the two nothing changes threads. A call from one actor of the executor to another is a plain call.
///
/// ```swift
/// actor Journal {
///     private let executor = MailboxExecutor(name: "journal")
///     nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }
/// }
/// ```
///
/// Jobs run in the order in which they were enqueued, those of priority `.utility` and `.background`
/// after the others; one of them has its turn after 61 others. Any thread enqueues, without waiting
/// and without allocating: an exchange and a store, and a system call when the thread sleeps. The queue
/// is liburcu's wait-free queue (Desnoyers, Lai), whose nodes are the jobs themselves.
///
/// The thread ends when the executor is dropped or shut down, and every job has run. Actors have to
/// keep their executor, as a stored property does; tasks that prefer it keep it themselves.
public final class MailboxExecutor: SerialExecutor, TaskExecutor {
    nonisolated(unsafe) let core: OpaquePointer
    let ended = Completion()
    let isHosted: Bool

    /// Creates an executor with a thread of its own.
    ///
    /// - Parameters:
    ///   - name: of the thread, for debuggers; longer ones are cut off by the system.
    ///   - processor: the only one that the thread may run on, counted from 0; `nil`: any. Where the
    ///     system does not let a program choose (macOS), it is ignored.
    ///   - priority: the thread's quality of service. Linux knows lower ones only, as a nice value of
    ///     5 for `.utility` and 10 for `.background`.
    /// - Precondition: the system has memory and room for another thread; `processor` exists and is one that
    ///   this process may use.
    /// - Complexity: O(1).
    public init(name: String? = nil, processor: Int? = nil, priority: TaskPriority? = nil) {
        var code: CInt = 0
        guard let core = tributary_thread_mailbox_create(false, &code) else {
            preconditionFailure("MailboxExecutor: error \(code)")
        }
        self.core = core
        isHosted = false
        tributary_thread_mailbox_retain(core)
        // The thread does not keep the executor: dropped, it ends the thread.
        let thread = MailboxThread(
            core: core, ended: ended, serial: asUnownedSerialExecutor(),
            task: asUnownedTaskExecutor())
        startThread(name: name) {
            if let processor {
                let isSet = tributary_thread_set_processor(processor)
                precondition(isSet, "MailboxExecutor: no processor \(processor)")
            }
            if let priority { tributary_thread_set_priority(CUnsignedInt(priority.rawValue)) }
            thread.run()
        }
    }

    /// Creates an executor for an event loop: see ``fileDescriptor``.
    init(hostedWith core: OpaquePointer) {
        self.core = core
        isHosted = true
    }

    deinit {
        tributary_thread_mailbox_stop(core)
        tributary_thread_mailbox_release(core)
    }

    /// Enqueues a job. Any thread may call it. Wait-free but for the wake of a sleeping thread.
    ///
    /// - Precondition: the executor has not been shut down.
    /// - Complexity: O(1).
    public func enqueue(_ job: consuming ExecutorJob) {
        guard tributary_thread_mailbox_enqueue(core, job.relinquish()) else {
            preconditionFailure("MailboxExecutor: a job was enqueued after the executor was shut down")
        }
    }

    public func asUnownedSerialExecutor() -> UnownedSerialExecutor {
        UnownedSerialExecutor(ordinary: self)
    }

    /// Whether the calling thread is running a job of this executor.
    ///
    /// - Complexity: O(1).
    public var isCurrent: Bool { tributary_thread_mailbox_is_current(core) }

    /// One of its jobs is on the calling thread's stack, if not on top: an event loop may run within a job of another.
    var isEntered: Bool { tributary_thread_mailbox_is_entered(core) }

    public func checkIsolated() {
        precondition(isCurrent, "MailboxExecutor: the calling thread is another one")
    }

    @available(macOS 26.0, iOS 26.0, tvOS 26.0, watchOS 26.0, visionOS 26.0, *)
    public func isIsolatingCurrentContext() -> Bool? { isCurrent }
}

// MARK: - The end

extension MailboxExecutor {
    /// Runs the jobs that are enqueued, and those that they enqueue, until there is none; then ends the
    /// thread. Suspends until that has happened; cancellation does not shorten it.
    ///
    /// A task of this executor that is suspended elsewhere (asleep, at a channel, at another actor, in a `Task.yield()` of an
    /// actor, which goes by way of the default executor) has to be finished before: a job that is
    /// enqueued later is a mistake, and traps. Shutting down again waits for the same end.
    ///
    /// - Precondition: not called on the executor itself, nor for one that an event loop hosts without
    ///   the loop going on.
    public nonisolated(nonsending) func shutdown() async {
        precondition(!isEntered, "MailboxExecutor: shut down from one of its own jobs")
        tributary_thread_mailbox_stop(core)
        await ended.wait()
    }

    /// As ``shutdown()``, but blocks the thread.
    @available(*, noasync, message: "this call blocks the thread")
    public func shutdownBlocking() {
        precondition(!isEntered, "MailboxExecutor: shut down from one of its own jobs")
        tributary_thread_mailbox_stop(core)
        ended.waitBlocking()
    }
}

/// What the thread of an executor needs of it.
struct MailboxThread: @unchecked Sendable {
    // Unchecked because of the pointer, of which this holds a reference.
    let core: OpaquePointer
    let ended: Completion
    let serial: UnownedSerialExecutor
    let task: UnownedTaskExecutor

    func run() {
        let outer = tributary_thread_mailbox_enter(core)
        while let job = tributary_thread_mailbox_wait(core) {
            TributaryExecutors.run(job, isolatedTo: serial, preferring: task)
        }
        tributary_thread_mailbox_leave(outer)
        ended.complete()
        tributary_thread_mailbox_release(core)
    }
}
