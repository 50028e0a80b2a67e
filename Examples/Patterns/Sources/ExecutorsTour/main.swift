// SPDX-License-Identifier: Apache-2.0

import Foundation
import TributaryExecutors

var failures = 0

@MainActor func expect<Value: Equatable>(_ name: String, _ expected: Value, _ actual: Value) {
    if actual != expected {
        print("\(name): \(actual) instead of \(expected)")
        failures += 1
    }
}

let journal = Journal()
await journal.write("a line")
expect("journal", 1, await journal.count)

let instrument = Instrument()
_ = await instrument.measure()
expect("instrument", 2, await instrument.measure())

let kitchen = Kitchen(on: MailboxExecutor())
expect("kitchen", 5, await Waiter(of: kitchen).serve(5))

expect("sumOfSquares", 333_833_500, await sumOfSquares(to: 1000))
expect("sessions", 1000, await sessions(1000))
#if os(Linux)
    let jobs = try await withUnsafeThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Result { try eventLoop() }) }
    }
    // The waiter is enqueued once, and cooking is no job of its own.
    expect("eventLoop", 1, jobs)
#endif
expect("mailboxes", 12, try await mailboxes())
expect("supervised", "savings: failed(Swift.CancellationError())", try await supervised())

print(failures == 0 ? "executors tour: passed" : "executors tour: failed")
exit(failures == 0 ? 0 : 1)
