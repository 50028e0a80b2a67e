// SPDX-License-Identifier: Apache-2.0
// expect: type 'Document' does not conform to the 'Sendable' protocol

import Tributary

final class Document { var title = "" }

func run(_ sender: inout Sender<Document>, _ documents: [Document]) throws {
    _ = try sender.trySend(contentsOf: documents.span)
}
