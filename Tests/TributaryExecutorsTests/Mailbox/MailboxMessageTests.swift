// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// What the mailboxes of these tests are told.
enum Request: Sendable {
    case add(Int)
    case sum(Reply<Int>)
    /// Keeps the reply until the next message.
    case keep(Reply<Int>)
    case release(Int)
    /// Opens the first gate, and waits at the second.
    case wait(Gate, Gate)
    case fail(Life)
}

struct Failure: Error {}

/// An adder, on the default executor or the one given.
func adder(
    capacity: ChannelCapacity = .unbounded, on executor: (any TaskExecutor)? = nil
) -> Mailbox<Request> {
    Mailbox(capacity: capacity, on: executor) { inbox in
        var sum = 0
        var kept: [Reply<Int>] = []
        for await request in inbox {
            switch request {
            case .add(let number): sum += number
            case .sum(let reply): reply.send(sum)
            case .keep(let reply): kept.append(reply)
            case .release(let number):
                for reply in kept { reply.send(number) }
                kept = []
            case .wait(let begun, let gate):
                begun.open()
                hold(gate)
            case .fail: throw Failure()
            }
        }
    }
}

/// On an executor of its own: the default one has a thread for each processor, and whoever opens needs one.
private func hold(_ gate: Gate) { gate.wait() }

/// The reason why a message was not sent.
func refusal(_ body: () throws(SendError<Request>) -> Void) -> SendFailure? {
    do throws(SendError<Request>) {
        try body()
        return nil
    } catch {
        return error.reason
    }
}

@Suite("Mailbox messages", .serialized, .watchdog)
struct MailboxMessageTests {
    @Test("told, sent and asked, on each executor", arguments: [nil] + Home.allCases.map(Optional.some))
    func basics(home: Home?) async throws {
        func check(_ executor: (any TaskExecutor)?) async throws {
            let mailbox = adder(on: executor)
            try mailbox.tell(.add(1))
            try await mailbox.send(.add(2))
            #expect(try await mailbox.ask { .sum($0) } == 3)
            #expect(try await mailbox.ask(timeout: .seconds(60)) { .sum($0) } == 3)
            mailbox.stop()
            #expect(await mailbox.terminated().isFinished)
        }
        guard let home else { return try await check(nil) }
        try await inHouse(home) { try await check($0.tasks) }
    }

    @Test("messages of one sender arrive in order")
    func order() async throws {
        let log = Log<Int>()
        let mailbox = Mailbox<Int> { inbox in for await number in inbox { log.note(number) } }
        for number in 0..<10_000 { try mailbox.tell(number) }
        mailbox.stop()
        #expect(await mailbox.terminated().isFinished)
        #expect(log.entries == Array(0..<10_000))
    }

    @Test("a bounded inbox is full, and hands the message back")
    func bounded() async throws {
        let (begun, gate) = (Gate(), Gate())
        let mailbox = adder(capacity: .bounded(3), on: MailboxExecutor())
        try await mailbox.send(.wait(begun, gate))
        await blocking { begun.wait() }
        for _ in 0..<3 { try mailbox.tell(.add(1)) }
        do throws(SendError<Request>) {
            try mailbox.tell(.add(77))
            Issue.record("there was room")
        } catch {
            #expect(error.reason == .full)
            if case .add(77) = error.element {} else { Issue.record("another message") }
        }
        await #expect(throws: AskError.notSent(.full)) { try await mailbox.ask { .sum($0) } }
        let sending = Task { try await mailbox.send(.add(100)) }
        gate.open()
        try await sending.value
        await yieldUntil { (try? await mailbox.ask { .sum($0) }) == 103 }
        mailbox.stop()
        _ = await mailbox.terminated()
    }

    @Test("a send that is cancelled while the inbox is full hands the message back")
    func cancelledSend() async throws {
        let (begun, gate) = (Gate(), Gate())
        let mailbox = adder(capacity: .bounded(1), on: MailboxExecutor())
        try mailbox.tell(.wait(begun, gate))
        await blocking { begun.wait() }
        try mailbox.tell(.add(1))
        let sending = Task { () -> SendFailure? in
            do throws(SendError<Request>) {
                try await mailbox.send(.add(5))
                return nil
            } catch {
                guard case .add(5) = error.element else { return nil }
                return error.reason
            }
        }
        sending.cancel()
        #expect(await sending.value == .cancelled)
        gate.open()
        await yieldUntil { (try? await mailbox.ask { .sum($0) }) == 1 }
        mailbox.stop()
        _ = await mailbox.terminated()
    }

