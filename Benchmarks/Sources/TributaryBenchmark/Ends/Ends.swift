// SPDX-License-Identifier: Apache-2.0

/// What the scenarios need of a sending end. Generic code over it is specialised for each
/// implementation and message, so that its calls are inlined.
protocol SendingEnd<Element>: ~Copyable, Sendable {
    associatedtype Element: Message
    /// Waits for room.
    mutating func send(_ message: Element)
}

protocol BatchSendingEnd<Element>: SendingEnd, ~Copyable {
    mutating func send(contentsOf messages: UnsafeBufferPointer<Element>)
}

protocol InPlaceSendingEnd<Element>: SendingEnd, ~Copyable {
    /// Sends up to `maximum` messages, written where they will be read, with `word` and its
    /// successors; returns how many.
    mutating func sendInPlace(upTo maximum: Int, from word: UInt64) -> Int
}

/// What they need of a receiving end.
protocol ReceivingEnd<Element> {
    associatedtype Element: Message
    /// Waits for a message.
    func receive() -> Element
}

protocol BatchReceivingEnd<Element>: ReceivingEnd {
    /// Waits for the first; returns how many.
    func receive(into messages: UnsafeMutableBufferPointer<Element>) -> Int
}

protocol InPlaceReceivingEnd<Element>: ReceivingEnd {
    /// Waits for the first; returns how many `body` was given.
    func receiveInPlace(upTo maximum: Int, _ body: (UnsafeBufferPointer<Element>) -> Void) -> Int
}
