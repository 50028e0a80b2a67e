// SPDX-License-Identifier: Apache-2.0
// compiles
import Tributary

final class Document { var title = "" }
struct File: ~Copyable { var descriptor: Int }

func sendAgain(_ sender: inout Sender<Document>) {
    let document = Document()
    switch sender.trySend(document) {
    case .sent: break
    case .returned(let document, _):
        // It came back, and nobody else has it.
        document.title = "again"
        _ = sender.sendBlocking(document)
    }
}

func receive(_ channel: Channel<Document>) -> Task<Void, Never>? {
    guard let document = channel.tryReceive() else { return nil }
    // It was nobody else's, so it may move on.
    return Task { document.title = "received" }
}

func forward<Element: ~Copyable>(
    _ channel: Channel<Element>, to sender: inout Sender<Element>
) -> Element? {
    while let element = channel.tryReceive() {
        switch sender.trySend(element) {
        case .sent: continue
        case .returned(let element, let reason):
            print(reason)
            return element
        }
    }
    return nil
}

func forward<Element: Sendable>(
    _ channel: Channel<Element>, to sender: SharedSender<Element>
) throws(SendError<Element>) {
    while let element = channel.tryReceive() { try sender.trySend(element) }
}

func files(_ channel: Channel<File>, _ sender: inout Sender<File>) throws {
    try sender.trySend(File(descriptor: 1)).get()
    try sender.trySend(upTo: 8) { output in
        while !output.isFull { output.append(File(descriptor: 2)) }
    }
    let sum = channel.tryReceive(upTo: 8) { files in
        var sum = 0
        for index in files.indices { sum += files[index].descriptor }
        return sum
    }
    _ = sum
}
