// SPDX-License-Identifier: Apache-2.0

import TributaryExecutors

/// Where the actors and the tasks of a cell run. One set for the whole program: idle executors use nothing.
struct ActorExecutors: Sendable {
    /// Of the tasks; `nil`: the default one.
    let tasks: (any TaskExecutor)?
    /// Makes the executor of one actor; `nil`: the actors are default actors.
    let makeSerial: (@Sendable () -> any SerialExecutor)?

    static let workers = WorkStealingExecutor(name: "worker")
    static let mailbox = MailboxExecutor(name: "mailbox")

    init(for cell: Cell) {
        switch cell.implementation {
        case "default-executor":
            tasks = nil
            makeSerial = nil
        case "work-stealing":
            // Default actors follow the preference of the task that calls them.
            tasks = ActorExecutors.workers
            makeSerial = nil
        case "serial-mailbox":
            tasks = ActorExecutors.workers
            makeSerial = { SerialMailbox(on: ActorExecutors.workers) }
        case "mailbox-executor":
            tasks = ActorExecutors.mailbox
            makeSerial = { ActorExecutors.mailbox }
        default: Scenario.noImplementation(cell)
        }
    }

    /// Runs a body as a task of the cell, and returns its value and the nanoseconds it took.
    func run<Value: Sendable>(_ body: @escaping @Sendable () async -> Value) -> Value {
        let tasks = tasks
        return waitFor { await Task(executorPreference: tasks) { await body() }.value }
    }
}
