// SPDX-License-Identifier: Apache-2.0
// expect: switch must be exhaustive

import Tributary

struct File: ~Copyable {}

func run(_ sender: inout Sender<File>) {
    switch sender.trySend(File()) {
    case .sent: break
    }
}
