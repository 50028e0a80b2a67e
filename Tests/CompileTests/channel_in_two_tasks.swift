// SPDX-License-Identifier: Apache-2.0
// expect: passing closure as a 'sending' parameter risks causing data races

import Tributary

func run() async {
    let channel = Channel<Int>(capacity: .bounded(8))
    await withTaskGroup(of: Int?.self) { group in
        group.addTask { channel.tryReceive() }
        group.addTask { channel.tryReceive() }
    }
}
