// SPDX-License-Identifier: Apache-2.0
// expect: type 'Document' does not conform to the 'Sendable' protocol

import Tributary

final class Document { var title = "" }

func run(_ sender: inout Sender<Document>, _ document: Document) throws {
    try sender.trySend(upTo: 1) { $0.append(document) }
}
