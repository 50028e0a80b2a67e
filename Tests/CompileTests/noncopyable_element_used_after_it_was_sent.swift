// SPDX-License-Identifier: Apache-2.0
// expect: 'file' used after consume

import Tributary

struct File: ~Copyable { var descriptor: Int }

func run(_ sender: inout Sender<File>) -> Int {
    let file = File(descriptor: 1)
    _ = sender.trySend(file)
    return file.descriptor
}
