// SPDX-License-Identifier: Apache-2.0
// The pieces of docs/executors.md: each is compiled, and what it does is checked in main.swift.

import Foundation
import TributaryExecutors

/// An actor with a thread of its own.
actor Journal {
    private let executor = MailboxExecutor(name: "journal")  // kept: the actor has to
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var lines: [String] = []

    func write(_ line: String) {  // may block: nobody else needs this thread
        lines.append(line)
    }

    var count: Int { lines.count }
}

/// One of a million.
actor Session {
    private let mailbox: SerialMailbox
    nonisolated var unownedExecutor: UnownedSerialExecutor { mailbox.asUnownedSerialExecutor() }

    private var requests = 0

    init(on executor: WorkStealingExecutor) {
        mailbox = SerialMailbox(on: executor)
    }

    func handle() -> Int {
        requests += 1
        return requests
    }
}

/// Everything that is `@Laboratory` runs on one thread: for a library that is bound to one.
@globalActor
actor Laboratory {
    static let shared = Laboratory()
    static let executor = MailboxExecutor(name: "laboratory")
    nonisolated var unownedExecutor: UnownedSerialExecutor { Self.executor.asUnownedSerialExecutor() }
}

@Laboratory
final class Instrument {
    private var measurements = 0

    nonisolated init() {}

    func measure() -> Int {
        measurements += 1
        return measurements
    }
}

/// Two that talk much share an executor: a call from one to the other is then a call, and no hop.
actor Kitchen {
    let executor: MailboxExecutor
    nonisolated var unownedExecutor: UnownedSerialExecutor { executor.asUnownedSerialExecutor() }

    private var dishes = 0

    init(on executor: MailboxExecutor) { self.executor = executor }

    func cook() -> Int {
        dishes += 1
        return dishes
    }
}

actor Waiter {
    private let kitchen: Kitchen
    nonisolated var unownedExecutor: UnownedSerialExecutor { kitchen.unownedExecutor }

    init(of kitchen: Kitchen) { self.kitchen = kitchen }

    func serve(_ guests: Int) async -> Int {
        var served = 0
        for _ in 0..<guests { served = await kitchen.cook() }
        return served
    }
}
