// SPDX-License-Identifier: Apache-2.0
// expect: sending value of non-Sendable type

import Tributary

func run(_ channel: Channel<Int>) {
    var sender = channel.makeSender()
    startThread { try? sender.sendBlocking(1) }
    try? sender.sendBlocking(2)
}
