// SPDX-License-Identifier: Apache-2.0
// expect: 'sender' used after consume

import Tributary

func finish(_ sender: consuming Sender<Int>) {}

func run() throws {
    let channel = Channel<Int>(capacity: .bounded(8))
    var sender = channel.makeSender()
    finish(sender)
    try sender.trySend(1)
}
