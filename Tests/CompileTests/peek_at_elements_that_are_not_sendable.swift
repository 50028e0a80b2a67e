// SPDX-License-Identifier: Apache-2.0
// expect: type 'Document' does not conform to the 'Sendable' protocol

import Tributary

final class Document { var title = "" }

func run(_ channel: Channel<Document>) -> Document? {
    channel.tryPeek { $0[0] }
}
