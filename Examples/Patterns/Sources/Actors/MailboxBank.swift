// SPDX-License-Identifier: Apache-2.0

import Tributary
import TributaryExecutors

enum BankMessage: Sendable {
    case transfer(Transfer)
    case balances(Reply<[String: Int]>)
    /// Answered when there is such an account, which may be never.
    case alarm(below: Int, Reply<String>)
}

/// The accounts are variables of a loop: nobody else can have them, and each message is done before the next.
func makeMailboxBank(on executor: WorkStealingExecutor) -> Mailbox<BankMessage> {
    Mailbox(on: executor) { inbox in
        var balances: [String: Int] = [:]
        var alarms: [(limit: Int, reply: Reply<String>)] = []
        for await message in inbox {
            switch message {
            case .transfer(let transfer):
                guard transfer.amount >= 0 else { throw NegativeAmount(transfer: transfer) }
                balances[transfer.from, default: 0] -= transfer.amount
                balances[transfer.to, default: 0] += transfer.amount
            case .balances(let reply):
                reply.send(balances)
            case .alarm(let limit, let reply):
                alarms.append((limit, reply))
            }
            // A reply can be kept and sent later; one that is dropped tells who asked that there is no answer.
            alarms.removeAll { alarm in
                guard let account = balances.filter({ $0.value < alarm.limit }).keys.min() else { return false }
                alarm.reply.send(account)
                return true
            }
        }
    }
}
