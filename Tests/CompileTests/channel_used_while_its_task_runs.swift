// SPDX-License-Identifier: Apache-2.0
// expect: risks causing data races

import Tributary

func run() async {
    let channel = Channel<Int>(capacity: .bounded(8))
    let task = Task { channel.tryReceive() }
    _ = channel.tryReceive()
    _ = await task.value
}
