// SPDX-License-Identifier: Apache-2.0

public import CTributary
public import CTributary.Inline

extension Channel where Element: ~Copyable {
    /// Receives the next message, suspending until there is one.
    ///
    /// `nil` when the channel has finished, or when the task was cancelled *while it waited*;
    /// ``isFinished`` tells which, exactly. A cancelled task still receives what is there, and
    /// nothing is lost: what comes later is received by the next call, of any task.
    ///
    /// Runs where its caller does. Does not suspend while there are messages, but for a yield of the
    /// thread every 16,384 of them; does not allocate.
    ///
    /// - Complexity: O(1), amortized.
    @inlinable
    public nonisolated(nonsending) func receive() async -> sending Element? {
        if let front = tributary_internal_channel_front(receivingHandle, MemoryLayout<Element>.stride) {
            return takeFront(front)
        }
        switch look(upTo: 1) {
        case .ready: return takeFirstOfRun()
        case .finished: return nil
        case .wait: break
        }
        guard await waitForMessages(upTo: 1) else { return nil }
        return takeFirstOfRun()
    }

    /// Receives the next message, suspending at most for `timeout` until there is one.
    ///
    /// `nil` as in ``receive()``. A timeout of zero or less does not wait. Allocates when it has to
    /// wait: the timer is a task.
    ///
    /// - Throws: ``ReceiveTimeoutError`` when the timeout passed; nothing was received.
    /// - Complexity: O(1), amortized.
    @inlinable
    public nonisolated(nonsending) func receive(
        timeout: Duration
    ) async throws(ReceiveTimeoutError) -> sending Element? {
        if let front = tributary_internal_channel_front(receivingHandle, MemoryLayout<Element>.stride) {
            return takeFront(front)
        }
        if timeout > .zero { await yieldIfDue() }
        guard try await waitForMessages(upTo: 1, timeout: timeout) else { return nil }
        return takeFirstOfRun()
    }
}
