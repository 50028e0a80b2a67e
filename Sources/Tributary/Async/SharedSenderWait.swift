// SPDX-License-Identifier: Apache-2.0

internal import CTributary
internal import Synchronization

/// A task's place in the queue of those who wait for room, or for the close: C links it, so that it
/// stays where it is until C has let go of it.
final class SharedWait: @unchecked Sendable {
    // Unchecked because the place is C's while it is queued, and its task's otherwise.
    let place: UnsafeMutablePointer<tributary_shared_waiter>
    let waiter = Waiter()
    /// What the task waits for has come. Every other wake, a timer's that came too late for instance,
    /// leaves the place in the queue.
    private let called = Atomic<Bool>(false)
    var next: SharedWait?

    init() {
        place = .allocate(capacity: 1)
        place.initialize(to: tributary_shared_waiter())
    }

    deinit {
        place.deallocate()
    }

    var isCalled: Bool { called.load(ordering: .acquiring) }

    /// Takes the reference that the callback gives back, or ``disown()`` if it will not be called.
    func own() {
        called.store(false, ordering: .relaxed)
        place.pointee.notify = { @Sendable in SharedWait.call($0) }
        place.pointee.context = Unmanaged.passRetained(self).toOpaque()
    }

    func disown() {
        Unmanaged.passUnretained(self).release()
    }

    /// The callback: the place is no longer queued when it runs. `called` is the last of the place that it
    /// touches, so that whoever sees it set may use the place again, though the callback still runs; a wake
    /// that so comes to the place's next use is one of those that leave it in the queue.
    @Sendable
    private static func call(_ context: UnsafeMutableRawPointer?) {
        guard let context else { return }
        let wait = Unmanaged<SharedWait>.fromOpaque(context)
        let waiter = wait._withUnsafeGuaranteedRef { wait in
            let waiter = wait.waiter
            wait.called.store(true, ordering: .releasing)
            return waiter
        }
        wait.release()
        waiter.wake()
    }
}

/// Places that are not in use, so that waiting does not allocate each time. Only who has to wait
/// takes this lock.
final class SharedWaitPool: @unchecked Sendable {
    // Unchecked because the lock guards the list and the count.
    private let lock = Lock()
    private var first: SharedWait?
    /// Places that had to be allocated: as many as tasks have waited at once, and one for each wait that was given up while
    /// its callback ran.
    private(set) var allocations = 0

    func take() -> SharedWait {
        let found = lock.whileLocked { () -> SharedWait? in
            guard let found = first else {
                allocations += 1
                return nil
            }
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
    private enum Outcome {
        case called
        /// What it would wait for is there, or about to be.
        case refused
        case gaveUp(SendFailure)
    }

    private nonisolated(nonsending) func wait(
        until deadline: ContinuousClock.Instant?,
        arm: (UnsafeMutablePointer<tributary_shared_waiter>) -> CInt
    ) async -> Outcome {
        if let reason = endOfPatience(deadline) { return .gaveUp(reason) }
        let wait = waits.take()
        wait.own()
        guard arm(wait.place) == 0 else {
            wait.disown()
            waits.give(wait)
            return .refused
        }
        let timer = deadline.map { WakeTimer(of: wait.waiter, at: $0) }
        defer { timer?.cancel() }
        var reason: SendFailure?
        repeat {
            await wait.waiter.wait()
            reason = endOfPatience(deadline)
        } while !wait.isCalled && reason == nil
        if let reason, tributary_shared_sender_notify_cancel(handle, wait.place) == 0 {
            wait.disown()
            waits.give(wait)
            return .gaveUp(reason)
        }
        // It was called, or is being called: then the place goes with the callback's reference. Counting references
        // would not tell: those of the task that gave a place last may outlive its being taken.
        if wait.isCalled { waits.give(wait) }
        return .called
    }

    /// `nil`: there may be room; else why it does not wait any longer. Even a cancelled task tries to
    /// use the room that it was called for.
    nonisolated(nonsending) func waitForRoom(
        until deadline: ContinuousClock.Instant?
    ) async -> SendFailure? {
        guard let handle else { return nil }
        switch await wait(until: deadline, arm: { tributary_shared_sender_notify(handle, $0) }) {
        case .called: return nil
        case .refused:
            await Task.yield()
            return nil
        case .gaveUp(let reason): return reason
        }
    }

    /// Whether the channel has closed; `false`: the task was cancelled.
    nonisolated(nonsending) func waitForClose() async -> Bool {
        guard let handle else { return failure == .closed }
        let outcome = await wait(until: nil) { tributary_shared_sender_notify_closed(handle, $0) }
        if case .gaveUp = outcome { return tributary_shared_sender_is_closed(handle) }
        return true
    }
}
