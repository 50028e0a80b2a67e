// SPDX-License-Identifier: Apache-2.0

import Testing
import TributaryExecutors

/// Which executors the actors and tasks of a test live on; every test of native actors runs on each.
enum Home: CaseIterable, Sendable, CustomTestStringConvertible {
    case thread, oneWorker, twoWorkers, eightWorkers

    var testDescription: String {
        switch self {
        case .thread: "MailboxExecutor"
        case .oneWorker: "SerialMailbox on 1 worker"
        case .twoWorkers: "SerialMailbox on 2 workers"
        case .eightWorkers: "SerialMailbox on 8 workers"
        }
    }

    fileprivate var workers: Int? {
        switch self {
        case .thread: nil
        case .oneWorker: 1
        case .twoWorkers: 2
        case .eightWorkers: 8
        }
    }
}

/// The executors of one test.
final class House: Sendable {
    private let thread: MailboxExecutor?
    private let workers: WorkStealingExecutor?

    fileprivate init(_ home: Home) {
        workers = home.workers.map { WorkStealingExecutor(workers: $0) }
        thread = workers == nil ? MailboxExecutor() : nil
    }

    /// An executor for an actor: all actors share the thread, and each has a serial mailbox of its own.
    var executor: any SerialExecutor { thread ?? SerialMailbox(on: workers!) }

    /// The executor for tasks.
    var tasks: any TaskExecutor { thread ?? workers! }

    /// Whether this is one of its threads.
    var isCurrent: Bool { thread?.isCurrent ?? workers!.isCurrent }

    fileprivate func close() async {
        await thread?.shutdown()
        await workers?.shutdown()
    }
}

/// Runs a test, which waits for all that it starts, and shuts the executors down.
func inHouse(_ home: Home, _ body: (House) async throws -> Void) async throws {
    let house = House(home)
    try await body(house)
    await house.close()
}

/// An actor for any purpose. Its state is not protected but by its executor, as ThreadSanitizer checks.
actor Room {
    private let executor: any SerialExecutor
    private let life: Life?
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    var count = 0
    var entries: [Int] = []

    init(_ executor: any SerialExecutor, _ ledger: Ledger? = nil) {
        self.executor = executor
        life = ledger.map { Life($0) }
    }

    @discardableResult
    func add(_ amount: Int = 1) -> Int {
        count += amount
        return count
    }

    func note(_ entry: Int) { entries.append(entry) }

    /// Runs `body` here.
    @discardableResult
    func run<Result: Sendable>(
        _ body: @Sendable (isolated Room) async throws -> Result
    ) async rethrows -> Result {
        try await body(self)
    }
}
