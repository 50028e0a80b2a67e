// SPDX-License-Identifier: Apache-2.0
// compiles
import Tributary

struct Reading: Sendable { var value: Double }

func run(_ channel: sending Channel<Reading>) async -> Double {
    await withTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
            var sender = channel.makeSender()
            group.addTask {
                try? sender.trySend(Reading(value: Double(number)))
                var clone = sender.clone()
                try? clone.trySend(Reading(value: 1))
            }
        }
        let shared = channel.makeSharedSender()
        for number in 4..<8 {
            group.addTask { try? shared.trySend(Reading(value: Double(number))) }
        }
    }
    // The channel moves on to another task.
    let task = Task {
        var sum = 0.0
        while let reading = channel.tryReceive() { sum += reading.value }
        return sum
    }
    return await task.value
}
