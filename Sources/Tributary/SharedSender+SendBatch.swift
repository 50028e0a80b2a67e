// SPDX-License-Identifier: Apache-2.0

public import CTributary

// The elements of a span stay its owner's, so a batch sends copies: they have to be Sendable.
extension SharedSender where Element: Sendable {
    /// Sends copies of as many of `elements` as there is room for now, in order; messages of other
    /// shared senders may lie between them.
    ///
    /// Never waits for the receiver. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Returns: how many were sent, the first ones: at least 1, and 0 only when `elements` is
    ///   empty.
    /// - Throws: ``SendFailure/full``, ``SendFailure/closed`` or ``SendFailure/outOfMemory`` when
    ///   none was sent.
    /// - Complexity: O(*n*) for *n* sent messages.
    @inlinable
    public func trySend(contentsOf elements: Span<Element>) throws(SendFailure) -> Int {
        let (sent, failure) = send(elements) {
            tributary_shared_sender_try_send_batch($0, $1, $2, $3)
        }
        if sent == 0, let failure { throw failure }
        return sent
    }

    /// Sends copies of all `elements`, in order, in portions as room comes; messages of other shared
    /// senders may lie between them.
    ///
    /// Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(contentsOf elements: Span<Element>) throws(BatchSendError) {
        let (sent, failure) = send(elements) {
            tributary_shared_sender_send_batch($0, $1, $2, $3)
        }
        if let failure { throw BatchSendError(sentCount: sent, failure) }
    }

    /// Sends copies of all `elements`, in order, waiting at most `timeout` for room altogether;
    /// messages of other shared senders may lie between them.
    ///
    /// A timeout of zero or less does not wait. Blocks the thread. Allocates at the thread's
    /// first send, and a segment at times.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/timedOut``, ``SendFailure/closed`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @available(*, noasync, message: "this call blocks the thread")
    @inlinable
    public func sendBlocking(
        contentsOf elements: Span<Element>, timeout: Duration
    ) throws(BatchSendError) {
        let wait = BoundedWait(timeout)
        let (sent, failure) = send(elements) {
            tributary_shared_sender_send_batch_timeout($0, $1, $2, $3, wait.remainingNanoseconds)
        }
        if let failure { throw BatchSendError(sentCount: sent, failure) }
    }

    @inlinable
    func send(
        _ elements: Span<Element>,
        call: (OpaquePointer, UnsafeMutableRawPointer, _ count: Int, _ size: Int) -> Int
    ) -> (sent: Int, failure: SendFailure?) {
        guard let handle = end.handle else {
            return (0, elements.isEmpty ? nil : end.failure)
        }
        defer { extendLifetime(end) }
        return relocateCopies(of: elements) { call(handle, $0, $1, $2) }
    }
}
