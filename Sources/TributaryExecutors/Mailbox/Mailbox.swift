// SPDX-License-Identifier: Apache-2.0

public import Tributary

/// Something that runs and is told messages: an actor for those who want messages rather than methods.
///
/// Its body is a task that owns the inbox, a ``Tributary/Channel``; its state are the variables of the body.
///
/// ```swift
/// enum Request: Sendable {
///     case deposit(Int)
///     case balance(Reply<Int>)
/// }
///
/// let account = Mailbox<Request>(on: executor) { inbox in
///     var balance = 0
///     for await request in inbox {
///         switch request {
///         case .deposit(let amount): balance += amount
///         case .balance(let reply): reply.send(balance)
///         }
///     }
/// }
/// try account.tell(.deposit(5))
/// let balance = try await account.ask(timeout: .seconds(1)) { .balance($0) }
/// ```
///
/// The value is a handle: any number of threads and tasks use copies of it at once. Messages are received in
/// one first-in-first-out order over all of them. When the last handle is gone, the inbox finishes
/// and with it, as a rule, the body.
public struct Mailbox<Message: Sendable>: Sendable {
    @usableFromInline
    let end: MailboxEnd<Message>

    /// Starts a task that runs `body`.
    ///
    /// The mailbox has terminated when `body` has returned or thrown. Messages that it has not received by then
    /// are destroyed.
    ///
    /// - Parameters:
    ///   - capacity: of the inbox. With an unbounded one ``tell(_:)`` fails only when the mailbox has
    ///     terminated.
    ///   - executor: that the task prefers; `nil`: the default one.
    ///   - priority: of the task.
    ///   - body: receives the messages.
    /// - Complexity: O(1).
    public init(
        capacity: ChannelCapacity = .unbounded,
        on executor: (any TaskExecutor)? = nil,
        priority: TaskPriority? = nil,
        _ body: sending @escaping (Channel<Message>) async throws -> Void
    ) {
        let channel = ThrowingChannel<Message, MailboxStop>(capacity: capacity)
        let termination = MailboxTerminationNotice()
        let stopper = channel.makeSharedSender()
        let task = Task(executorPreference: executor, priority: priority) {
            let outcome: MailboxTermination
            do {
                try await body(channel.base)
                outcome = .finished
            } catch {
                outcome = .failed(error)
            }
            channel.close()
            termination.announce(outcome)
        }
        end = MailboxEnd(stopper, task, termination)
    }

    /// Sends a message. Never waits; real-time safe as ``Tributary/SharedSender/trySend(_:)`` is.
    ///
    /// - Throws: ``Tributary/SendError`` with the message: closed when the mailbox has terminated or stopped, full when
    ///   its inbox is bounded and has no room.
    /// - Complexity: O(1).
    @inlinable
    public func tell(_ message: consuming Message) throws(SendError<Message>) {
        try end.sender.trySend(message)
    }

    /// Sends a message, suspending while a bounded inbox is full: see ``Tributary/SharedSender/send(_:)``.
    ///
    /// - Throws: ``Tributary/SendError`` with the message: closed, or cancelled.
    /// - Complexity: O(1).
    public nonisolated(nonsending) func send(
        _ message: consuming Message
    ) async throws(SendError<Message>) {
        try await end.sender.send(message)
    }

    /// Closes the inbox when the body next finds it empty: what was told before is still received, then the inbox
    /// finishes. Does not interrupt the body. Stopping again does nothing.
    ///
    /// - Complexity: O(1).
    public func stop() { end.stopper.finish(throwing: MailboxStop()) }

    /// Cancels the body's task. Its inbox finishes when it is empty, and what else the body waits for is cancelled too.
    ///
    /// - Complexity: O(1).
    public func cancel() { end.task.cancel() }

    /// Whether both are handles of one mailbox.
    ///
    /// - Complexity: O(1).
    public func isSameMailbox(as other: Mailbox) -> Bool { end === other.end }
}

/// Why ``Mailbox/stop()`` ends the inbox; never thrown to anybody.
struct MailboxStop: Error {}

/// What all handles of a mailbox share. Holds the sending end, and nothing of the body.
@usableFromInline
final class MailboxEnd<Message: Sendable>: Sendable {
    let stopper: ThrowingSharedSender<Message, MailboxStop>
    @usableFromInline
    let sender: SharedSender<Message>
    let task: Task<Void, Never>
    let termination: MailboxTerminationNotice

    init(
        _ stopper: ThrowingSharedSender<Message, MailboxStop>, _ task: Task<Void, Never>,
        _ termination: MailboxTerminationNotice
    ) {
        self.stopper = stopper
        sender = stopper.base
        self.task = task
        self.termination = termination
    }
}
