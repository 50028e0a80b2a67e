// SPDX-License-Identifier: Apache-2.0

#if TRIBUTARY_PEERS
    import CBenchmarkSupport
    import Dispatch
    import NIOCore
    import Synchronization

    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// Baseline: SwiftNIO's bridge from threads to a task. Its bound is advice: a producer that is told to stop waits
    /// until it is told to go on.
    enum SequenceProducerThroughput {
        /// Counts how often there was room again: who was told to stop compares it with its value before.
        final class Room: NIOAsyncSequenceProducerDelegate, Sendable {
            private let count = Atomic<Int>(0)

            var current: Int { count.load(ordering: .acquiring) }
            func produceMore() { count.add(1, ordering: .releasing) }
            func didTerminate() {}
        }

        /// Written by the task before the semaphore is signalled, read after it was waited for.
        private final class EndTime: @unchecked Sendable {
            var nanoseconds: UInt64 = 0
        }

        static func run<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
            typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
            let room = Room()
            let high = cell.capacity == 0 ? Int.max : cell.capacity
            let both = NIOAsyncSequenceProducer.makeSequence(
                elementType: Element.self,
                backPressureStrategy: Strategy(lowWatermark: high / 2, highWatermark: high),
                finishOnDeinit: false, delegate: room)
            let (source, sequence) = (both.source, both.sequence)
            let gate = Gate()
            let received = DispatchSemaphore(value: 0)
            let end = EndTime()

            Task.detached {
                gate.arrive()
                var checker = MessageChecker(producers: cell.producers)
                var remaining = cell.count
                for await message in sequence {
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
                    let last = first + UInt64(cell.share(of: producer))
                    gate.pass()
                    if cell.mode == .single {
                        for word in first..<last {
                            let before = room.current
                            if case .stopProducing = source.yield(Element(word: word)) {
                                while room.current == before { sched_yield() }
                            }
                        }
                    } else {
                        for word in stride(from: first, to: last, by: Stress.batch) {
                            let before = room.current
                            let words = word..<min(word + UInt64(Stress.batch), last)
                            if case .stopProducing = source.yield(contentsOf: words.lazy.map { Element(word: $0) }) {
                                while room.current == before { sched_yield() }
                            }
                        }
                    }
                }
            }
            gate.wait(for: cell.producers + 1)
            let start = gate.open()
            received.wait()
            for thread in threads { thread.join() }
            source.finish()
            return end.nanoseconds - start
        }
    }
#endif
