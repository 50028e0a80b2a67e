// SPDX-License-Identifier: Apache-2.0

internal import CTributaryExecutors

// Jobs on their way through the C half, which queues them by their own address.

extension ExecutorJob {
    consuming func relinquish() -> UnsafeMutableRawPointer {
        unsafeBitCast(UnownedJob(self), to: UnsafeMutableRawPointer.self)
    }
}

extension UnownedJob {
    init(relinquished address: UnsafeMutableRawPointer) {
        self = unsafeBitCast(address, to: UnownedJob.self)
    }
}

/// Runs a job of a serial executor as what it is, so that it stays where it is as long as it may: on behalf of `task` if its
/// task prefers an executor, which is this one then as a rule, and of none otherwise.
@inline(__always)
func run(
    _ job: UnsafeMutableRawPointer, isolatedTo serial: UnownedSerialExecutor, preferring task: UnownedTaskExecutor
) {
    if tributary_job_prefers_executor(job) {
        UnownedJob(relinquished: job).runSynchronously(isolatedTo: serial, taskExecutor: task)
    } else {
        UnownedJob(relinquished: job).runSynchronously(on: serial)
    }
}
