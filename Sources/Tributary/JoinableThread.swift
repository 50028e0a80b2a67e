// SPDX-License-Identifier: Apache-2.0

internal import CTributary.Inline

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Starts a thread that runs `body` once.
///
/// `body` is `sending`, and not `@Sendable` as the closures of Foundation's `Thread` and Dispatch's
/// queues are: senders, channels and elements that are not `Sendable` may move into it.
///
/// ```swift
/// var sender = channel.makeSender()
/// startThread {
///     try? sender.sendBlocking(reading)
/// }
/// ```
///
/// Everything that the closure alone held is gone when ``JoinableThread/join()`` returns. A variable
/// that it merely captures lives until its own scope has ended as well.
///
/// - Parameter name: for debuggers; longer ones are cut off by the system.
/// - Returns: the thread, to be joined. Dropped, it goes on by itself.
/// - Precondition: the system has room for another thread.
/// - Complexity: O(1).
@discardableResult
public func startThread(
    name: String? = nil, _ body: sending @escaping () -> Void
) -> JoinableThread {
    JoinableThread(name, body)
}

/// A thread that ``startThread(name:_:)`` has started.
public struct JoinableThread: ~Copyable, @unchecked Sendable {
    // Unchecked because the thread's identifier is a pointer on some platforms.
    private let thread: pthread_t

    init(_ name: String?, _ body: sending @escaping () -> Void) {
        let start = Unmanaged.passRetained(ThreadStart(name, body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let code = pthread_create(&thread, nil, runThread, start.toOpaque())
        precondition(code == 0, "startThread: error \(code)")
        #if canImport(Darwin)
            self.thread = thread!
        #else
            self.thread = thread
        #endif
    }

    deinit {
        pthread_detach(thread)
    }

    /// Waits until the thread has ended. Blocks the thread.
    ///
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    public consuming func join() {
        let code = pthread_join(thread, nil)
        precondition(code == 0, "join: error \(code)")
        discard self
    }
}

private final class ThreadStart {
    private let name: String?
    private var body: (() -> Void)?

    init(_ name: String?, _ body: @escaping () -> Void) {
        self.name = name
        self.body = body
    }

    func run() {
        if let name { tributary_internal_thread_set_name(name) }
        body?()
        body = nil
    }
}

#if canImport(Darwin)
    @Sendable
    private func runThread(_ start: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        Unmanaged<ThreadStart>.fromOpaque(start).takeRetainedValue().run()
        return nil
    }
#else
    @Sendable
    private func runThread(_ start: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        Unmanaged<ThreadStart>.fromOpaque(start!).takeRetainedValue().run()
        return nil
    }
#endif
