// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Tributary

/// A counter that threads share.
final class Counter: Sendable {
    private let count = Atomic<Int>(0)

    var value: Int { count.load(ordering: .sequentiallyConsistent) }

    @discardableResult
    func add(_ amount: Int = 1) -> Int {
        count.add(amount, ordering: .sequentiallyConsistent).newValue
    }
}

/// Counts the lives of a test's actors and messages.
final class Ledger: Sendable {
    private let begun = Counter()
    private let ended = Counter()

    var created: Int { begun.value }
    var alive: Int { begun.value - ended.value }

    fileprivate func noteBegun() { begun.add() }
    fileprivate func noteEnded() { ended.add() }
}

/// A life that is counted, to be held by what lives.
final class Life: Sendable {
    let number: Int
    private let ledger: Ledger

    init(_ ledger: Ledger, _ number: Int = 0) {
        self.ledger = ledger
        self.number = number
        ledger.noteBegun()
    }

    deinit { ledger.noteEnded() }
}

/// What jobs note, in order.
final class Log<Entry: Sendable>: Sendable {
    private let list = Guarded<[Entry]>([])

    var entries: [Entry] { list.withLock { $0 } }
    func note(_ entry: Entry) { list.withLock { $0.append(entry) } }
}

/// As the standard library's `Mutex`, into which ThreadSanitizer cannot see.
final class Guarded<Value: Sendable>: Sendable {
    private let lock = Lock()
    nonisolated(unsafe) private var value: Value

    init(_ value: Value) { self.value = value }

    func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
        lock.whileLocked { body(&value) }
    }
}
