// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// Many at one mailbox, every message accounted for.
@Suite("Mailbox stress", .serialized, .watchdog)
struct MailboxStressTests {
    private struct Message: Sendable {
        var thread: Int
        var life: Life
        var reply: Reply<Int>?
    }

    @Test("8 threads tell", arguments: Home.allCases)
    func tell(home: Home) async throws {
        let (threads, each) = (8, scaled(5000, atLeast: 500))
        let ledger = Ledger()
        try await inHouse(home) { house in
            let mailbox = Mailbox<Message>(on: house.tasks) { inbox in
                var next = [Int](repeating: 0, count: threads)
                for await message in inbox {
                    #expect(house.isCurrent)
                    #expect(message.life.number == next[message.thread])
                    next[message.thread] += 1
                    message.reply?.send(message.life.number)
                }
                #expect(next == [Int](repeating: each, count: threads))
            }
            await blocking {
                var group = ThreadGroup()
                for thread in 0..<threads {
                    group.start {
                        for number in 0..<each {
                            try! mailbox.tell(Message(thread: thread, life: Life(ledger, number)))
                        }
                    }
                }
                group.join()
            }
            mailbox.stop()
            #expect(await mailbox.terminated().isFinished)
        }
        #expect(ledger.created == threads * each)
        await yieldUntil { ledger.alive == 0 }
    }

    @Test("tasks ask, send and tell a bounded inbox", arguments: [1, 16])
    func mixed(capacity: Int) async throws {
        let (tasks, each) = (8, scaled(1000, atLeast: 100))
        let (ledger, received, accepted) = (Ledger(), Counter(), Counter())
        let executor = WorkStealingExecutor(workers: 2)
        do {
            let mailbox = Mailbox<Message>(capacity: .bounded(capacity), on: executor) { inbox in
                for await message in inbox {
                    received.add()
                    message.reply?.send(message.life.number)
                }
            }
            await withTaskGroup(of: Void.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        for number in 0..<each {
                            let life = Life(ledger, number)
                            switch number % 3 {
                            case 0:
                                if (try? mailbox.tell(Message(thread: task, life: life))) != nil { accepted.add() }
                            case 1:
                                if (try? await mailbox.send(Message(thread: task, life: life))) != nil {
                                    accepted.add()
                                }
                            default:
                                do throws(AskError) {
                                    let answer = try await mailbox.ask {
                                        Message(thread: task, life: life, reply: $0)
                                    }
                                    #expect(answer == number)
                                    accepted.add()
                                } catch {
                                    #expect(error == .notSent(.full))
                                }
                            }
                        }
                    }
                }
            }
            mailbox.stop()
            #expect(await mailbox.terminated().isFinished)
        }
        #expect(received.value == accepted.value)
        #expect(received.value >= tasks * (each / 3), "each send has arrived")
        await executor.shutdown()
        await yieldUntil { ledger.alive == 0 }
    }

    @Test("answers against timeouts and cancellation")
    func timeouts() async throws {
        let executor = WorkStealingExecutor(workers: 2)
        let mailbox = Mailbox<Reply<Int>>(on: executor) { inbox in
            for await reply in inbox {
                await Task.yield()
                reply.send(1)
            }
        }
        let (answered, given) = (Counter(), Counter())
        let (tasks, each) = (8, scaled(300, atLeast: 30))
        await withTaskGroup(of: Void.self) { group in
            for task in 0..<tasks {
                group.addTask {
                    for number in 0..<each {
                        let asking = Task {
                            await Result { () async throws(AskError) in
                                try await mailbox.ask(timeout: .microseconds(number)) { $0 }
                            }
                        }
                        if (task + number) % 3 == 0 { asking.cancel() }
                        switch await asking.value {
                        case .success(let answer):
                            #expect(answer == 1)
                            answered.add()
                        case .failure(let error):
                            #expect(error == .timedOut || error == .cancelled)
                            given.add()
                        }
                    }
                }
            }
        }
        #expect(answered.value + given.value == tasks * each)
        #expect(try await mailbox.ask { $0 } == 1)
        mailbox.stop()
        #expect(await mailbox.terminated().isFinished)
        await executor.shutdown()
    }
}
