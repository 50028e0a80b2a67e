// SPDX-License-Identifier: Apache-2.0
// expect: 'sender' used after consume

import Tributary

func run() throws {
    let channel = Channel<Int>(capacity: .bounded(8))
    var sender = channel.makeSender()
    var other = sender
    try sender.trySend(1)
    try other.trySend(2)
}
