// SPDX-License-Identifier: Apache-2.0
// expect: conformance of 'Channel<Element>' to 'Sendable' is unavailable

import Tributary

func share<Value: Sendable>(_ value: Value) {}

func run(_ channel: Channel<Int>) {
    share(channel)
}
