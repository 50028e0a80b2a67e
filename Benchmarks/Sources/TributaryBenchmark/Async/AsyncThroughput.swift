// SPDX-License-Identifier: Apache-2.0

import AsyncAlgorithms
import CBenchmarkSupport
import Tributary

extension Scenario {
    /// Messages delivered a second, to a task.
    static func asyncThroughput(_ cell: Cell, _ report: inout Report) {
        let nanoseconds =
            cell.implementation == "tributary-blocking"
            ? deliver(cell, through: Channel<SmallMessage>(for: cell))
            : deliver(cell, counting: false).0
        report.add("throughput", "messages/s", Double(cell.count) * 1e9 / Double(nanoseconds))
        report.setSeconds(nanoseconds: nanoseconds)
    }

    /// Between tasks, with Tributary's asynchronous calls.
    static func deliverToTask<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
        let channel = Channel<Element>(for: cell)
        return waitFor {
            cell.implementation == "tributary-tasks"
                ? await toTask(cell, false, channel) { channel.makeSender() }.0
                : await toTask(cell, false, channel) { channel.makeSharedSender() }.0
        }
    }

    private nonisolated(nonsending) static func toTask<
        Element: Message, Sending: AsyncBatchSendingEnd<Element> & ~Copyable
    >(_ cell: Cell, _ counting: Bool, _ channel: Channel<Element>, open: () -> Sending) async -> Outcome {
        if cell.mode == .batch { return await batches(cell, channel, open: open) }
        return await run(cell, counting) { _ in open() } receive: {
            await AsyncStress.receive(cell, channel, counting: &$0)
        }
    }

    /// Between tasks, for channels that have no other ends.
    static func deliverBetweenTasks<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
        waitFor { await betweenTasks(cell, false, type).0 }
    }

    /// Calls of the allocator a message, once a run is under way.
    static func asyncAllocations(_ cell: Cell, _ report: inout Report) {
        guard benchmark_allocations_counted() != 0 else {
            report.setSeconds(nanoseconds: 1)
            return
        }
        let (nanoseconds, allocations) = deliver(cell, counting: true)
        if let allocations {
            report.add(
                "allocations", "per message",
                Double(allocations.count) / Double(allocations.messages))
        }
        report.setSeconds(nanoseconds: nanoseconds)
    }

    private typealias Outcome = (UInt64, AsyncStress.Allocations?)

    private static func deliver(_ cell: Cell, counting: Bool) -> Outcome {
        waitFor {
            switch (cell.implementation, cell.mode) {
            case ("tributary-sender", .single), ("tributary-sender", .batch):
                let channel = Channel<SmallMessage>(for: cell)
                return await toTask(cell, counting, channel) { channel.makeSender() }
            case ("tributary-shared", .single), ("tributary-shared", .batch):
                let channel = Channel<SmallMessage>(for: cell)
                return await toTask(cell, counting, channel) { channel.makeSharedSender() }
            case ("tributary-threads", .single):
                return await fromThreads(cell)
            case ("AsyncStream", .single):
                let (stream, continuation) = AsyncStream<SmallMessage>.makeStream(
                    bufferingPolicy: cell.capacity == 0
                        ? .unbounded : .bufferingOldest(cell.capacity))
                return await run(cell, counting) { _ in
                    StreamSender(continuation: continuation)
                } receive: {
                    await AsyncStress.receive(cell, stream, counting: &$0)
                }
            case ("AsyncChannel", .single), ("MPSC-AsyncChannel", .single):
                return await betweenTasks(cell, counting, SmallMessage.self)
            default:
                noImplementation(cell)
            }
        }
    }

    private nonisolated(nonsending) static func betweenTasks<Element: Message>(
        _ cell: Cell, _ counting: Bool, _ type: Element.Type
    ) async -> Outcome {
        if cell.implementation == "AsyncChannel" {
            let channel = AsyncChannel<Element>()
            return await run(cell, counting) { _ in channel } receive: {
                await AsyncStress.receive(cell, channel, counting: &$0)
            }
        }
        var both = MultiProducerSingleConsumerAsyncChannel<Element, Never>.makeChannel(
            backpressureStrategy: .watermark(low: cell.capacity / 2, high: cell.capacity))
        let channel = both.takeChannel()
        let source = both.source
        return await runSources(cell, counting, source, channel.elements())
    }

    private nonisolated(nonsending) static func run<Sending: AsyncSendingEnd & ~Copyable>(
        _ cell: Cell, _ counting: Bool, open: (Int) -> Sending,
        receive: nonisolated(nonsending) (inout AsyncStress.Allocations?) async -> Void
    ) async -> Outcome {
        let gate = AsyncGate()
        for producer in 0..<cell.producers {
            AsyncStress.sendSingle(cell, producer, open(producer), gate)
        }
        var allocations = counting ? AsyncStress.Allocations() : nil
        let start = await gate.open(after: cell.producers)
        await receive(&allocations)
        return (clock_nanoseconds() - start, allocations)
    }

    private nonisolated(nonsending) static func runSources<Element: Message>(
        _ cell: Cell, _ counting: Bool,
        _ source: consuming MultiProducerSingleConsumerAsyncChannel<Element, Never>.Source,
        _ messages: some AsyncSequence<Element, Never>
    ) async -> Outcome {
        let gate = AsyncGate()
        var source = source
        for producer in 1..<max(cell.producers, 1) {
            AsyncStress.sendSingle(
                cell, producer, SourceSender(source: source.makeAdditionalSource()), gate)
        }
        AsyncStress.sendSingle(cell, 0, SourceSender(source: source), gate)
        var allocations = counting ? AsyncStress.Allocations() : nil
        let start = await gate.open(after: cell.producers)
        await AsyncStress.receive(cell, messages, counting: &allocations)
        return (clock_nanoseconds() - start, allocations)
    }

    private nonisolated(nonsending) static func batches<
        Element: Message, Sending: AsyncBatchSendingEnd<Element> & ~Copyable
    >(_ cell: Cell, _ channel: Channel<Element>, open: () -> Sending) async -> Outcome {
        let gate = AsyncGate()
        for producer in 0..<cell.producers { AsyncStress.sendBatches(cell, producer, open(), gate) }
        let buffer = UnsafeMutableBufferPointer<Element>.allocate(
            capacity: Stress.receiveBytes / MemoryLayout<Element>.stride)
        defer { buffer.deallocate() }
        var checker = MessageChecker(producers: cell.producers)
        var remaining = cell.count
        let start = await gate.open(after: cell.producers)
        while remaining > 0 {
            var output = OutputSpan(buffer: buffer, initializedCount: 0)
            let count = await channel.receive(into: &output)
            _ = output.finalize(for: buffer)
            if count == 0 { fail("the channel has finished") }
            checker.check(UnsafeBufferPointer(rebasing: buffer[..<count]))
            remaining -= count
        }
        let end = clock_nanoseconds()
        checker.finish(cell)
        return (end - start, nil)
    }

    /// Threads send, a task receives.
    private nonisolated(nonsending) static func fromThreads(_ cell: Cell) async -> Outcome {
        let channel = Channel<SmallMessage>(for: cell)
        let gate = Gate()
        for producer in 0..<cell.producers {
            let handover = Handover(channel.makeSender())
            startThread {
                var sender = handover.take()
                gate.pass()
                Stress.sendSingle(
                    &sender, MessageFormat.firstWord(of: producer), cell.share(of: producer))
            }
        }
        var allocations: AsyncStress.Allocations?
        gate.wait(for: cell.producers)
        let start = gate.open()
        await AsyncStress.receive(cell, channel, counting: &allocations)
        return (clock_nanoseconds() - start, nil)
    }
}

