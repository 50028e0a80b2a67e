// SPDX-License-Identifier: Apache-2.0

extension Sender where Element: Sendable {
    /// Sends copies of all `elements`, in order, in portions as room comes, suspending where there
    /// is none.
    ///
    /// Runs where its caller does. Does not allocate but once per segment, and once at its first
    /// wait.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed``, ``SendFailure/cancelled`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) mutating func send(
        contentsOf elements: Span<Element>
    ) async throws(BatchSendError) {
        var sent = 0
        while sent < elements.count {
            if isYieldDue, let reason = await waitForRoom(yieldingFirst: true) {
                throw BatchSendError(sentCount: sent, reason)
            }
            do throws(SendFailure) {
                sent += try trySend(contentsOf: elements.extracting(sent..<elements.count))
                continue
            } catch {
                if error != .full { throw BatchSendError(sentCount: sent, error) }
            }
            if let reason = await waitForRoom(yieldingFirst: false) {
                throw BatchSendError(sentCount: sent, reason)
            }
        }
    }

    /// Sends all `elements`, in order, suspending where there is no room.
    ///
    /// Elements that lie one after another in memory, as an array's do, are sent in portions.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed``, ``SendFailure/cancelled`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) mutating func send(
        contentsOf elements: some Collection<Element>
    ) async throws(BatchSendError) {
        if let elements = elements as? [Element] {
            return try await send(contentsOf: elements.span)
        }
        var sent = 0
        for element in elements {
            do throws(SendError<Element>) {
                try await send(element)
            } catch {
                throw BatchSendError(sentCount: sent, error.reason)
            }
            sent += 1
        }
    }

    /// Sends every element of `elements` as it comes, suspending for it and for room, until the
    /// sequence ends.
    ///
    /// - Throws: the error of the sequence, or ``SendError`` with the element that was not sent.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) mutating func send<Elements: AsyncSequence>(
        contentsOf elements: Elements
    ) async throws where Elements.Element == Element {
        for try await element in elements {
            try await send(element)
        }
    }

    /// `nil`: there is room; else why there will not be.
    @inlinable
    nonisolated(nonsending) mutating func waitForRoom(
        yieldingFirst: Bool
    ) async -> SendFailure? {
        // A reservation that is not committed takes no room.
        let step = await reserveBySuspending(yieldingFirst: yieldingFirst)
        if case .fail(let reason) = step { return reason }
        return nil
    }
}

extension SharedSender where Element: Sendable {
    /// Sends copies of all `elements`, in order, in portions as room comes, suspending where there
    /// is none; messages of other shared senders may lie between them.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed``, ``SendFailure/cancelled`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) func send(
        contentsOf elements: Span<Element>
    ) async throws(BatchSendError) {
        var sent = 0
        while sent < elements.count {
            let rest = elements.extracting(sent..<elements.count)
            do throws(SendFailure) {
                let count = try trySend(contentsOf: rest)
                sent += count
                if AsyncBudget.spendThread(count) { await Task.yield() }
            } catch {
                guard error == .full else { throw BatchSendError(sentCount: sent, error) }
                if let reason = await waitForRoom() { throw BatchSendError(sentCount: sent, reason) }
            }
        }
    }

    /// Sends all `elements`, in order, suspending where there is no room.
    ///
    /// - Throws: ``BatchSendError`` when not all were sent: how many were, and
    ///   ``SendFailure/closed``, ``SendFailure/cancelled`` or ``SendFailure/outOfMemory``.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) func send(
        contentsOf elements: some Collection<Element>
    ) async throws(BatchSendError) {
        if let elements = elements as? [Element] {
            return try await send(contentsOf: elements.span)
        }
        var sent = 0
        for element in elements {
            do throws(SendError<Element>) {
                try await send(element)
            } catch {
                throw BatchSendError(sentCount: sent, error.reason)
            }
            sent += 1
        }
    }

    /// Sends every element of `elements` as it comes, suspending for it and for room, until the
    /// sequence ends.
    ///
    /// - Throws: the error of the sequence, or ``SendError`` with the element that was not sent.
    /// - Complexity: O(*n*) for *n* elements.
    @inlinable
    public nonisolated(nonsending) func send<Elements: AsyncSequence>(
        contentsOf elements: Elements
    ) async throws where Elements.Element == Element {
        for try await element in elements {
            try await send(element)
        }
    }
}
