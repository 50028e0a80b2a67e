// SPDX-License-Identifier: Apache-2.0
// compiles
import Foundation
import Synchronization
import Tributary

/// A `@Sendable` closure cannot consume what it captures; a mutex hands the sender over.
final class Handover<Value: ~Copyable & Sendable>: Sendable {
    private let value: Mutex<Value?>

    init(_ value: consuming Value) {
        self.value = Mutex(value)
    }

    func take() -> Value? {
        value.withLock { $0.take() }
    }
}

func run() -> Int {
    let channel = Channel<Int>(capacity: .bounded(8))
    for number in 0..<4 {
        let handover = Handover(channel.makeSender())
        Thread.detachNewThread {
            guard var sender = handover.take() else { return }
            try? sender.sendBlocking(number)
        }
    }
    var sum = 0
    while let number = channel.receiveBlocking() { sum += number }
    return sum
}
