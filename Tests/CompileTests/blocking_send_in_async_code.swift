// SPDX-License-Identifier: Apache-2.0
// expect: 'sendBlocking' is unavailable from asynchronous contexts; this call blocks the thread

import Tributary

func run(_ sender: consuming Sender<Int>) async throws {
    var sender = sender
    try sender.sendBlocking(1)
}
