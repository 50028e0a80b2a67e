// SPDX-License-Identifier: Apache-2.0
// expect: risks causing data races

import Tributary

func run() async {
    let channel = Channel<Int>(capacity: .bounded(8))
    var sender = channel.makeSender()
    let task = Task { try? sender.trySend(1) }
    try? sender.trySend(2)
    await task.value
}
