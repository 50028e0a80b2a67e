// SPDX-License-Identifier: Apache-2.0
// The pieces of docs/getting-started.md: each is a function, and what it returns is checked below.

import Foundation
import Synchronization
import Tributary

/// One after another on one thread: nothing here needs two.
func fullAndEmpty() -> Int {
    let channel = Channel<Int>(capacity: .bounded(2))
    var sender = channel.makeSender()

    var sent = 0
    do {
        while true {
            try sender.trySend(7)
            sent += 1
        }
    } catch {
        // error.reason is .full, and error.element is what was not sent
    }
    while channel.tryReceive() != nil {}  // until it is empty

    do {
        _ = try channel.receiveBlocking(timeout: .milliseconds(1))
        return -1
    } catch {
        return sent  // ReceiveTimeoutError
    }
}

func batches() throws -> Int {
    let channel = Channel<Int>(capacity: .unbounded)
    var sender = channel.makeSender()
    let values = Array(0..<100)
    try sender.sendBlocking(contentsOf: values.span)
    _ = consume sender

    func total(of run: Span<Int>) -> Int {  // reads the messages where they were written
        var total = 0
        for index in run.indices { total += run[index] }
        return total
    }
    var sum = 0
    while let part = channel.receiveBlocking(upTo: 64, total) {  // nil: no sender is left
        sum += part
    }
    return sum
}

func inPlace() throws -> Bool {
    let channel = Channel<Int>(capacity: .bounded(1024))
    var sender = channel.makeSender()
    let sent = try sender.sendBlocking(upTo: 16) { slots in  // 1 to 16 free slots
        while !slots.isFull { slots.append(1) }  // written where the receiver will read it
    }
    var sum = 0
    for _ in 0..<sent { sum += channel.receiveBlocking() ?? 0 }
    return sent >= 1 && sum == sent
}

func shared() -> Int {
    let channel = Channel<Int>(capacity: .bounded(1024))
    let sender = channel.makeSharedSender()  // copyable: for closures and callbacks
    DispatchQueue.concurrentPerform(iterations: 3) { _ in
        for value in 0..<10 { try? sender.sendBlocking(value) }
    }
    var sum = 0
    while let value = channel.tryReceive() { sum += value }
    return sum
}

/// Messages may be noncopyable: there is always one owner, and the last one is told.
struct Ticket: ~Copyable {
    static let destroyed = Mutex(0)
    let number: Int

    deinit {
        Self.destroyed.withLock { $0 += 1 }
    }
}

func ownedMessages() -> Int {
    do {
        let channel = Channel<Ticket>(capacity: .bounded(16))
        var sender = channel.makeSender()
        _ = sender.sendBlocking(Ticket(number: 1))
        _ = sender.sendBlocking(Ticket(number: 2))
        if let first = channel.receiveBlocking() { precondition(first.number == 1) }

        channel.close()
        switch sender.sendBlocking(Ticket(number: 3)) {
        case .sent: preconditionFailure("a closed channel took a message")
        case .returned(let ticket, let reason):  // ours again
            precondition(ticket.number == 3 && reason == .closed)
        }
    }  // the channel destroys the second, which nobody received
    return Ticket.destroyed.withLock { $0 }
}

var failures = 0

@MainActor func expect<Value: Equatable>(_ name: String, _ expected: Value, _ actual: Value) {
    if actual != expected {
        print("\(name): \(actual) instead of \(expected)")
        failures += 1
    }
}

expect("fullAndEmpty", 2, fullAndEmpty())
expect("batches", 4950, try batches())
expect("inPlace", true, try inPlace())
expect("shared", 135, shared())
expect("ownedMessages", 3, ownedMessages())
print(failures == 0 ? "tour: passed" : "tour: failed")
exit(failures == 0 ? 0 : 1)
