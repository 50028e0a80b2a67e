// SPDX-License-Identifier: Apache-2.0
// expect: requires that 'Sender<Int>' conform to 'Copyable'

import Tributary

func run() {
    let channel = Channel<Int>(capacity: .bounded(8))
    let senders = [channel.makeSender()]
    _ = senders
}
