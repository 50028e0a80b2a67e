// SPDX-License-Identifier: Apache-2.0
// expect: sending 'self.document' risks causing data races

import Tributary

final class Document { var title = "" }

actor Library {
    let document = Document()

    func publish(_ sender: inout Sender<Document>) {
        _ = sender.trySend(document)
    }
}
