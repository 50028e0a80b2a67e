// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Tributary

struct Reading: Sendable {
    var sensor: Int
    var value: Double
}

let channel = Channel<Reading>(capacity: .bounded(1024))  // of each sender; or .unbounded

for sensor in 0..<4 {
    // A sender has one owner at a time. The mutex hands it to the thread, whose closure could
    // run twice for all that the compiler knows.
    let handOver = Mutex<Sender<Reading>?>(channel.makeSender())
    Thread.detachNewThread {
        guard var sender = handOver.withLock({ $0.take() }) else { return }
        for number in 0..<1000 {
            do {
                try sender.sendBlocking(Reading(sensor: sensor, value: 0.5 * Double(number)))
            } catch {
                break  // the receiver has closed: error.element is the message
            }
        }
    }  // the sender ends with its scope
}

var count = 0
var sum = 0.0
while let reading = channel.receiveBlocking() {  // nil when the last sender has ended
    count += 1
    sum += reading.value
}
print("\(count) readings, sum \(sum)")
