// SPDX-License-Identifier: Apache-2.0
// expect: 'sender' is a 'let' constant

import Tributary

func run() throws {
    let channel = Channel<Int>(capacity: .bounded(8))
    let sender = channel.makeSender()
    try sender.trySend(1)
}
