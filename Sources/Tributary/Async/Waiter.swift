// SPDX-License-Identifier: Apache-2.0

internal import Synchronization

/// Where one task waits, and where anybody may wake it.
///
/// A wake that finds nobody is kept for the next wait, so that none is lost between the waiter's
/// last look and its suspension. Several that come before it are one. A wait may thus end for
/// a reason that is over: whoever waits looks again, in a loop.
///
///     the waiting task                          a waker, any thread
///       leave word where wakers look              change what is waited for
///       looks once more                           finds the word: wake()
///       wait: EMPTY → continuation, or              EMPTY → WOKEN, or
///             WOKEN → EMPTY and goes on             continuation → EMPTY, and resume it
///
/// W1: both exchanges acquire and release. The task sees what the waker did before, and whoever
/// finds the continuation finds it whole.
@usableFromInline
package final class Waiter: Sendable {
    package init() {}

    private static let empty: UInt = 0
    private static let woken: UInt = 1

    private let word = Atomic<UInt>(Waiter.empty)

    /// Until the next wake, or until the task is cancelled. One that came before ends it at once.
    package nonisolated(nonsending) func wait() async {
        await withTaskCancellationHandler {
            await withUnsafeContinuation { (continuation: UnsafeContinuation<Void, Never>) in
                let bits = unsafeBitCast(continuation, to: UInt.self)
                let (left, _) = word.compareExchange(
                    expected: Waiter.empty, desired: bits, ordering: .acquiringAndReleasing)
                if left { return }
                let found = word.exchange(Waiter.empty, ordering: .acquiringAndReleasing)
                precondition(found == Waiter.woken, "two tasks wait at one end")
                continuation.resume()
            }
        } onCancel: {
            wake()
        }
    }

    /// Ends the wait, or the next one. Does not allocate, and resumes without running the task.
    package func wake() {
        var found = word.load(ordering: .relaxed)
        while true {
            // WOKEN stays, by an exchange all the same: whoever consumes it sees this waker's change.
            let next = found <= Waiter.woken ? Waiter.woken : Waiter.empty
            let (taken, original) = word.compareExchange(
                expected: found, desired: next, ordering: .acquiringAndReleasing)
            if taken { break }
            found = original
        }
        guard found > Waiter.woken else { return }
        unsafeBitCast(found, to: UnsafeContinuation<Void, Never>.self).resume()
    }
}

// MARK: - As the context of a C notification

extension Waiter {
    /// The context that ``wakeOwnedWaiter`` takes. Whoever arms owns a reference for it, which the
    /// callback gives back, or ``disown()`` if it will not be called: the callback may still run
    /// when the task is awake already.
    func owned() -> UnsafeMutableRawPointer {
        Unmanaged.passRetained(self).toOpaque()
    }

    func disown() {
        Unmanaged.passUnretained(self).release()
    }
}

/// The callback of all notifications: on the other end's thread, so that it only wakes. `@Sendable`,
/// since it must not take on the isolation of whoever names it.
@Sendable
func wakeOwnedWaiter(_ context: UnsafeMutableRawPointer?) {
    guard let context else { return }
    Unmanaged<Waiter>.fromOpaque(context).takeRetainedValue().wake()
}
