// SPDX-License-Identifier: Apache-2.0

/// How often each word occurred.
struct WordCounts {
    private(set) var total = 0
    private var counts: [String: Int] = [:]

    mutating func add(_ words: Span<String>) {
        for index in words.indices {
            counts[words[index], default: 0] += 1
        }
        total += words.count
    }

    /// The `top` most frequent words, all for 0, as `uniq -c` prints them: the highest count first,
    /// equal ones in alphabetical order.
    func report(top: Int) -> String {
        let sorted = counts.sorted { $0.value != $1.value ? $0.value > $1.value : $0.key < $1.key }
        var report = ""
        for (word, count) in sorted.prefix(top == 0 ? sorted.count : top) {
            let number = String(count)
            report += String(repeating: " ", count: max(0, 7 - number.count))
            report += "\(number) \(word)\n"
        }
        return report
    }
}
