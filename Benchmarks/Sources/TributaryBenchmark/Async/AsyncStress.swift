// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Dispatch
import Synchronization
import Tributary

/// The start of a run of tasks: who stands at the gate yields, so that all of them get there however
/// few threads the pool has.
final class AsyncGate: Sendable {
    private let arrived = Atomic<Int>(0)
    private let isOpen = Atomic<Bool>(false)

    nonisolated(nonsending) func pass() async {
        arrived.add(1, ordering: .sequentiallyConsistent)
        while !isOpen.load(ordering: .acquiring) { await Task.yield() }
    }

    nonisolated(nonsending) func open(after tasks: Int) async -> UInt64 {
        while arrived.load(ordering: .acquiring) < tasks { await Task.yield() }
        let start = clock_nanoseconds()
        isOpen.store(true, ordering: .releasing)
        return start
    }
}

/// Runs an asynchronous body to its end while the calling thread sleeps.
func waitFor<Value>(_ body: sending @escaping () async -> Value) -> Value {
    let result = AsyncResult<Value>()
    let done = DispatchSemaphore(value: 0)
    Task.detached {
        result.value = await body()
        done.signal()
    }
    done.wait()
    return result.value!
}

private final class AsyncResult<Value>: @unchecked Sendable {
    // Written before the semaphore is signalled, read after it was waited for.
    var value: Value?
}

/// N sending tasks, and a receiving task: the asynchronous twin of Stress.
enum AsyncStress {
    /// Counts the allocator's calls over the later three quarters of a run.
    struct Allocations {
        var count = 0
        var messages = 0
    }

    static func sendSingle<Sending: AsyncSendingEnd & ~Copyable>(
        _ cell: Cell, _ producer: Int, _ sender: consuming Sending, _ gate: AsyncGate
    ) {
        let handover = Handover(sender)
        Task.detached {
            var sender = handover.take()
            let first = MessageFormat.firstWord(of: producer)
            await gate.pass()
            for word in first..<(first + UInt64(cell.share(of: producer))) {
                await sender.send(next: Sending.Element(word: word))
            }
        }
    }

    static func sendBatches<Sending: AsyncBatchSendingEnd & ~Copyable>(
        _ cell: Cell, _ producer: Int, _ sender: consuming Sending, _ gate: AsyncGate
    ) {
        let handover = Handover(sender)
        Task.detached {
            var sender = handover.take()
            var word = MessageFormat.firstWord(of: producer)
            let end = word + UInt64(cell.share(of: producer))
            var messages = [Sending.Element](repeating: Sending.Element(word: 0), count: Stress.batch)
            await gate.pass()
            while word < end {
                let count = Int(min(UInt64(Stress.batch), end - word))
                for index in 0..<count { messages[index] = Sending.Element(word: word + UInt64(index)) }
                await sender.send(all: messages.span.extracting(0..<count))
                word += UInt64(count)
            }
        }
    }

    /// Receives all messages of a cell, one by one. Inlined, so that it is compiled for each kind of
    /// channel.
    @inline(__always)
    nonisolated(nonsending) static func receive<Messages: AsyncSequence>(
        _ cell: Cell, _ messages: Messages, counting: inout Allocations?
    ) async where Messages.Element: Message, Messages.Failure == Never {
        var checker = MessageChecker(producers: cell.producers)
        let steady = counting == nil ? -1 : cell.count - cell.count / 4
        var remaining = cell.count
        for await message in messages {
            checker.check(message)
            remaining -= 1
            if remaining == steady { benchmark_allocations_begin() }
            if remaining == 0 { break }
        }
        if steady >= 0 {
            counting = Allocations(count: benchmark_allocations_end(), messages: steady)
        }
        checker.finish(cell)
    }

    /// The same, word for word, for the type that users have at hand: generic code goes by way of
    /// the protocol's requirement, whose isolated parameter costs a look at the executor a message,
    /// 15 ns.
    @inline(__always)
    nonisolated(nonsending) static func receive<Element: Message>(
        _ cell: Cell, _ messages: Channel<Element>, counting: inout Allocations?
    ) async {
        var checker = MessageChecker(producers: cell.producers)
        let steady = counting == nil ? -1 : cell.count - cell.count / 4
        var remaining = cell.count
        for await message in messages {
            checker.check(message)
            remaining -= 1
            if remaining == steady { benchmark_allocations_begin() }
            if remaining == 0 { break }
        }
        if steady >= 0 {
            counting = Allocations(count: benchmark_allocations_end(), messages: steady)
        }
        checker.finish(cell)
    }
}
