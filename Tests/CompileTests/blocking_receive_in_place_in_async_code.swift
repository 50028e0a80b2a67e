// SPDX-License-Identifier: Apache-2.0
// expect: 'receiveBlocking' is unavailable from asynchronous contexts; this call blocks the thread

import Tributary

func run(_ channel: sending Channel<Int>) async {
    _ = channel.receiveBlocking(upTo: 4) { $0.count }
}
