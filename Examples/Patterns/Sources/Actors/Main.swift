// SPDX-License-Identifier: Apache-2.0

// Actor mailboxes: many senders, one actor, with messages and with methods.
//
// Standard input has transfers, `from to amount`. Tellers (tasks) take them to two banks at once: MailboxBank.swift is told messages,
// ActorBank.swift is a native actor on an executor of this library. In the end both must have the same balances.
//
//     tell       a teller does not wait: the message is in the inbox
//     ask        a question with its reply, here with a timeout: which account fell below the limit?
//     watch      a supervisor is told how the bank ended
//     stop       the bank goes through what is in its inbox, then ends
//
// A transfer of a negative amount shows what differs when something goes wrong: an actor's method throws to the one who called it,
// and the actor lives on; a mailbox's body that throws is dead, and its watchers hear why.
//
//     printf 'anna berta 5\nberta carl 7\n' | actors --limit=-3

import ArgumentParser
import Foundation
import Tributary
import TributaryExecutors

struct Transfer: Sendable, CustomStringConvertible {
    let from: String
    let to: String
    let amount: Int

    var description: String { "\(amount) from \(from) to \(to)" }
}

struct NegativeAmount: Error, CustomStringConvertible {
    let transfer: Transfer

    var description: String { "a negative amount: \(transfer)" }
}

@main
struct Main: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "actors", abstract: "Keeps the same accounts in a mailbox and in an actor.")

    @Option(help: "Tellers, 1 to 1000.")
    var tellers = 4

    @Option(help: "Ask which account has fallen below this.")
    var limit = -100

    func validate() throws {
        guard 1...1000 ~= tellers else { throw ValidationError("--tellers is from 1 to 1000") }
    }

    func run() async throws {
        let executor = WorkStealingExecutor(name: "bank")
        let supervisor = makeSupervisor(on: executor)
        let mailbox = makeMailboxBank(on: executor)
        mailbox.watch(by: supervisor) { .ended("mailbox", $0) }
        let actor = ActorBank(on: executor)

        let refused = await take(Self.standardInput(), to: mailbox, and: actor)

        await report(mailbox, actor)
        do {
            let account = try await mailbox.ask(timeout: .milliseconds(20)) { .alarm(below: limit, $0) }
            print("alarm: \(account) is below \(limit)")
        } catch {
            print("alarm: \(error)")
        }
        print("journal: \(await actor.journal.summary)")
        print("refused: \(refused.mailbox) by the mailbox, \(refused.actor) by the actor")

        mailbox.stop()
        if case .failed = await mailbox.terminated() { print("the mailbox's accounts are lost") }
        supervisor.stop()  // has been told by then
        _ = await supervisor.terminated()
    }

    private static func standardInput() -> [Transfer] {
        var transfers: [Transfer] = []
        while let line = readLine() {
            let words = line.split(separator: " ").map(String.init)
            guard words.count == 3, let amount = Int(words[2]) else { continue }
            transfers.append(Transfer(from: words[0], to: words[1], amount: amount))
        }
        return transfers
    }

    /// Each teller takes every n-th transfer.
    private func take(
        _ transfers: [Transfer], to mailbox: Mailbox<BankMessage>, and actor: ActorBank
    ) async -> (mailbox: Int, actor: Int) {
        await withTaskGroup(of: (Int, Int).self) { group in
            for teller in 0..<tellers {
                group.addTask {
                    var refused = (0, 0)
                    for index in stride(from: teller, to: transfers.count, by: tellers) {
                        do { try mailbox.tell(.transfer(transfers[index])) } catch { refused.0 += 1 }
                        do { try await actor.execute(transfers[index]) } catch { refused.1 += 1 }
                    }
                    return refused
                }
            }
            return await group.reduce((0, 0)) { ($0.0 + $1.0, $0.1 + $1.1) }
        }
    }

    private func report(_ mailbox: Mailbox<BankMessage>, _ actor: ActorBank) async {
        // The question stands behind the transfers in the inbox: the answer knows them all.
        let told = try? await mailbox.ask { .balances($0) }
        let called = await actor.balances
        print("account      mailbox     actor")
        for (account, balance) in called.sorted(by: { $0.key < $1.key }) {
            let inMailbox = told.map { String($0[account] ?? 0) } ?? "-"
            print(account.padding(toLength: 10, withPad: " ", startingAt: 0)
                + Self.column(inMailbox) + Self.column(String(balance)))
        }
    }

    private static func column(_ text: String) -> String {
        String(repeating: " ", count: max(0, 10 - text.count)) + text
    }
}

enum SupervisorMessage: Sendable {
    case ended(String, MailboxTermination)
}

func makeSupervisor(on executor: WorkStealingExecutor) -> Mailbox<SupervisorMessage> {
    Mailbox(on: executor) { inbox in
        for await case .ended(let name, let termination) in inbox {
            switch termination {
            case .finished: print("supervisor: the \(name) has finished")
            case .failed(let error): print("supervisor: the \(name) has failed: \(error)")
            }
        }
    }
}
