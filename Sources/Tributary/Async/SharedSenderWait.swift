// SPDX-License-Identifier: Apache-2.0

internal import CTributary

/// A task's place in the queue of those who wait for room: C links it, so that it stays where it is
/// until C has let go of it.
final class SharedWait: @unchecked Sendable {
    // Unchecked because the place is C's while it is queued, and its task's otherwise.
    let place: UnsafeMutablePointer<tributary_shared_waiter>
    let waiter = Waiter()
    var next: SharedWait?

    init() {
        place = .allocate(capacity: 1)
        place.initialize(to: tributary_shared_waiter())
    }

    deinit {
        place.deallocate()
    }

    /// The callback: the place is no longer queued when it runs, and the reference that arming it
    /// took ends here.
    @Sendable
    static func wake(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        Unmanaged<SharedWait>.fromOpaque(context).takeRetainedValue().waiter.wake()
    }
}

/// Places that are not in use, so that waiting does not allocate each time. Only who has to wait
/// takes this lock.
final class SharedWaitPool: @unchecked Sendable {
    // Unchecked because the lock guards the list.
    private let lock = Lock()
    private var first: SharedWait?

    func take() -> SharedWait {
        let found = lock.whileLocked { () -> SharedWait? in
            guard let found = first else { return nil }
            first = found.next
            found.next = nil
            return found
        }
        return found ?? SharedWait()
    }

    func give(_ wait: SharedWait) {
        lock.whileLocked {
            wait.next = first
            first = wait
        }
    }

    deinit {
        // Not by the recursion of their references: there may be as many as tasks have waited.
        while let found = first { first = found.next.take() }
    }
}

extension SharedSenderEnd {
    /// Waits until there may be room. `false`: the task was cancelled, and there is none for it.
    nonisolated(nonsending) func waitForRoom() async -> Bool {
        guard let handle else { return true }
        var wait = waits.take()
        wait.place.pointee.notify = { @Sendable in SharedWait.wake($0) }
        wait.place.pointee.context = Unmanaged.passRetained(wait).toOpaque()
        guard tributary_shared_sender_notify(handle, wait.place) == 0 else {
            Unmanaged.passUnretained(wait).release()
            waits.give(wait)
            if Task.isCancelled { return false }
            await Task.yield()
            return true
        }
        await wait.waiter.wait()
        if tributary_shared_sender_notify_cancel(handle, wait.place) == 0 {
            // Never called: a cancellation has woken it, if it is not a wake that was left over.
            Unmanaged.passUnretained(wait).release()
            waits.give(wait)
            return !Task.isCancelled
        }
        // It was called, or is being called, for room: even a cancelled task tries to use that. The
        // place can be used again only if the callback is over, which the only other reference
        // tells; otherwise it goes with that.
        if isKnownUniquelyReferenced(&wait) { waits.give(wait) }
        return true
    }
}
