// SPDX-License-Identifier: Apache-2.0

// Aggregator: many workers, one loop that adds up.
//
// Each worker is a thread that reads one web server's log and sends what each line says; one loop counts. The counts need no
// lock, since only the loop has them. A worker's sender is its own (a message is a store into memory that no other
// worker writes), and a worker that is faster than the loop waits when it is 4096 messages ahead. The loop ends when
// the last worker's sender has.
//
//     aggregator access.log access.log.1

import ArgumentParser
import Foundation
import Tributary

/// What workers send: results and troubles take the same way.
enum Finding: Sendable {
    case request(hour: Int, status: Int, bytes: Int)
    case notUnderstood
    case unreadable(log: String, reason: String)
}

@main
struct Aggregator: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "aggregator", abstract: "Sums web server logs up, by hour and status.")

    @Argument(help: "Files in the common or combined log format.")
    var logs: [String]

    func run() throws {
        let channel = Channel<Finding>(capacity: .bounded(4096))  // of each worker
        for log in logs {
            var sender = channel.makeSender()
            startThread(name: "worker") { Worker.read(log, into: &sender) }
        }

        var summary = Summary()
        // The findings are counted where they lie in the channel.
        while channel.receiveBlocking(upTo: .max, { summary.add($0) }) != nil {}

        print(summary.report)
        for complaint in summary.unreadable {
            FileHandle.standardError.write(Data("aggregator: \(complaint)\n".utf8))
        }
        if !summary.unreadable.isEmpty { throw ExitCode(1) }
    }
}
