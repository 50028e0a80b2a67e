// SPDX-License-Identifier: Apache-2.0
// expect: this call blocks the thread
import Tributary

struct Fault: Error {}

func receive(_ channel: ThrowingChannel<Int, Fault>) async throws(Fault) {
    _ = try channel.receiveBlocking()
}
