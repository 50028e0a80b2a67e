// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Dispatch

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Baseline: the standard library's AsyncStream. The producers are the same threads as everywhere;
/// its receiving end exists for tasks only, so the receiver is one. A full stream hands the message
/// back at once; the producer yields its processor and tries again.
enum AsyncStreamThroughput {
    /// Written by the task before the semaphore is signalled, read after it was waited for.
    private final class EndTime: @unchecked Sendable {
        var nanoseconds: UInt64 = 0
    }

    static func run<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
        typealias Stream = AsyncStream<Element>
        let policy: Stream.Continuation.BufferingPolicy =
            cell.capacity == 0 ? .unbounded : .bufferingOldest(cell.capacity)
        let (stream, continuation) = Stream.makeStream(bufferingPolicy: policy)
        let gate = Gate()
        let received = DispatchSemaphore(value: 0)
        let end = EndTime()

        Task.detached {
            gate.arrive()
            var checker = MessageChecker(producers: cell.producers)
            var remaining = cell.count
            for await message in stream {
                checker.check(message)
                remaining -= 1
                if remaining == 0 { break }
            }
            end.nanoseconds = clock_nanoseconds()
            checker.finish(cell)
            received.signal()
        }
        let threads = (0..<cell.producers).map { producer in
            BenchmarkThread {
                let first = MessageFormat.firstWord(of: producer)
                gate.pass()
                for word in first..<(first + UInt64(cell.share(of: producer))) {
                    send(Element(word: word), to: continuation)
                }
            }
        }
        gate.wait(for: cell.producers + 1)
        let start = gate.open()
        received.wait()
        for thread in threads { thread.join() }
        return end.nanoseconds - start
    }

    @inline(__always)
    private static func send<Element: Message>(
        _ message: Element, to continuation: AsyncStream<Element>.Continuation
    ) {
        while true {
            switch continuation.yield(message) {
            case .enqueued: return
            case .dropped: sched_yield()
            case .terminated: fail("the stream has ended before its last message")
            @unknown default: fail("an unknown result of AsyncStream.Continuation.yield")
            }
        }
    }
}
