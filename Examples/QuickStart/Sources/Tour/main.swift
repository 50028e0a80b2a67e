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

/// Tasks on both ends. A thread or a C callback may send to the same channel.
func tasks() async -> Int {
    let channel = Channel<Int>(capacity: .bounded(16))
    return await withTaskGroup(of: Void.self) { group in
        for start in [0, 1000, 2000] {
            var sender = channel.makeSender()
            group.addTask {
                for number in start..<start + 1000 {
                    try? await sender.send(number)  // suspends while the channel is full
                }
            }  // the sender ends with its task
        }
        var sum = 0
        for await number in channel {  // ends when the last sender has ended
            sum += number
        }
        return sum
    }
}

struct SensorFault: Error {}

/// A channel that a sender may end with an error.
func finishing() async -> Int {
    let channel = ThrowingChannel<Int, SensorFault>(capacity: .bounded(16))
    var sender = channel.makeSender()
    try? await sender.send(1)
    sender.finish(throwing: SensorFault())
    var sum = 0
    do {
        for try await number in channel { sum += number }
    } catch {
        sum += 10  // after the messages
    }
    return sum
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
expect("tasks", 4_498_500, await tasks())
expect("finishing", 11, await finishing())
print(failures == 0 ? "tour: passed" : "tour: failed")
exit(failures == 0 ? 0 : 1)
