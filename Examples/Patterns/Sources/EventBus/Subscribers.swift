// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tributary

/// Has every price.
enum Journal {
    private struct Entry {
        var count = 0
        var low = Double.infinity
        var high = -Double.infinity
        var last = 0.0
    }

    static func keep(_ prices: Channel<Price>) async -> String {
        var entries: [String: Entry] = [:]
        for await price in prices {
            var entry = entries[price.symbol] ?? Entry()
            entry.count += 1
            entry.low = min(entry.low, price.value)
            entry.high = max(entry.high, price.value)
            entry.last = price.value
            entries[price.symbol] = entry
        }
        var lines = ["symbol    prices       low      high      last"]
        for (symbol, entry) in entries.sorted(by: { $0.key < $1.key }) {
            lines.append(
                symbol.padding(toLength: 8, withPad: " ", startingAt: 0)
                    + String(format: "%8d%10.2f%10.2f%10.2f", entry.count, entry.low, entry.high, entry.last))
        }
        let statistics = prices.statistics
        lines.append("journal: \(statistics.received) received, \(statistics.dropped) dropped")
        return lines.joined(separator: "\n")
    }
}

/// Sees what it can.
enum SlowLine {
    static func show(_ prices: Channel<Price>) async -> String {
        var first: Price?
        var last: Price?
        for await price in prices {
            first = first ?? price
            last = price
            try? await Task.sleep(for: .milliseconds(2))  // the line is as slow as that
        }
        let statistics = prices.statistics
        let counts = "\(statistics.received) received, \(statistics.dropped) dropped"
        guard let first, let last else { return counts }
        return "\(counts), from \(first.symbol) \(first.value) to \(last.symbol) \(last.value)"
    }
}
