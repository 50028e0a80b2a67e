// SPDX-License-Identifier: Apache-2.0
// expect: cannot convert value of type
import Tributary

struct Fault: Error {}
struct OtherFault: Error {}

func finish() {
    let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(1))
    var sender = channel.makeSender()
    sender.finish(throwing: OtherFault())
}
