// SPDX-License-Identifier: Apache-2.0

internal import CTributaryExecutors

extension MailboxExecutor {
    /// Creates an executor without a thread: an event loop waits for its ``fileDescriptor`` and runs its
    /// jobs. Linux only, where the descriptor is an eventfd. Shut it down, and let the loop run it until it
    /// ``hasShutDown``, before it is dropped: nobody else runs the jobs that it has.
    ///
    /// ```swift
    /// let executor = try MailboxExecutor.forEventLoop()
    /// while !executor.hasShutDown {
    ///     executor.run()
    ///     if executor.arm() { poll(executor.fileDescriptor!, …) }
    /// }
    /// ```
    ///
    /// - Throws: ``ExecutorError`` when the system has no eventfd, memory or descriptor left.
    /// - Complexity: O(1).
    public static func forEventLoop() throws(ExecutorError) -> MailboxExecutor {
        var code: CInt = 0
        guard let core = tributary_thread_mailbox_create(true, &code) else {
            throw ExecutorError(code: code)
        }
        return MailboxExecutor(hostedWith: core)
    }

    /// The descriptor that becomes readable when an executor that was armed has a job, or is told to
    /// shut down; `nil` for one that has a thread. It stays the executor's: do not read or close it.
    ///
    /// - Complexity: O(1).
    public var fileDescriptor: CInt? {
        let descriptor = tributary_thread_mailbox_file_descriptor(core)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Arms ``fileDescriptor``. `true`: there is no job, and the next one makes the descriptor readable.
    /// `false`: there is something to do now. Never waits.
    ///
    /// - Precondition: hosted by an event loop, whose thread calls this.
    /// - Complexity: O(1).
    public func arm() -> Bool {
        precondition(isHosted, "MailboxExecutor: this one has a thread of its own")
        return tributary_thread_mailbox_arm(core)
    }

    /// Runs jobs on the calling thread until there is none or `limit` were run; returns how many were.
    /// Never waits.
    ///
    /// - Precondition: hosted by an event loop; one thread at a time, and not within a job of this executor.
    /// - Complexity: O(*n*) for *n* jobs.
    @discardableResult
    public func run(limit: Int = .max) -> Int {
        precondition(isHosted, "MailboxExecutor: this one has a thread of its own")
        precondition(!isEntered, "MailboxExecutor: run from one of its own jobs")
        let serial = asUnownedSerialExecutor()
        let task = asUnownedTaskExecutor()
        let outer = tributary_thread_mailbox_enter(core)
        defer { tributary_thread_mailbox_leave(outer) }
        var count = 0
        while count < limit, let job = tributary_thread_mailbox_take(core) {
            TributaryExecutors.run(job, isolatedTo: serial, preferring: task)
            count += 1
        }
        if count < limit, tributary_thread_mailbox_finish(core) { ended.complete() }
        return count
    }

    /// Whether every job has run after ``shutdown()``, and no more are taken. For the loop's thread: on another
    /// one it may be `true` for a moment while a late job is being found.
    ///
    /// - Complexity: O(1).
    public var hasShutDown: Bool { tributary_thread_mailbox_has_finished(core) }
}

/// Why an executor could not be created.
public struct ExecutorError: Error, Hashable, Sendable {
    /// The system's error number.
    public let number: CInt

    init(code: CInt) { number = -code }
}
