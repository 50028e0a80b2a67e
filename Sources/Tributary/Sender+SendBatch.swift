// SPDX-License-Identifier: Apache-2.0

public import CTributary

// The elements of a span stay its owner's, so a batch sends copies: they have to be Sendable.
extension Sender where Element: Sendable {
    /// Sends copies of as many of `elements` as there is room for now, in order.
    ///
    /// Never waits. Does not allocate but once per segment; real-time safe otherwise.
    ///
    /// - Returns: how many were sent, the first ones: at least 1, and 0 only when `elements` is
    ///   empty.
    /// - Throws: ``SendFailure/full``, ``SendFailure/closed`` or ``SendFailure/outOfMemory`` when
    ///   none was sent.
    /// - Complexity: O(*n*) for *n* sent messages.
    @inlinable
    public mutating func trySend(
        contentsOf elements: Span<Element>
    ) throws(SendFailure) -> Int {
        if let failure = DetachedSender.failure(of: handle) { throw failure }
        let handle = handle
        let (sent, failure) =
            dropsNewest
            ? relocateCopies(of: elements) { tributary_sender_try_send_batch(handle, $0, $1, $2) }
            : send(elements) { tributary_sender_try_reserve(handle, $0, &$1) }
        if sent == 0, let failure { throw failure }
        return sent
    }

    /// Sends copies of all `elements`, in order, in portions as room comes.
    ///
    /// Blocks the thread. Does not allocate but once per segment.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        contentsOf elements: Span<Element>
    ) throws(BatchSendError) {
        if let failure = DetachedSender.failure(of: handle) {
            throw BatchSendError(sentCount: 0, failure)
        }
        let handle = handle
        let (sent, failure) =
            dropsNewest
            ? relocateCopies(of: elements) { tributary_sender_send_batch(handle, $0, $1, $2) }
            : send(elements) { tributary_sender_reserve(handle, $0, &$1) }
        if let failure { throw BatchSendError(sentCount: sent, failure) }
    }

    /// Sends copies of all `elements`, in order, waiting at most `timeout` for room altogether.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Does not allocate but once per
    /// segment.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/timedOut``, ``SendFailure/closed`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public mutating func sendBlocking(
        contentsOf elements: Span<Element>, timeout: Duration
    ) throws(BatchSendError) {
        if let failure = DetachedSender.failure(of: handle) {
            throw BatchSendError(sentCount: 0, failure)
        }
        let wait = BoundedWait(timeout)
        let handle = handle
        let (sent, failure) =
            dropsNewest
            ? relocateCopies(of: elements) {
                tributary_sender_send_batch_timeout(
                    handle, $0, $1, $2, wait.remainingNanoseconds)
            }
            : send(elements) {
                tributary_sender_reserve_timeout(handle, $0, &$1, wait.remainingNanoseconds)
            }
        if let failure { throw BatchSendError(sentCount: sent, failure) }
    }

    /// Copies the elements into run after run of slots, as `reserve` finds them, until all are sent
    /// or it fails.
    @inlinable
    mutating func send(
        _ elements: Span<Element>,
        reserve: (_ count: Int, inout UnsafeMutableRawPointer?) -> Int
    ) -> (sent: Int, failure: SendFailure?) {
        let handle = handle
        return elements.withUnsafeBufferPointer { source in
            var sent = 0
            while sent < source.count {
                var slots: UnsafeMutableRawPointer?
                let count = reserve(source.count - sent, &slots)
                guard count > 0, let slots else { return (sent, SendFailure(code: CInt(count))) }
                let messages = slots.assumingMemoryBound(to: Element.self)
                messages.initialize(from: source.baseAddress! + sent, count: count)
                let code = tributary_sender_commit(handle, count)
                guard code == 0 else {
                    // These were copies; the caller still has the originals.
                    messages.deinitialize(count: count)
                    return (sent, SendFailure(code: code))
                }
                sent += count
            }
            return (sent, nil)
        }
    }
}
