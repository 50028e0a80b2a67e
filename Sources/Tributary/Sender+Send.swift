// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

// Each send has two forms of one name. Elements that are copyable and Sendable travel back in the
// thrown error. No error can carry any other element, so for those the outcome is the result.

extension Sender where Element: Sendable {
    /// Sends a message if there is room now.
    ///
    /// Never waits. Does not allocate but once per segment; real-time safe otherwise.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/full``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public mutating func trySend(_ element: consuming Element) throws(SendError<Element>) {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return try fill(slot, with: element)
        }
        try finish(tryReserve(), with: element) { tributary_sender_try_send($0, $1, $2) }
    }

    /// Sends a message, waiting for room.
    ///
    /// A sender that found its lane full waits until half of it is free, at most about a
    /// millisecond longer than for a single slot, so that it is woken once for many messages.
    /// Blocks the thread. Does not allocate but once per segment.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(_ element: consuming Element) throws(SendError<Element>) {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return try fill(slot, with: element)
        }
        try finish(reserve(), with: element) { tributary_sender_send($0, $1, $2) }
    }

    /// Sends a message, waiting at most `timeout` for room.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Does not allocate but once per
    /// segment.
    ///
    /// - Throws: ``SendError`` with the message: ``SendFailure/timedOut``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming Element, timeout: Duration
    ) throws(SendError<Element>) {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return try fill(slot, with: element)
        }
        try finish(reserve(timeout: timeout), with: element) {
            tributary_sender_send_timeout($0, $1, $2, timeout.timeoutNanoseconds)
        }
    }

    /// Writes and publishes; takes the message out again when the channel has closed.
    @inlinable @inline(__always)
    mutating func fill(
        _ slot: UnsafeMutableRawPointer, with element: consuming Element
    ) throws(SendError<Element>) {
        let message = slot.assumingMemoryBound(to: Element.self)
        message.initialize(to: element)
        guard tributary_internal_sender_publish(handle, 1, MemoryLayout<Element>.stride) == 0
        else { throw SendError(message.move(), .closed) }
    }

    /// The rest of a slow send.
    @inlinable @inline(never)
    mutating func finish(
        _ step: SlowSend, with element: consuming Element,
        passing send: (OpaquePointer, UnsafeMutableRawPointer, _ size: Int) -> CInt
    ) throws(SendError<Element>) {
        switch step {
        case .fill(let slot):
            let message = slot.assumingMemoryBound(to: Element.self)
            message.initialize(to: element)
            let code = tributary_sender_commit(handle, 1)
            guard code == 0 else { throw SendError(message.move(), SendFailure(code: code)) }
        case .passByAddress:
            let handle = handle
            try relocate(element) { send(handle, $0, $1) }
        case .fail(let failure):
            throw SendError(element, failure)
        }
    }
}

extension Sender where Element: ~Copyable {
    /// Sends a message if there is room now, or hands it back.
    ///
    /// Never waits. Does not allocate but once per segment; real-time safe otherwise.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/full``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @inlinable
    public mutating func trySend(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return fill(slot, with: element)
        }
        return finish(tryReserve(), with: element) { tributary_sender_try_send($0, $1, $2) }
    }

    /// Sends a message, waiting for room, or hands it back.
    ///
    /// A sender that found its lane full waits until half of it is free, at most about a
    /// millisecond longer than for a single slot, so that it is woken once for many messages.
    /// Blocks the thread. Does not allocate but once per segment.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return fill(slot, with: element)
        }
        return finish(reserve(), with: element) { tributary_sender_send($0, $1, $2) }
    }

    /// Sends a message, waiting at most `timeout` for room, or hands it back.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Does not allocate but once per
    /// segment.
    ///
    /// - Returns: `.sent`, or the message with ``SendFailure/timedOut``, ``SendFailure/closed`` or
    ///   ``SendFailure/outOfMemory``.
    /// - Complexity: O(1).
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        _ element: consuming sending Element, timeout: Duration
    ) -> sending SendResult<Element> {
        if let slot = tributary_internal_sender_slot(handle, MemoryLayout<Element>.stride) {
            return fill(slot, with: element)
        }
        return finish(reserve(timeout: timeout), with: element) {
            tributary_sender_send_timeout($0, $1, $2, timeout.timeoutNanoseconds)
        }
    }

    /// Writes and publishes; takes the message out again when the channel has closed.
    @inlinable @inline(__always)
    mutating func fill(
        _ slot: UnsafeMutableRawPointer, with element: consuming sending Element
    ) -> sending SendResult<Element> {
        // What lies in a slot is in nobody's region: it is on its way to the receiver.
        nonisolated(unsafe) let message = slot.assumingMemoryBound(to: Element.self)
        message.initialize(to: element)
        guard tributary_internal_sender_publish(handle, 1, MemoryLayout<Element>.stride) == 0
        else { return .returned(message.move(), .closed) }
        return .sent
    }

    /// The rest of a slow send.
    @inlinable @inline(never)
    mutating func finish(
        _ step: SlowSend, with element: consuming sending Element,
        passing send: (OpaquePointer, UnsafeMutableRawPointer, _ size: Int) -> CInt
    ) -> sending SendResult<Element> {
        switch step {
        case .fill(let slot):
            nonisolated(unsafe) let message = slot.assumingMemoryBound(to: Element.self)
            message.initialize(to: element)
            let code = tributary_sender_commit(handle, 1)
            guard code == 0 else { return .returned(message.move(), SendFailure(code: code)) }
            return .sent
        case .passByAddress:
            let handle = handle
            return relocate(element) { send(handle, $0, $1) }
        case .fail(let failure):
            return .returned(element, failure)
        }
    }
}
