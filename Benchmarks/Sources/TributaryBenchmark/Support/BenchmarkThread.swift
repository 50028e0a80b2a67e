// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A thread, to be joined once.
final class BenchmarkThread {
    private let thread: pthread_t

    private final class Start {
        let body: () -> Void
        init(_ body: @escaping () -> Void) { self.body = body }
    }

    init(_ body: sending @escaping () -> Void) {
        let start = Unmanaged.passRetained(Start(body))
        #if canImport(Darwin)
            var thread: pthread_t?
            let error = pthread_create(
                &thread, nil,
                { @Sendable in
                    Unmanaged<Start>.fromOpaque($0).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
            guard error == 0, let thread else { fail("pthread_create: error \(error)") }
        #else
            var thread = pthread_t()
            let error = pthread_create(
                &thread, nil,
                { @Sendable in
                    Unmanaged<Start>.fromOpaque($0!).takeRetainedValue().body()
                    return nil
                }, start.toOpaque())
            guard error == 0 else { fail("pthread_create: error \(error)") }
        #endif
        self.thread = thread
    }

    func join() {
        let error = pthread_join(thread, nil)
        guard error == 0 else { fail("pthread_join: error \(error)") }
    }
}

/// Hands a noncopyable value over to the one closure that takes it.
final class Handover<Value: ~Copyable>: @unchecked Sendable {
    // Unchecked because it is filled before the thread starts and emptied by that thread.
    private var value: Value?

    init(_ value: consuming sending Value) { self.value = consume value }

    func take() -> sending Value {
        nonisolated(unsafe) let value = self.value.take()!
        return value
    }
}
