// SPDX-License-Identifier: Apache-2.0
// expect: call can throw, but it is not marked with 'try'

import Tributary

func run(_ channel: Channel<Int>) async {
    var sender = channel.makeSender()
    await sender.send(1)
}
