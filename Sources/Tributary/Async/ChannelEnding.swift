// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// What a channel and its senders share besides messages when it may end with an error: whether it
/// has, and whom to tell. The hot paths do not touch it.
class ChannelEnding: @unchecked Sendable {
    // Unchecked because it is a base class; its own state is safe.

    /// X1: stored (release) after the error, loaded (acquire) before it is taken.
    private let failed = Atomic<Bool>(false)
    /// The receiving task's: it is to look at `failed`, which no message announces.
    let waiter = Waiter()

    var hasFailed: Bool { failed.load(ordering: .acquiring) }

    func announce() {
        failed.store(true, ordering: .releasing)
        waiter.wake()
    }
}

/// The error itself, the first one of all senders.
final class TypedChannelEnding<Failure: Error>: ChannelEnding, @unchecked Sendable {
    private enum State {
        case open
        case failed(Failure)
        /// The receiver has thrown it, or reported the end without one.
        case reported
    }

    // Both of the lock.
    private let lock = Lock()
    private var state = State.open

    /// Later errors are dropped: the channel ends once.
    func fail(_ error: Failure) {
        let isFirst = lock.whileLocked {
            guard case .open = state else { return false }
            state = .failed(error)
            return true
        }
        if isFirst { announce() }
    }

    /// The receiver has reported the end: an error that comes later is dropped.
    func seal() {
        lock.whileLocked {
            if case .open = state { state = .reported }
        }
    }

    /// The error, the first time.
    func takeFailure() -> Failure? {
        guard hasFailed else { return nil }
        return lock.whileLocked {
            guard case .failed(let error) = state else { return nil }
            state = .reported
            return error
        }
    }
}
