// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization
import Tributary

/// What the workers have to say when they are done.
final class WorkerResults: Sendable {
    struct Total {
        var bytes = 0
        var unreadable = 0
        var failure: SendFailure?
    }

    private let state = Mutex(Total())

    /// Complete when the channel has finished: a worker adds before its sender ends.
    var total: Total { state.withLock { $0 } }

    func add(bytes: Int, unreadable: Int, failure: SendFailure?) {
        state.withLock {
            $0.bytes += bytes
            $0.unreadable += unreadable
            $0.failure = $0.failure ?? failure
        }
    }
}

/// A thread that reads files, splits them into words, and sends these.
final class Worker: Sendable {
    private let files: FileList
    private let results: WorkerResults
    /// Until the thread takes it: a sender has one owner at a time.
    private let sender: Mutex<Sender<String>?>

    init(files: FileList, sender: consuming sending Sender<String>, results: WorkerResults) {
        self.files = files
        self.results = results
        self.sender = Mutex(consume sender)
    }

    func start() {
        Thread.detachNewThread { self.run() }
    }

    private func run() {
        guard var sender = sender.withLock({ $0.take() }) else { return }
        var splitter = WordSplitter()
        var failure: SendFailure?
        do {
            while let file = files.next() {
                try splitter.split(file) { word throws(SendError<String>) in
                    try sender.sendBlocking(word)
                }
            }
        } catch {
            failure = error.reason
        }
        results.add(bytes: splitter.bytes, unreadable: splitter.unreadable, failure: failure)
    }  // The last sender's end is what ends the receiver's loop.
}
