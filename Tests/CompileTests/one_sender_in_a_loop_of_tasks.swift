// SPDX-License-Identifier: Apache-2.0
// expect: passing closure as a 'sending' parameter risks causing data races

import Tributary

func run() async {
    let channel = Channel<Int>(capacity: .bounded(8))
    var sender = channel.makeSender()
    await withTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
            group.addTask { try? sender.trySend(number) }
        }
    }
}
