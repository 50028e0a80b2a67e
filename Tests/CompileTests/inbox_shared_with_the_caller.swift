// SPDX-License-Identifier: Apache-2.0
// The state of a mailbox is its body's alone.
// expect: sending value of non-Sendable type

import TributaryExecutors

final class Ledger {
    var sum = 0
}

func open() -> Int {
    let ledger = Ledger()
    _ = Mailbox<Int> { inbox in
        for await number in inbox { ledger.sum += number }
    }
    return ledger.sum
}
