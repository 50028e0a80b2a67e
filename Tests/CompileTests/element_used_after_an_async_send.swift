// SPDX-License-Identifier: Apache-2.0
// expect: sending 'document' risks causing data races

import Tributary

final class Document { var text = "" }

func run(_ channel: Channel<Document>) async {
    var sender = channel.makeSender()
    let document = Document()
    _ = await sender.send(document).failure
    document.text = "still mine"
}
