// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// How mailboxes end, who is told, and what is left: nothing.
@Suite("Mailbox ends", .serialized, .watchdog)
struct MailboxEndTests {
    @Test("stopped, it receives what it was told before")
    func stop() async throws {
        for _ in 0..<scaled(200, atLeast: 20) {
            let (runs, gate) = (Counter(), Gate())
            let mailbox = Mailbox<Int>(on: MailboxExecutor()) { inbox in
                gate.wait()
                for await number in inbox { runs.add(number) }
            }
            for _ in 0..<100 { try mailbox.tell(1) }
            mailbox.stop()
            mailbox.stop()
            gate.open()
            #expect(await mailbox.terminated().isFinished)
            #expect(runs.value == 100)
            #expect(throws: SendError<Int>.self) { try mailbox.tell(1) }
            mailbox.stop()
        }
    }

    @Test("stopped while it waits for messages")
    func stopIdle() async throws {
        for _ in 0..<scaled(1000, atLeast: 100) {
            let mailbox = adder()
            #expect(try await mailbox.ask { .sum($0) } == 0)
            mailbox.stop()
            #expect(await mailbox.terminated().isFinished)
        }
    }

    @Test("stopped by several while others tell: what was told is received, the rest comes back")
    func stopUnderLoad() async throws {
        for _ in 0..<scaled(200, atLeast: 20) {
            let (received, told) = (Counter(), Counter())
            let mailbox = Mailbox<Int> { inbox in for await _ in inbox { received.add() } }
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        // The body and those who stop it share the pool's threads with these.
                        while (try? mailbox.tell(1)) != nil {
                            told.add()
                            await Task.yield()
                        }
                    }
                }
                for _ in 0..<2 {
                    group.addTask {
                        await yieldUntil { told.value > 100 }
                        mailbox.stop()
                        // Senders that never pause may keep the inbox from being empty; this ends the task as well.
                        mailbox.cancel()
                    }
                }
                _ = await mailbox.terminated()
            }
            #expect(received.value <= told.value)
        }
    }

    @Test("cancelled")
    func cancel() async throws {
        let (begun, sawCancellation) = (Gate(), Counter())
        let mailbox = Mailbox<Int> { inbox in
            begun.open()
            for await _ in inbox {}
            if Task.isCancelled { sawCancellation.add() }
            try await Task.sleep(for: .seconds(3600))
        }
        await blocking { begun.wait() }
        mailbox.cancel()
        let termination = await mailbox.terminated()
        if case .failed(_ as CancellationError) = termination {} else {
            Issue.record("the sleep was not cancelled")
        }
        #expect(sawCancellation.value == 1)
        #expect(throws: SendError<Int>.self) { try mailbox.tell(1) }
    }

    @Test("the last handle dropped ends the body")
    func dropped() async {
        let ended = Counter()
        let rounds = scaled(1000, atLeast: 100)
        for round in 0..<rounds {
            let mailbox = Mailbox<Int> { inbox in
                var sum = 0
                for await number in inbox { sum += number }
                ended.add(sum)
            }
            let copy = round % 2 == 0 ? mailbox : nil
            try? mailbox.tell(1)
            _ = copy
        }
        await yieldUntil { ended.value == rounds }
    }

    @Test("a body that throws")
    func throwing() async throws {
        let ledger = Ledger()
        do {
            let mailbox = adder()
            try mailbox.tell(.fail(Life(ledger)))
            #expect(await mailbox.terminated().isFailed)
            #expect(refusal { () throws(SendError<Request>) in try mailbox.tell(.add(1)) } == .closed)
        }
        await yieldUntil { ledger.alive == 0 }
    }

    // MARK: - Watchers

    @Test("watchers before and after the termination are told once")
    func watchers() async throws {
        let (told, count) = (Log<Bool>(), 10)
        let mailbox = adder()
        for _ in 0..<count { mailbox.watch { told.note($0.isFailed) } }
        #expect(told.entries.isEmpty)
        try mailbox.tell(.fail(Life(Ledger())))
        #expect(await mailbox.terminated().isFailed)
        await yieldUntil { told.entries.count == count }
        for number in 1...count {
            mailbox.watch { told.note($0.isFailed) }
            #expect(told.entries.count == count + number, "told at once")
        }
        #expect(!told.entries.contains(false))
    }

    @Test("watchers while it terminates: each is told, once")
    func watchersMeanwhile() async throws {
        for _ in 0..<scaled(300, atLeast: 30) {
            let told = Counter()
            let mailbox = adder()
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { for _ in 0..<5 { mailbox.watch { _ in told.add() } } }
                }
                group.addTask { mailbox.stop() }
                group.addTask { _ = await mailbox.terminated() }
            }
            await yieldUntil { told.value == 20 }
        }
    }

    @Test("a mailbox watches others")
    func watchedByMailbox() async throws {
        let count = 20
        let notices = Log<Int>()
        let supervisor = Mailbox<(number: Int, failed: Bool)> { inbox in
            for await notice in inbox { notices.note(notice.failed ? -notice.number : notice.number) }
        }
        for number in 1...count {
            let watched = adder()
            watched.watch(by: supervisor) { (number, $0.isFailed) }
            if number % 2 == 0 { try watched.tell(.fail(Life(Ledger()))) }
        }
        await yieldUntil { notices.entries.count == count }
        #expect(notices.entries.sorted() == (1...count).map { $0 % 2 == 0 ? -$0 : $0 }.sorted())
        supervisor.stop()
        _ = await supervisor.terminated()
        // A watcher that is gone, or full, is not told; nothing happens.
        let late = adder()
        late.watch(by: supervisor) { (1, $0.isFailed) }
        late.stop()
        #expect(await late.terminated().isFinished)
    }

    @Test("handles of one mailbox")
    func sameMailbox() async {
        let (first, second) = (adder(), adder())
        let copy = first
        #expect(copy.isSameMailbox(as: first))
        #expect(!second.isSameMailbox(as: first))
    }

    // MARK: - Lifetimes

    @Test("messages, answers and what the body holds live no longer than they should")
    func lifetimes() async throws {
        let ledger = Ledger()
        for round in 0..<scaled(300, atLeast: 30) {
            let held = Life(ledger)
            let mailbox = Mailbox<(Life, Reply<Life>?)> { inbox in
                _ = held
                var left = round % 7
                for await (life, reply) in inbox {
                    reply?.send(life)
                    left -= 1
                    if left <= 0 { break }
                }
            }
            for number in 0..<5 { try? mailbox.tell((Life(ledger, number), nil)) }
            _ = try? await mailbox.ask(timeout: round % 2 == 0 ? .zero : nil) { (Life(ledger), $0) }
            if round % 3 == 0 { mailbox.stop() }
            if round % 3 == 1 { mailbox.cancel() }
        }
        await yieldUntil { ledger.alive == 0 }
        #expect(ledger.created >= scaled(300, atLeast: 30) * 7)
    }

    @Test("what a mailbox was told and has not received goes with its body, though a handle is kept")
    func undelivered() async throws {
        let ledger = Ledger()
        let gate = Gate()
        let mailbox = Mailbox<Life>(on: MailboxExecutor()) { _ in gate.wait() }
        for number in 0..<100 { try mailbox.tell(Life(ledger, number)) }
        #expect(ledger.alive == 100)
        gate.open()
        _ = await mailbox.terminated()
        await yieldUntil { ledger.alive == 0 }
        #expect(throws: SendError<Life>.self) { try mailbox.tell(Life(ledger)) }
    }
}
