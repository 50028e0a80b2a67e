// SPDX-License-Identifier: Apache-2.0
// expect: 'sendBlocking' is unavailable from asynchronous contexts; this call blocks the thread

import Tributary

func run(_ sender: SharedSender<Int>) async throws {
    try sender.sendBlocking(1, timeout: .seconds(1))
}
