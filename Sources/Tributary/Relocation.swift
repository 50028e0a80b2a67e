// SPDX-License-Identifier: Apache-2.0

// Sending by address: C copies the bytes of a message, and a Swift value has moved when its bytes
// have and its memory is not looked at again.

/// Puts the message into memory, from where `send` relocates it when it succeeds.
@inlinable @inline(__always)
func relocate<Element: ~Copyable>(
    _ element: consuming sending Element,
    _ send: (UnsafeMutableRawPointer, _ size: Int) -> CInt
) -> sending SendResult<Element> {
    var unsent: Element? = element
    let code = withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { buffer in
        let message = buffer.baseAddress!
        message.initialize(to: unsent.take()!)
        let code = send(UnsafeMutableRawPointer(message), MemoryLayout<Element>.stride)
        if code != 0 { unsent = message.move() }
        return code
    }
    if code == 0 { return .sent }
    // It never left this function.
    nonisolated(unsafe) let returned = unsent.take()!
    return .returned(returned, SendFailure(code: code))
}

/// The same for elements that an error can carry.
@inlinable @inline(__always)
func relocate<Element: Sendable>(
    _ element: consuming Element,
    _ send: (UnsafeMutableRawPointer, _ size: Int) -> CInt
) throws(SendError<Element>) {
    var unsent: Element? = element
    let code = withUnsafeTemporaryAllocation(of: Element.self, capacity: 1) { buffer in
        let message = buffer.baseAddress!
        message.initialize(to: unsent.take()!)
        let code = send(UnsafeMutableRawPointer(message), MemoryLayout<Element>.stride)
        if code != 0 { unsent = message.move() }
        return code
    }
    guard code == 0 else { throw SendError(unsent!, SendFailure(code: code)) }
}

/// Copies the elements, portion after portion, into memory from where `send` relocates them, until
/// all are sent or it fails. It reports why only when it sent none of a portion.
@inlinable
func relocateCopies<Element: Sendable>(
    of elements: Span<Element>,
    _ send: (UnsafeMutableRawPointer, _ count: Int, _ size: Int) -> Int
) -> (sent: Int, failure: SendFailure?) {
    elements.withUnsafeBufferPointer { source in
        // Portions, so that a long batch needs no large memory.
        let portion = max(1, 1024 / MemoryLayout<Element>.stride)
        var sent = 0
        while sent < source.count {
            let count = min(portion, source.count - sent)
            let result = withUnsafeTemporaryAllocation(of: Element.self, capacity: count) {
                copies in
                let messages = copies.baseAddress!
                messages.initialize(from: source.baseAddress! + sent, count: count)
                let result = send(
                    UnsafeMutableRawPointer(messages), count, MemoryLayout<Element>.stride)
                let accepted = max(0, result)
                (messages + accepted).deinitialize(count: count - accepted)
                return result
            }
            guard result > 0 else { return (sent, SendFailure(code: CInt(result))) }
            sent += result
        }
        return (sent, nil)
    }
}
