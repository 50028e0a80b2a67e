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
enum Worker {
    static func start(
        files: FileList, sender: consuming Sender<String>, results: WorkerResults
    ) {
        var sender = sender
        startThread(name: "worker") { run(files, &sender, results) }
    }  // The last sender's end, with its thread's, is what ends the receiver's loop.

    private static func run(
        _ files: FileList, _ sender: inout Sender<String>, _ results: WorkerResults
    ) {
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
    }
}
