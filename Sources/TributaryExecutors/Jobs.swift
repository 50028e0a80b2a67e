// SPDX-License-Identifier: Apache-2.0

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
