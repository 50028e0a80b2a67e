// SPDX-License-Identifier: Apache-2.0

import Tributary

struct Reading: Sendable {
    var sensor: Int
    var value: Double
}

let channel = Channel<Reading>(capacity: .bounded(1024))  // of each sender; or .unbounded

for sensor in 0..<4 {
    var sender = channel.makeSender()  // has one owner at a time: it moves into the thread
    startThread {
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
