// SPDX-License-Identifier: Apache-2.0
// A mailbox is told by any thread.
// expect: type 'Note' does not conform to the 'Sendable' protocol

import TributaryExecutors

final class Note {
    var text = ""
}

func open() {
    _ = Mailbox<Note> { inbox in
        for await note in inbox { print(note.text) }
    }
}
