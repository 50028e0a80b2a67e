// SPDX-License-Identifier: Apache-2.0

import Synchronization

/// Counts the lives of the messages of one test.
final class Ledger: Sendable {
    private let createdCount = Atomic<Int>(0)
    private let destroyedCount = Atomic<Int>(0)

    var created: Int { createdCount.load(ordering: .sequentiallyConsistent) }
    var destroyed: Int { destroyedCount.load(ordering: .sequentiallyConsistent) }
    var alive: Int { created - destroyed }

    func noteCreated() { createdCount.add(1, ordering: .sequentiallyConsistent) }
    func noteDestroyed() { destroyedCount.add(1, ordering: .sequentiallyConsistent) }
}

/// A noncopyable message with a counted life.
struct Token: ~Copyable, Sendable {
    let number: Int
    private let ledger: Ledger

    init(_ number: Int, _ ledger: Ledger) {
        self.number = number
        self.ledger = ledger
        ledger.noteCreated()
    }

    deinit { ledger.noteDestroyed() }
}

/// A copyable, `Sendable` message with a counted life.
final class Parcel: Sendable {
    let number: Int
    private let ledger: Ledger

    init(_ number: Int, _ ledger: Ledger) {
        self.number = number
        self.ledger = ledger
        ledger.noteCreated()
    }

    deinit { ledger.noteDestroyed() }
}

/// A counter that threads share.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }
    func add(_ amount: Int = 1) { count.add(amount, ordering: .sequentiallyConsistent) }
}
