// SPDX-License-Identifier: Apache-2.0

// Batches of elements that are nothing but their bytes: C copies them straight between the caller's
// memory and the channel's, in one call.

public import CTributary

extension Channel where Element: BitwiseCopyable {
    /// As the general form: up to `maximum` messages into the free capacity of `output`, without
    /// waiting. Does not allocate; real-time safe.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @inlinable
    public func tryReceive(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) -> Int {
        defer { extendLifetime(self) }
        let handle = idleHandle
        return copy(upTo: maximum, into: &output) {
            tributary_channel_try_receive_batch(handle, $0, $1, $2)
        }.count
    }

    /// As the general form, waiting for the first message. Blocks the thread; does not allocate.
    ///
    /// - Complexity: O(*n*) for *n* received messages.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func receiveBlocking(
        upTo maximum: Int = .max, into output: inout OutputSpan<Element>
    ) -> Int {
        defer { extendLifetime(self) }
        let handle = idleHandle
        return copy(upTo: maximum, into: &output) {
            tributary_channel_receive_batch(handle, $0, $1, $2)
        }.count
    }

    /// As the general form, waiting at most `timeout` for the first message. Blocks the thread; does
    /// not allocate.
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
        let (count, failure) = copy(upTo: maximum, into: &output) {
            tributary_channel_receive_batch_timeout(handle, $0, $1, $2, nanoseconds)
        }
        if failure == .timedOut { throw ReceiveTimeoutError() }
        return count
    }

    @inlinable
    func copy(
        upTo maximum: Int, into output: inout OutputSpan<Element>,
        _ receive: (UnsafeMutableRawPointer, _ count: Int, _ size: Int) -> Int
    ) -> (count: Int, failure: ReceiveFailure?) {
        let wanted = Swift.min(maximum, output.freeCapacity)
        guard wanted > 0 else { return (0, nil) }
        let result = output.withUnsafeMutableBufferPointer { buffer, initializedCount in
            let result = receive(
                UnsafeMutableRawPointer(buffer.baseAddress! + initializedCount), wanted,
                MemoryLayout<Element>.stride)
            initializedCount += Swift.max(0, result)
            return result
        }
        return result > 0 ? (result, nil) : (0, ReceiveFailure(code: CInt(result)))
    }
}

extension SharedSender where Element: BitwiseCopyable & Sendable {
    /// As the general form: as many of `elements` as there is room for now.
    ///
    /// - Throws: ``SendFailure`` when none was sent.
    /// - Complexity: O(*n*) for *n* sent messages.
    @inlinable
    public func trySend(contentsOf elements: Span<Element>) throws(SendFailure) -> Int {
        let (sent, failure) = sendBytes(of: elements) {
            tributary_shared_sender_try_send_batch($0, $1, $2, $3)
        }
        if sent == 0, let failure { throw failure }
        return sent
    }

    /// As the general form: all `elements`, waiting for room. Blocks the thread.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent.
    /// - Complexity: O(*n*) for *n* elements.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(contentsOf elements: Span<Element>) throws(BatchSendError) {
        let (sent, failure) = sendBytes(of: elements) {
            tributary_shared_sender_send_batch($0, $1, $2, $3)
        }
        if let failure { throw BatchSendError(sentCount: sent, failure) }
    }

    /// Sends what is left of the batch until all is sent or nothing more is: why not comes with the
    /// call that sends none.
    @inlinable
    func sendBytes(
        of elements: Span<Element>,
        _ call: (OpaquePointer, UnsafeRawPointer, _ count: Int, _ size: Int) -> Int
    ) -> (sent: Int, failure: SendFailure?) {
        guard let handle = end.handle else {
            return (0, elements.isEmpty ? nil : end.failure)
        }
        defer { extendLifetime(end) }
        return elements.withUnsafeBufferPointer { source in
            var sent = 0
            while sent < source.count {
                let result = call(
                    handle, UnsafeRawPointer(source.baseAddress! + sent), source.count - sent,
                    MemoryLayout<Element>.stride)
                guard result > 0 else { return (sent, SendFailure(code: CInt(result))) }
                sent += result
            }
            return (sent, nil)
        }
    }
}
