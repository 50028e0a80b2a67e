// SPDX-License-Identifier: Apache-2.0

import TributaryExecutors

/// The same bank as an actor. Its executor is a mailbox that some worker empties: a program may have a million of them.
actor ActorBank {
    private(set) var balances: [String: Int] = [:]
    nonisolated let journal = Journal()
    private let mailbox: SerialMailbox
    nonisolated var unownedExecutor: UnownedSerialExecutor { mailbox.asUnownedSerialExecutor() }

    init(on executor: WorkStealingExecutor) { mailbox = SerialMailbox(on: executor) }

    func execute(_ transfer: Transfer) async throws {
        guard transfer.amount >= 0 else { throw NegativeAmount(transfer: transfer) }
        balances[transfer.from, default: 0] -= transfer.amount
        balances[transfer.to, default: 0] += transfer.amount
        // Other tellers' transfers may run here meanwhile: an actor's methods overlap where they wait.
        await journal.record(transfer)
    }
}

/// An actor that has a thread of its own, as one that blocks in writing a file or calls a library which is bound to a thread
/// should.
actor Journal {
    private var count = 0
    private var largest: Transfer?
    private let executor = MailboxExecutor(name: "journal")
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    func record(_ transfer: Transfer) {
        count += 1
        if transfer.amount > largest?.amount ?? -1 { largest = transfer }
    }

    var summary: String {
        "\(count) transfers" + (largest.map { ", the largest is \($0.amount)" } ?? "")
    }
}
