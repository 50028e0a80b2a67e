// SPDX-License-Identifier: Apache-2.0
// expect: sending 'document' risks causing data races

import Tributary

final class Document { var title = "" }

func run(_ sender: SharedSender<Document>) {
    let document = Document()
    _ = sender.trySend(document)
    document.title = "changed while the receiver reads"
}
