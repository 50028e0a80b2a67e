// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

import Tributary

/// A thread of its own, for the calls that block.
///
/// Unlike Foundation's, it takes a `sending` closure, so that a sender or a channel can move into
/// it. Everything the closure captured is gone when `join` returns.
struct TestThread: ~Copyable {
    private let thread: pthread_t

    init(_ body: sending @escaping () -> Void) {
        let start = Unmanaged.passRetained(ThreadBody(body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, nil, runThreadBody, start.toOpaque())
        precondition(code == 0, "pthread_create: \(code)")
        #if canImport(Darwin)
            self.thread = thread!
        #else
            self.thread = thread
        #endif
    }

    /// Passes a sender to the thread. It ends with the thread: a variable that a closure merely
    /// captures lives until its own scope ends as well.
    init<Element: ~Copyable>(
        with sender: consuming Sender<Element>,
        _ body: sending @escaping (inout Sender<Element>) -> Void
    ) {
        var sender = sender
        self.init { body(&sender) }
    }

    consuming func join() {
        let code = pthread_join(thread, nil)
        precondition(code == 0, "pthread_join: \(code)")
    }

    /// Sends the thread a signal.
    func interrupt(with signal: CInt) {
        pthread_kill(thread, signal)
    }
}

private final class ThreadBody {
    var run: (() -> Void)?

    init(_ run: @escaping () -> Void) {
        self.run = run
    }
}

#if canImport(Darwin)
    @Sendable
    private func runThreadBody(_ start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        runOnce(Unmanaged<ThreadBody>.fromOpaque(start).takeRetainedValue())
        return nil
    }
#else
    @Sendable
    private func runThreadBody(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        runOnce(Unmanaged<ThreadBody>.fromOpaque(start!).takeRetainedValue())
        return nil
    }
#endif

private func runOnce(_ body: ThreadBody) {
    body.run?()
    body.run = nil
}

/// Threads that are started one by one and joined together.
struct ThreadGroup: ~Copyable {
    private var first: Node?

    private final class Node {
        var thread: TestThread?
        let next: Node?

        init(_ thread: consuming TestThread, _ next: Node?) {
            self.thread = consume thread
            self.next = next
        }
    }

    mutating func start(_ body: sending @escaping () -> Void) {
        first = Node(TestThread(body), first)
    }

    /// Passes a channel to the thread, with which it ends.
    mutating func start<Element: ~Copyable>(
        with channel: sending Channel<Element>,
        _ body: sending @escaping (Channel<Element>) -> Void
    ) {
        start { body(channel) }
    }

    mutating func join() {
        while let node = first {
            node.thread.take()?.join()
            first = node.next
        }
    }
}

/// Looks again and again, giving the processor away between, until `condition` holds. For states
/// that another thread will reach and that have no event to wait for.
func waitUntil(_ condition: () -> Bool) {
    while !condition() { sched_yield() }
}
