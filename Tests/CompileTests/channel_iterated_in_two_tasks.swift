// SPDX-License-Identifier: Apache-2.0
// expect: risks causing data races

import Tributary

func run() async {
    let channel = Channel<Int>(capacity: .bounded(8))
    async let first: Void = { for await _ in channel {} }()
    for await _ in channel {}
    await first
}
