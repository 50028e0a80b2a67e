// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What the loop knows.
struct Summary {
    private var requests = [Int](repeating: 0, count: 24)
    private var bytes = [Int](repeating: 0, count: 24)
    private var statuses = [Int](repeating: 0, count: 6)  // by their first digit
    private var notUnderstood = 0
    private(set) var unreadable: [String] = []

    mutating func add(_ findings: Span<Finding>) {
        for index in findings.indices {
            switch findings[index] {
            case .request(let hour, let status, let bytes):
                requests[hour] += 1
                self.bytes[hour] += bytes
                statuses[status / 100] += 1
            case .notUnderstood: notUnderstood += 1
            case .unreadable(let log, let reason): unreadable.append("\(log): \(reason)")
            }
        }
    }

    var report: String {
        var lines = ["hour  requests         bytes"]
        let most = max(requests.max()!, 1)
        for hour in 0..<24 where requests[hour] > 0 {
            let bar = String(repeating: "#", count: (requests[hour] * 40 + most - 1) / most)
            lines.append(String(format: "%4d %9d %13d  ", hour, requests[hour], bytes[hour]) + bar)
        }
        let classes = (1...5).map { "\($0)xx \(statuses[$0])" }.joined(separator: ", ")
        lines.append("\(requests.reduce(0, +)) requests: \(classes); \(notUnderstood) lines not understood")
        return lines.joined(separator: "\n")
    }
}