    @Test("told after the termination, the message comes back")
    func terminated() async throws {
        let ledger = Ledger()
        let mailbox = Mailbox<Life> { _ in }
        _ = await mailbox.terminated()
        let life = Life(ledger, 5)
        do throws(SendError<Life>) {
            try mailbox.tell(life)
            Issue.record("sent")
        } catch {
            #expect(error.reason == .closed)
            #expect(error.element === life)
        }
        do throws(SendError<Life>) {
            try await mailbox.send(life)
            Issue.record("sent")
        } catch {
            #expect(error.reason == .closed)
            #expect(error.element === life)
        }
    }

    // MARK: - Asking

    @Test("an answer that does not come in time, and comes later")
    func timeout() async throws {
        let mailbox = adder()
        let begin = ContinuousClock.now
        await #expect(throws: AskError.timedOut) {
            try await mailbox.ask(timeout: .milliseconds(20)) { .keep($0) }
        }
        #expect(begin.duration(to: .now) >= .milliseconds(20))
        // The late answer goes nowhere, and the mailbox goes on.
        try mailbox.tell(.release(1))
        #expect(try await mailbox.ask { .sum($0) } == 0)
        for timeout in [Duration.zero, .seconds(-1), .nanoseconds(1)] {
            await #expect(throws: AskError.timedOut) {
                try await mailbox.ask(timeout: timeout) { .keep($0) }
            }
        }
        // Longer than any clock.
        let answered = Counter()
        let asking = Task {
            let answer = try await mailbox.ask(timeout: .seconds(Int64.max)) { .keep($0) }
            answered.add()
            return answer
        }
        await yieldUntil {
            try? mailbox.tell(.release(7))
            return answered.value == 1
        }
        #expect(try await asking.value == 7)
    }

    @Test("an answer late by one: the reply says that nobody waits")
    func lateReply() async throws {
        let (reply, gate) = (Log<Bool>(), Gate())
        let mailbox = Mailbox<Reply<Int>>(on: MailboxExecutor()) { inbox in
            for await request in inbox {
                hold(gate)
                reply.note(request.send(1))
            }
        }
        await #expect(throws: AskError.timedOut) {
            try await mailbox.ask(timeout: .milliseconds(1)) { $0 }
        }
        gate.open()
        await yieldUntil { reply.entries == [false] }
    }

    @Test("cancelled while it waits")
    func cancelledAsk() async throws {
        let mailbox = adder()
        let asking = Task { () async -> AskError? in
            do throws(AskError) {
                _ = try await mailbox.ask { .keep($0) }
                return nil
            } catch {
                return error
            }
        }
        asking.cancel()
        #expect(await asking.value == .cancelled)
        #expect(try await mailbox.ask { .sum($0) } == 0)
    }

    @Test("two replies: the first counts")
    func twoReplies() async throws {
        let replies = Log<Bool>()
        let mailbox = Mailbox<Reply<Int>> { inbox in
            for await reply in inbox {
                let copy = reply
                replies.note(reply.send(1))
                replies.note(copy.send(2))
            }
        }
        #expect(try await mailbox.ask { $0 } == 1)
        await yieldUntil { replies.entries == [true, false] }
    }

    @Test("a reply that is dropped, not sent at all, or destroyed in the inbox")
    func unanswered() async throws {
        let mailbox = Mailbox<Reply<Int>?> { inbox in
            for await reply in inbox { _ = reply }
        }
        await #expect(throws: AskError.unanswered) { try await mailbox.ask { $0 } }
        await #expect(throws: AskError.unanswered) { try await mailbox.ask { (_: Reply<Int>) in nil } }
        let gate = Gate()
        let deaf = Mailbox<Reply<Int>>(on: MailboxExecutor()) { _ in hold(gate) }
        let asking = Task { await Result { () async throws(AskError) in try await deaf.ask { $0 } } }
        gate.open()
        let result = await asking.value
        #expect(result == .failure(.unanswered) || result == .failure(.notSent(.closed)))
        await #expect(throws: AskError.notSent(.closed)) {
            _ = await deaf.terminated()
            return try await deaf.ask { $0 }
        }
    }
}

extension MailboxTermination {
    var isFinished: Bool {
        if case .finished = self { true } else { false }
    }
    var isFailed: Bool {
        if case .failed(_ as Failure) = self { true } else { false }
    }
}

extension Result where Failure == AskError, Success: Sendable {
    nonisolated(nonsending) init(_ body: () async throws(AskError) -> Success) async {
        do throws(AskError) {
            self = .success(try await body())
        } catch {
            self = .failure(error)
        }
    }
}
