// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

extension Channel where Element: ~Copyable {
    /// Receives the next message, if there is one.
    ///
    /// `nil` means that there is nothing now; whether something can still come, ``isFinished``
    /// tells exactly:
    ///
    /// ```swift
    /// while true {
    ///     if let message = channel.tryReceive() { handle(message) }
    ///     else if channel.isFinished { break }
    ///     else { doSomethingElse() }
    /// }
    /// ```
    ///
    /// Never waits and never spins, whatever the senders do; does not allocate; real-time safe.
    ///
    /// - Complexity: O(1), amortized.
    @inlinable
    public func tryReceive() -> sending Element? {
        defer { extendLifetime(self) }
        if let front = tributary_internal_channel_front(receivingHandle, MemoryLayout<Element>.stride) {
            return takeFront(front)
        }
        return tryReceiveSlowly()
    }

    /// Receives the next message, waiting for one. `nil` when the channel has finished: it is
    /// closed, or its last sender is gone, and everything was received.
    ///
    /// Blocks the thread; does not allocate.
    ///
    /// - Complexity: O(1), amortized.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking() -> sending Element? {
        defer { extendLifetime(self) }
        if let front = tributary_internal_channel_front(receivingHandle, MemoryLayout<Element>.stride) {
            return takeFront(front)
        }
        return receiveSlowly()
    }

    /// Receives the next message, waiting at most `timeout` for one. `nil` when the channel has
    /// finished.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread; does not allocate.
    ///
    /// - Throws: ``ReceiveTimeoutError`` when the timeout passed; nothing was received.
    /// - Complexity: O(1), amortized.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        timeout: Duration
    ) throws(ReceiveTimeoutError) -> sending Element? {
        defer { extendLifetime(self) }
        if let front = tributary_internal_channel_front(receivingHandle, MemoryLayout<Element>.stride) {
            return takeFront(front)
        }
        return try receiveSlowly(timeout: timeout)
    }
}

// MARK: - Steps

extension Channel where Element: ~Copyable {
    /// Moves the message at `front`, which the inline path found, out of its slot.
    @inlinable @inline(__always)
    func takeFront(_ front: UnsafeMutableRawPointer) -> sending Element {
        // A sent message is in nobody's region: its sender gave it away with `sending`.
        nonisolated(unsafe) let element = front.assumingMemoryBound(to: Element.self).move()
        tributary_internal_channel_pop(receivingHandle, front, MemoryLayout<Element>.stride)
        return element
    }

    /// Moves the message at `front`, which a borrow found, out of its slot.
    @inlinable
    func takeBorrowed(_ front: UnsafeMutableRawPointer) -> sending Element {
        nonisolated(unsafe) let element = front.assumingMemoryBound(to: Element.self).move()
        let released = tributary_channel_release(handle, 1)
        precondition(released == 0, "messages were received twice")
        return element
    }

    @inlinable @inline(never)
    func tryReceiveSlowly() -> sending Element? {
        var front: UnsafeMutableRawPointer?
        guard tributary_channel_try_borrow(idleHandle, &front, 1) > 0, let front else { return nil }
        return takeBorrowed(front)
    }

    @inlinable @inline(never)
    func receiveSlowly() -> sending Element? {
        var front: UnsafeMutableRawPointer?
        guard tributary_channel_borrow(idleHandle, &front, 1) > 0, let front else { return nil }
        return takeBorrowed(front)
    }

    @inlinable @inline(never)
    func receiveSlowly(timeout: Duration) throws(ReceiveTimeoutError) -> sending Element? {
        var front: UnsafeMutableRawPointer?
        let count = tributary_channel_borrow_timeout(
            idleHandle, &front, 1, timeout.timeoutNanoseconds)
        if count > 0, let front { return takeBorrowed(front) }
        if ReceiveFailure(code: CInt(count)) == .finished { return nil }
        throw ReceiveTimeoutError()
    }
}
