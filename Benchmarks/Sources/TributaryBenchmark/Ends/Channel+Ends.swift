// SPDX-License-Identifier: Apache-2.0

import Tributary

extension Channel where Element: Message {
    /// The channel of a cell: default options, nothing tuned.
    convenience init(for cell: Cell) {
        self.init(capacity: cell.capacity == 0 ? .unbounded : .bounded(cell.capacity))
    }
}

extension Channel: InPlaceReceivingEnd, BatchReceivingEnd, ReceivingEnd where Element: Message {
    @inline(__always)
    func receive() -> Element {
        guard let message = receiveBlocking() else { fail("the channel has finished") }
        return message
    }

    @inline(__always)
    func receive(into messages: UnsafeMutableBufferPointer<Element>) -> Int {
        var output = OutputSpan(buffer: messages, initializedCount: 0)
        let count = receiveBlocking(into: &output)
        _ = output.finalize(for: messages)
        if count == 0 { fail("the channel has finished") }
        return count
    }

    @inline(__always)
    func receiveInPlace(
        upTo maximum: Int, _ body: (UnsafeBufferPointer<Element>) -> Void
    ) -> Int {
        let count = receiveBlocking(upTo: maximum) { messages in
            messages.withUnsafeBufferPointer(body)
            return messages.count
        }
        guard let count else { fail("the channel has finished") }
        return count
    }
}

extension Sender: InPlaceSendingEnd, BatchSendingEnd, SendingEnd where Element: Message {
    @inline(__always)
    mutating func send(_ message: Element) {
        do {
            try sendBlocking(message)
        } catch {
            fail("sendBlocking: \(error.reason)")
        }
    }

    @inline(__always)
    mutating func send(contentsOf messages: UnsafeBufferPointer<Element>) {
        do {
            try sendBlocking(contentsOf: messages.span)
        } catch {
            fail("sendBlocking(contentsOf:): \(error.reason)")
        }
    }

    @inline(__always)
    mutating func sendInPlace(upTo maximum: Int, from word: UInt64) -> Int {
        do {
            return try sendBlocking(upTo: maximum) { output in
                output.withUnsafeMutableBufferPointer { slots, count in
                    for index in slots.indices {
                        slots.initializeElement(
                            at: index, to: Element(word: word &+ UInt64(truncatingIfNeeded: index)))
                    }
                    count = slots.count
                }
            }
        } catch {
            fail("sendBlocking(upTo:): \(error)")
        }
    }
}

extension SharedSender: BatchSendingEnd, SendingEnd where Element: Message {
    @inline(__always)
    func send(_ message: Element) {
        do {
            try sendBlocking(message)
        } catch {
            fail("sendBlocking: \(error.reason)")
        }
    }

    @inline(__always)
    func send(contentsOf messages: UnsafeBufferPointer<Element>) {
        do {
            try sendBlocking(contentsOf: messages.span)
        } catch {
            fail("sendBlocking(contentsOf:): \(error.reason)")
        }
    }
}
