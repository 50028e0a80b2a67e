// SPDX-License-Identifier: Apache-2.0

import Tributary
import TributaryExecutors

enum Request: Sendable {
    case deposit(Int)
    case balance(Reply<Int>)
}

func makeAccount(on executor: any TaskExecutor) -> Mailbox<Request> {
    Mailbox(on: executor) { inbox in
        var balance = 0  // the state: nobody else can reach it
        for await request in inbox {
            switch request {
            case .deposit(let amount): balance += amount
            case .balance(let reply): reply.send(balance)
            }
        }
    }
}

func mailboxes() async throws -> Int {
    let executor = WorkStealingExecutor()
    let account = makeAccount(on: executor)
    try account.tell(.deposit(5))  // from anywhere; never waits
    try account.tell(.deposit(7))
    let balance = try await account.ask(timeout: .seconds(10)) { .balance($0) }
    account.stop()  // what was told before is still received
    guard case .finished = await account.terminated() else { return -1 }
    return balance
}

enum Notice: Sendable {
    case ended(account: String, MailboxTermination)
}

/// A supervisor is a mailbox, too.
func supervised() async throws -> String {
    let ended = Channel<String>(capacity: .unbounded)
    let reports = ended.makeSharedSender()
    let supervisor = Mailbox<Notice> { inbox in
        for await case .ended(let account, let termination) in inbox {
            try reports.trySend("\(account): \(termination)")
        }
    }
    let account = Mailbox<Request> { _ in throw CancellationError() }
    account.watch(by: supervisor) { .ended(account: "savings", $0) }
    let report = await ended.receive()
    supervisor.stop()
    return report ?? "nothing"
}
