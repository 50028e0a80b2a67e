// SPDX-License-Identifier: Apache-2.0
// expect: sending 'sender' risks causing data races

import Tributary

func run(_ channel: Channel<Int>) async throws {
    var sender = channel.makeSender()
    async let closed = sender.closed()
    try await sender.send(1)
    _ = await closed
}
