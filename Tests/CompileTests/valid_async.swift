// SPDX-License-Identifier: Apache-2.0
// compiles
import Tributary

struct File: ~Copyable { var descriptor: Int32 }
final class Document { var text = "" }

actor Store {
    private var sum = 0

    func read(_ channel: sending Channel<Int>) async -> Int {
        for await number in channel { sum += number }
        return sum
    }
}

func tasks() async throws {
    let channel = Channel<Int>(capacity: .bounded(8))
    let shared = channel.makeSharedSender()
    await withTaskGroup(of: Void.self) { group in
        for number in 0..<4 {
            var sender = channel.makeSender()
            group.addTask {
                try? await sender.send(number)
                try? await sender.send(contentsOf: [1, 2, 3])
                await sender.closed()
            }
            group.addTask { try? await shared.send(number) }
        }
        _ = await channel.receive()
        _ = try? await channel.receive(timeout: .seconds(1))
        _ = await channel.receive(upTo: 10)
        for await number in channel where number > 3 { break }
        channel.close()
    }
    _ = await Store().read(Channel<Int>(capacity: .unbounded))
}

func elementsOfAnyKind() async {
    let files = Channel<File>(capacity: .bounded(8))
    var file = files.makeSender()
    switch await file.send(File(descriptor: 1)) {
    case .sent: break
    case .returned(let file, let reason): print(file.descriptor, reason)
    }
    if let file = await files.receive() { print(file.descriptor) }

    let documents = Channel<Document>(capacity: .bounded(8))
    var document = documents.makeSender()
    _ = await document.send(Document()).failure
    if let received = await documents.receive() {
        Task { received.text = "its owner's" }
    }
}

struct Fault: Error {}

// `Failure` is typed: no `try` for a channel, and no cast for a throwing one.
func endings() async {
    let channel = ThrowingChannel<File, Fault>(capacity: .bounded(8))
    var sender = channel.makeSender()
    let shared = channel.makeSharedSender()
    Task {
        _ = await sender.send(File(descriptor: 1), timeout: .seconds(1)).failure
        sender.finish(throwing: Fault())
    }
    Task { shared.finish(throwing: Fault()) }
    do throws(Fault) {
        while let file = try await channel.receive() { print(file.descriptor) }
    } catch {
        let fault: Fault = error
        print(fault)
    }
    do throws(ThrowingReceiveError<Fault>) {
        _ = try await channel.receive(timeout: .seconds(1))
    } catch {
        switch error {
        case .timedOut: break
        case .failed(let fault): print(fault)
        }
    }
}

func loopsOneAfterAnother(_ channel: sending Channel<Int>) async {
    let elements = ChannelElements(channel)
    for await number in elements where number > 3 { break }
    let task = Task { for await number in elements { print(number) } }
    await task.value
}

func threads(_ channel: Channel<Int>) {
    var sender = channel.makeSender()
    let thread = startThread(name: "sender") {
        try? sender.sendBlocking(1)
    }
    thread.join()
    startThread {}
    do throws(ThreadError) {
        _ = try JoinableThread(name: "another", stackSize: 1 << 20) {}
    } catch {
        print(error.code)
    }
}
