// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tributary

/// Reads one log; on a thread of its own, because reading a file blocks.
enum Worker {
    static func read(_ log: String, into sender: inout Sender<Finding>) {
        guard let file = fopen(log, "r") else {
            let reason = String(cString: strerror(errno))
            try? sender.sendBlocking(.unreadable(log: log, reason: reason))
            return
        }
        defer { fclose(file) }

        var line: UnsafeMutablePointer<CChar>?
        var room = 0
        defer { free(line) }
        while getline(&line, &room, file) >= 0 {
            let finding = parse(String(cString: line!))
            // The loop never closes the channel before the end, but a worker of another program
            // might find that it has nobody to work for.
            guard (try? sender.sendBlocking(finding)) != nil else { return }
        }
    }

    /// `host - - [24/Nov/2026:16:49:43 +0000] "GET / HTTP/1.1" 200 512 …`
    static func parse(_ line: String) -> Finding {
        guard let time = line.firstIndex(of: "["),
            let hour = line[time...].split(separator: ":", maxSplits: 2).dropFirst().first,
            let hour = Int(hour), 0..<24 ~= hour,
            let request = line.firstIndex(of: "\"")
        else { return .notUnderstood }
        let afterRequest = line[line.index(after: request)...].split(separator: "\"", maxSplits: 1)
        guard afterRequest.count == 2 else { return .notUnderstood }
        let numbers = afterRequest[1].split(whereSeparator: \.isWhitespace)
        guard numbers.count >= 2, let status = Int(numbers[0]), 100..<600 ~= status else {
            return .notUnderstood
        }
        return .request(hour: hour, status: status, bytes: Int(numbers[1]) ?? 0)  // "-": nothing
    }
}
