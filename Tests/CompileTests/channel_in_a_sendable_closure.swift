// SPDX-License-Identifier: Apache-2.0
// expect: capture of 'channel' with non-Sendable type 'Channel<Int>' in a '@Sendable' closure

import Tributary

func run(_ channel: Channel<Int>) -> @Sendable () -> Void {
    { _ = channel.tryReceive() }
}
