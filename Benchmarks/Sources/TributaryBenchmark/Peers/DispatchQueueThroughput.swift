// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Dispatch

/// Baseline: what programs without channels do, a block for each message on a serial queue, which is the receiver.
enum DispatchQueueThroughput {
    /// Used by the blocks of one serial queue only.
    private final class Receiver: @unchecked Sendable {
        private var checker: MessageChecker?
        private var remaining: Int
        private let cell: Cell
        private(set) var end: UInt64 = 0
        let finished = DispatchSemaphore(value: 0)

        init(_ cell: Cell) {
            self.cell = cell
            checker = MessageChecker(producers: cell.producers)
            remaining = cell.count
        }

        @inline(__always)
        func receive(_ message: some Message) {
            checker!.check(message)
            remaining -= 1
            if remaining == 0 {
                end = clock_nanoseconds()
                checker.take()!.finish(cell)
                finished.signal()
            }
        }
    }

    static func run<Element: Message>(_ cell: Cell, _ type: Element.Type) -> UInt64 {
        let queue = DispatchQueue(label: "receiver")
        let receiver = Receiver(cell)
        let gate = Gate()
        let threads = (0..<cell.producers).map { producer in
            BenchmarkThread {
                let first = MessageFormat.firstWord(of: producer)
                gate.pass()
                for word in first..<(first + UInt64(cell.share(of: producer))) {
                    let message = Element(word: word)
                    queue.async { receiver.receive(message) }
                }
            }
        }
        gate.wait(for: cell.producers)
        let start = gate.open()
        receiver.finished.wait()
        for thread in threads { thread.join() }
        return receiver.end - start
    }
}
