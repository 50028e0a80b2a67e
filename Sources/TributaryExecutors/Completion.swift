// SPDX-License-Identifier: Apache-2.0

internal import Tributary

/// Something that happens once, and that threads and tasks wait for.
final class Completion: @unchecked Sendable {
    // Unchecked because of `waiting`, which is the lock's.

    private let lock = Lock()
    /// What to do then; `nil`: it has happened.
    private var waiting: [() -> Void]? = []

    func complete() {
        let resumptions = lock.whileLocked {
            defer { waiting = nil }
            return waiting
        }
        // After the lock was given back: a resumed task's executor may come back here.
        for resume in resumptions ?? [] { resume() }
    }

    /// Calls `resume` when it happens, or now if it has happened.
    func whenComplete(_ resume: @escaping @Sendable () -> Void) {
        let isComplete = lock.whileLocked {
            waiting?.append(resume)
            return waiting == nil
        }
        if isComplete { resume() }
    }

    /// Cancellation does not end the wait.
    nonisolated(nonsending) func wait() async {
        await withUnsafeContinuation { continuation in
            whenComplete { continuation.resume() }
        }
        // What happened before is this task's to read in any case; ThreadSanitizer does not see the runtime's hand-over where
        // a continuation is resumed before its task has suspended, but it sees the lock's.
        lock.whileLocked {}
    }

    @available(*, noasync)
    func waitBlocking() {
        // A channel without messages, which finishes when its only sending end is dropped.
        let channel = Channel<Never>(capacity: .bounded(1))
        let end = channel.makeSharedSender()
        whenComplete { withExtendedLifetime(end) {} }
        _ = consume end
        _ = channel.receiveBlocking()
    }
}
