// SPDX-License-Identifier: Apache-2.0

public import Tributary

/// Why ``Mailbox/ask(timeout:_:)`` has no answer.
public enum AskError: Error, Hashable, Sendable {
    /// The message was not sent.
    case notSent(SendFailure)
    /// The message, or its reply, was destroyed without an answer.
    case unanswered
    /// No answer came in time.
    case timedOut
    /// The task was cancelled while it waited.
    case cancelled
}

extension Mailbox {
    /// Sends the message that `message` makes of a ``Reply``, and suspends until it is answered.
    ///
    /// An answer that comes later than the timeout or the cancellation is destroyed. Does not wait for room in a bounded
    /// inbox.
    ///
    /// - Parameters:
    ///   - timeout: how long to wait; `nil`: for ever.
    ///   - message: makes the message, of which the reply is a part.
    /// - Throws: ``AskError``.
    /// - Complexity: O(1). Allocates the reply, and a task for a timeout.
    public nonisolated(nonsending) func ask<Answer: Sendable>(
        timeout: Duration? = nil,
        _ message: (Reply<Answer>) -> Message
    ) async throws(AskError) -> Answer {
        let state = ReplyState<Answer>()
        do throws(SendError<Message>) {
            try tell(message(Reply(state)))
        } catch {
            throw .notSent(error.reason)
        }
        return try await state.answer(timeout: timeout)
    }
}

/// Where the answer to a message goes.
///
/// The first ``send(_:)`` of any copy answers. When all copies are gone without one, who asked
/// learns that.
public struct Reply<Answer: Sendable>: Sendable {
    private let end: ReplyEnd<Answer>

    init(_ state: ReplyState<Answer>) {
        end = ReplyEnd(state)
    }

    /// Answers. `false`: who asked has an answer already, or waits no more. Never waits.
    ///
    /// - Complexity: O(1).
    @discardableResult
    public func send(_ answer: Answer) -> Bool {
        end.state.end(.answered(answer))
    }
}

private final class ReplyEnd<Answer: Sendable>: Sendable {
    let state: ReplyState<Answer>

    init(_ state: ReplyState<Answer>) { self.state = state }

    deinit { state.end(.unanswered) }
}

/// One question: who asked waits, who answers wakes.
final class ReplyState<Answer: Sendable>: @unchecked Sendable {
    // Unchecked because of `outcome`, which is the lock's.

    enum Outcome {
        case answered(Answer)
        case unanswered
        /// Nobody waits any more.
        case given(AskError)
    }

    private let lock = Lock()
    private var outcome: Outcome?
    private let waiter = Waiter()

    /// The first outcome counts: `false` when there is one.
    @discardableResult
    func end(_ outcome: Outcome) -> Bool {
        let isFirst = lock.whileLocked {
            guard self.outcome == nil else { return false }
            self.outcome = outcome
            return true
        }
        if isFirst { waiter.wake() }
        return isFirst
    }

    nonisolated(nonsending) func answer(timeout: Duration?) async throws(AskError) -> Answer {
        // Over 292 years never end, and do not fit an instant.
        let deadline = timeout.flatMap {
            $0.timeoutNanoseconds < .max ? ContinuousClock.now.advanced(by: $0) : nil
        }
        let timer = deadline.map { WakeTimer(of: waiter, at: $0) }
        defer { timer?.cancel() }
        while true {
            switch lock.whileLocked({ outcome }) {
            case .answered(let answer): return answer
            case .unanswered: throw .unanswered
            case .given(let error): throw error
            case nil: break
            }
            // An answer that comes between the look and these two is found by the next look.
            if Task.isCancelled {
                end(.given(.cancelled))
            } else if let deadline, ContinuousClock.now >= deadline {
                end(.given(.timedOut))
            } else {
                await waiter.wait()
            }
        }
    }
}
