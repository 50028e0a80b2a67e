// SPDX-License-Identifier: Apache-2.0
// expect: risks causing data races
import Tributary

struct Fault: Error {}

func send() {
    let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(1))
    var sender = channel.makeSender()
    Task { try? await sender.send(1) }
    Task { sender.finish(throwing: Fault()) }
}
