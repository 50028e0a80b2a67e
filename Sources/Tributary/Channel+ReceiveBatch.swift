// SPDX-License-Identifier: Apache-2.0

public import CTributary

extension Channel where Element: ~Copyable {
    /// Receives up to `maximum` messages into the free capacity of `output`, behind what it holds.
    ///
    /// Returns how many were received: 0 when there is nothing now (``isFinished`` tells whether
    /// something can come), when `output` is full or when `maximum` is less than 1. What does not
    /// fit stays in the channel. Never waits; does not allocate; real-time safe.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public func tryReceive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) -> Int {
        defer { extendLifetime(self) }
        let handle = idleHandle
        return move(upTo: maximum, into: &output) { front, count, _ in
            tributary_channel_try_borrow(handle, &front, count)
        }.count
    }

    /// Receives up to `maximum` messages into the free capacity of `output`, waiting for the first.
    ///
    /// Returns how many were received, at least 1: 0 only when the channel has finished, when
    /// `output` is full or when `maximum` is less than 1. Blocks the thread; does not allocate.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) -> Int {
        defer { extendLifetime(self) }
        let handle = idleHandle
        return move(upTo: maximum, into: &output) { front, count, isFirst in
            isFirst
                ? tributary_channel_borrow(handle, &front, count)
                : tributary_channel_try_borrow(handle, &front, count)
        }.count
    }

    /// Receives up to `maximum` messages into the free capacity of `output`, waiting at most
    /// `timeout` for the first.
    ///
    /// Returns how many were received, at least 1: 0 only when the channel has finished, when
    /// `output` is full or when `maximum` is less than 1. A timeout of zero or less does not wait.
    /// Blocks the thread; does not allocate.
    ///
    /// - Throws: ``ReceiveTimeoutError`` when the timeout passed; nothing was received.
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>, timeout: Duration
    ) throws(ReceiveTimeoutError) -> Int {
        defer { extendLifetime(self) }
        let handle = idleHandle
        let nanoseconds = timeout.timeoutNanoseconds
        let (count, failure) = move(upTo: maximum, into: &output) { front, count, isFirst in
            isFirst
                ? tributary_channel_borrow_timeout(handle, &front, count, nanoseconds)
                : tributary_channel_try_borrow(handle, &front, count)
        }
        if count == 0, failure == .timedOut { throw ReceiveTimeoutError() }
        return count
    }

    /// Moves run after run of messages out, as `borrow` finds them, until `output` is full,
    /// `maximum` is reached or there are no more.
    @inlinable
    func move(
        upTo maximum: Int, into output: inout OutputSpan<Element>,
        borrow: (inout UnsafeMutableRawPointer?, _ count: Int, _ isFirst: Bool) -> Int
    ) -> (count: Int, failure: ReceiveFailure?) {
        var remaining = Swift.min(maximum, output.freeCapacity)
        var received = 0
        while remaining > 0 {
            var front: UnsafeMutableRawPointer?
            let count = borrow(&front, remaining, received == 0)
            guard count > 0, let front else { return (received, ReceiveFailure(code: CInt(count))) }
            output.withUnsafeMutableBufferPointer { buffer, initializedCount in
                (buffer.baseAddress! + initializedCount).moveInitialize(
                    from: front.assumingMemoryBound(to: Element.self), count: count)
                initializedCount += count
            }
            let released = tributary_channel_release(handle, count)
            precondition(released == 0, "messages were received twice")
            received += count
            remaining -= count
        }
        return (received, nil)
    }
}
