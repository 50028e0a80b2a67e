// SPDX-License-Identifier: Apache-2.0

import Tributary

// Outcomes as values, which #expect can compare.

extension Sender where Element: Sendable {
    mutating func attempt(_ element: Element) -> SendFailure? {
        do throws(SendError<Element>) {
            try trySend(element)
            return nil
        } catch {
            return error.reason
        }
    }

    /// Sends until the lane is full; how many went in.
    mutating func fill(with element: Element, atMost limit: Int = .max) -> Int {
        var count = 0
        while count < limit, attempt(element) == nil { count += 1 }
        return count
    }
}

extension SharedSender where Element: Sendable {
    func attempt(_ element: Element) -> SendFailure? {
        do throws(SendError<Element>) {
            try trySend(element)
            return nil
        } catch {
            return error.reason
        }
    }
}

extension Channel where Element: Sendable {
    /// Everything that is there now.
    func drain() -> [Element] {
        var messages: [Element] = []
        while let message = tryReceive() { messages.append(message) }
        return messages
    }
}

/// Calls `body` with room for `capacity` elements and returns what it left there.
func collect<Element>(
    capacity: Int, _ body: (inout OutputSpan<Element>) -> Void
) -> [Element] {
    let buffer = UnsafeMutableBufferPointer<Element>.allocate(capacity: capacity)
    defer { buffer.deallocate() }
    var output = OutputSpan(buffer: buffer, initializedCount: 0)
    body(&output)
    let count = output.finalize(for: buffer)
    let collected = Array(buffer[..<count])
    buffer.extracting(..<count).deinitialize()
    return collected
}
