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
/// - Parameter name: for debuggers, in UTF-8; what does not fit 15 bytes is cut off.
/// - Returns: the thread, to be joined. Dropped, it goes on by itself.
/// - Precondition: the system has room for another thread, as it has for an allocation. A program that
///   can go on without starts it with ``JoinableThread/init(name:stackSize:_:)``, which throws.
/// - Complexity: O(1). Allocates.
@discardableResult
public func startThread(
    name: String? = nil, _ body: sending @escaping () -> Void
) -> JoinableThread {
    do throws(ThreadError) {
        return try JoinableThread(name: name, body)
    } catch {
        fatalError("startThread: \(error)")
    }
}

/// Why a thread could not be started.
public struct ThreadError: Error, Hashable, Sendable {
    /// The system's error number: `EAGAIN` where there are too many threads, or no memory for its
    /// stack; `EINVAL` for a stack size that the system does not take.
    public let code: CInt
}

/// A thread that runs a closure once, and may be joined. Dropped, it goes on by itself.
public struct JoinableThread: ~Copyable, @unchecked Sendable {
    // Unchecked because the thread's identifier is a pointer on some platforms.
    private let thread: pthread_t

    /// Starts a thread, as ``startThread(name:_:)``, unless the system refuses.
    ///
    /// If it does, `body` is destroyed without having run, and the senders that moved into it end.
    ///
    /// - Parameters:
    ///   - name: for debuggers, in UTF-8; what does not fit 15 bytes is cut off.
    ///   - stackSize: in bytes; `nil`: the system's default.
    ///   - body: what the thread runs.
    /// - Throws: ``ThreadError``.
    /// - Complexity: O(1). Allocates.
    public init(
        name: String? = nil, stackSize: Int? = nil, _ body: sending @escaping () -> Void
    ) throws(ThreadError) {
        var attributes = pthread_attr_t()
        var code = pthread_attr_init(&attributes)
        guard code == 0 else { throw ThreadError(code: code) }
        defer { pthread_attr_destroy(&attributes) }
        if let stackSize {
            code = pthread_attr_setstacksize(&attributes, max(0, stackSize))
            guard code == 0 else { throw ThreadError(code: code) }
        }
        let start = Unmanaged.passRetained(ThreadStart(name, body))
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        code = pthread_create(&thread, &attributes, runThread, start.toOpaque())
        guard code == 0 else {
            start.release()
            throw ThreadError(code: code)
        }
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
