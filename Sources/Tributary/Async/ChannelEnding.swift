// SPDX-License-Identifier: Apache-2.0

/// The error that a ``ThrowingChannel`` ends with, the first one of all its senders. No path that
/// moves messages touches it.
@usableFromInline
final class ChannelEnding<Failure: Error>: @unchecked Sendable {
    // Unchecked because the lock guards the state.

    private enum State {
        case open
        case failed(Failure)
        /// The receiver has thrown it, or reported the end without one.
        case reported
    }

    private let lock = Lock()
    private var state = State.open

    /// Later errors are dropped: the channel ends once.
    ///
    /// X2: the error is stored before the close is asked for; the receiver takes it after it has closed.
    func fail(_ error: Failure) {
        lock.whileLocked {
            if case .open = state { state = .failed(error) }
        }
    }

    /// The receiver reports the end: the error, the first time. One that comes later is dropped.
    func report() -> Failure? {
        lock.whileLocked {
            defer { state = .reported }
            guard case .failed(let error) = state else { return nil }
            return error
        }
    }

    /// The receiver has found nothing, but senders may be opened yet.
    func takeFailure() -> Failure? {
        lock.whileLocked {
            guard case .failed(let error) = state else { return nil }
            state = .reported
            return error
        }
    }
}
