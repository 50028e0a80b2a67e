// SPDX-License-Identifier: Apache-2.0
// expect: lifetime-dependent variable 'kept' escapes its scope

import Tributary

func run(_ channel: Channel<Int>) -> Int? {
    var kept = Span<Int>()
    _ = channel.tryReceive(upTo: 4) { kept = $0 }
    return kept.isEmpty ? nil : kept[0]
}
