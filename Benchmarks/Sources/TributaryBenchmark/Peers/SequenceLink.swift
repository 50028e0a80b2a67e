// SPDX-License-Identifier: Apache-2.0

#if TRIBUTARY_PEERS
    import NIOCore

    #if canImport(Darwin)
        import Darwin
    #elseif canImport(Musl)
        import Musl
    #else
        import Glibc
    #endif

    /// As SequenceProducerThroughput has it: who is told to stop waits until it is told to go on.
    final class SequenceLink: @unchecked Sendable {
        typealias Strategy = NIOAsyncSequenceProducerBackPressureStrategies.HighLowWatermark
        typealias Sequence = NIOAsyncSequenceProducer<SmallMessage, Strategy, SequenceProducerThroughput.Room>
        let room = SequenceProducerThroughput.Room()
        let source: Sequence.Source
        let sequence: Sequence

        init(_ cell: Cell) {
            let high = cell.capacity == 0 ? Int.max : cell.capacity
            let both = NIOAsyncSequenceProducer.makeSequence(
                elementType: SmallMessage.self,
                backPressureStrategy: Strategy(lowWatermark: high / 2, highWatermark: high),
                finishOnDeinit: false, delegate: room)
            (source, sequence) = (both.source, both.sequence)
        }

        deinit { source.finish() }

        func send(_ message: SmallMessage) {
            let before = room.current
            if case .stopProducing = source.yield(message) {
                while room.current == before { sched_yield() }
            }
        }
    }
#endif
