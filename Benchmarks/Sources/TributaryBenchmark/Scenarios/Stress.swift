// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport

/// The work of the throughput, contention and idle-senders scenarios: N producer threads, each with
/// a sending end of its own, and the calling thread as the receiver. The same as
/// cbench/scenarios/stress.h.
enum Stress {
    /// Messages in a batch and in a reservation.
    static let batch = 64
    /// The buffer of a batch receive: 1024 or 128 messages.
    static let receiveBytes = 8192
    /// Messages.
    static let borrowMaximum = 1024

    /// Runs `produce` on a thread for each producer, with a sending end, its first word and its
    /// count, and `receive` on this one. Returns the nanoseconds from the moment the producers, all
    /// of them waiting at the gate, were let go until the last message was received.
    @inline(__always)
    static func run<Sending: SendingEnd & ~Copyable>(
        _ cell: Cell, open: () -> sending Sending,
        produce: @escaping @Sendable (inout Sending, UInt64, Int) -> Void,
        receive: () -> Void
    ) -> UInt64 {
        let gate = Gate()
        var threads: [BenchmarkThread] = []
        for producer in 0..<cell.producers {
            let handover = Handover(open())
            let word = MessageFormat.firstWord(of: producer)
            let count = cell.share(of: producer)
            threads.append(
                BenchmarkThread {
                    var sender = handover.take()
                    gate.pass()
                    produce(&sender, word, count)
                })
        }
        gate.wait(for: cell.producers)
        let start = gate.open()
        receive()
        let end = clock_nanoseconds()
        for thread in threads { thread.join() }
        return end - start
    }
}

// MARK: - One call a message

extension Stress {
    static func single<Element: Message, Sending: SendingEnd<Element> & ~Copyable>(
        _ cell: Cell, open: () -> sending Sending, receiver: some ReceivingEnd<Element>
    ) -> UInt64 {
        run(
            cell, open: open,
            produce: { sendSingle(&$0, $1, $2) },
            receive: { receiveSingle(receiver, cell) })
    }

    static func sendSingle<Sending: SendingEnd & ~Copyable>(
        _ sender: inout Sending, _ first: UInt64, _ count: Int
    ) {
        var word = first
        let end = first + UInt64(count)
        while word != end {
            sender.send(Sending.Element(word: word))
            word += 1
        }
    }

    static func receiveSingle(_ receiver: some ReceivingEnd, _ cell: Cell) {
        var checker = MessageChecker(producers: cell.producers)
        var remaining = cell.count
        while remaining != 0 {
            checker.check(receiver.receive())
            remaining -= 1
        }
        checker.finish(cell)
    }
}

// MARK: - One call for many messages

extension Stress {
    static func batch<Element: Message, Sending: BatchSendingEnd<Element> & ~Copyable>(
        _ cell: Cell, open: () -> sending Sending, receiver: some BatchReceivingEnd<Element>
    ) -> UInt64 {
        run(
            cell, open: open,
            produce: { sendBatch(&$0, $1, $2) },
            receive: { receiveBatch(receiver, cell) })
    }

    static func sendBatch<Sending: BatchSendingEnd & ~Copyable>(
        _ sender: inout Sending, _ first: UInt64, _ count: Int
    ) {
        withUnsafeTemporaryAllocation(of: Sending.Element.self, capacity: batch) { messages in
            var word = first
            var remaining = count
            while remaining != 0 {
                let count = min(remaining, batch)
                for index in 0..<count {
                    messages.initializeElement(
                        at: index, to: Sending.Element(word: word &+ UInt64(index)))
                }
                sender.send(contentsOf: UnsafeBufferPointer(rebasing: messages[..<count]))
                word += UInt64(count)
                remaining -= count
            }
        }
    }

    static func receiveBatch<Receiving: BatchReceivingEnd>(_ receiver: Receiving, _ cell: Cell) {
        let room = receiveBytes / MemoryLayout<Receiving.Element>.stride
        withUnsafeTemporaryAllocation(of: Receiving.Element.self, capacity: room) { messages in
            var checker = MessageChecker(producers: cell.producers)
            var remaining = cell.count
            while remaining != 0 {
                let wanted = UnsafeMutableBufferPointer(rebasing: messages[..<min(remaining, room)])
                let count = receiver.receive(into: wanted)
                checker.check(UnsafeBufferPointer(rebasing: wanted[..<count]))
                remaining -= count
            }
            checker.finish(cell)
        }
    }
}

// MARK: - In place

extension Stress {
    static func inPlace<Element: Message, Sending: InPlaceSendingEnd<Element> & ~Copyable>(
        _ cell: Cell, open: () -> sending Sending, receiver: some InPlaceReceivingEnd<Element>
    ) -> UInt64 {
        run(
            cell, open: open,
            produce: { sendInPlace(&$0, $1, $2) },
            receive: { receiveInPlace(receiver, cell) })
    }

    static func sendInPlace<Sending: InPlaceSendingEnd & ~Copyable>(
        _ sender: inout Sending, _ first: UInt64, _ count: Int
    ) {
        var word = first
        var remaining = count
        while remaining != 0 {
            let count = sender.sendInPlace(upTo: min(remaining, batch), from: word)
            word += UInt64(count)
            remaining -= count
        }
    }

    static func receiveInPlace(_ receiver: some InPlaceReceivingEnd, _ cell: Cell) {
        var checker = MessageChecker(producers: cell.producers)
        var remaining = cell.count
        while remaining != 0 {
            remaining -= receiver.receiveInPlace(upTo: borrowMaximum) { messages in
                checker.check(messages)
            }
        }
        checker.finish(cell)
    }
}
