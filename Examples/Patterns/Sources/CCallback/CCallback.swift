// SPDX-License-Identifier: Apache-2.0

// C callback to `for await`: a C library that calls a function, read like any other asynchronous sequence.
//
// The library (Sources/CLines) reads lines on a thread of its own and calls back for each. The callback's context owns a
// sender; the loop suspends between lines and blocks no thread. What needs care is in LineChannel.swift: who owns the context and when it is
// freed, what happens when the loop is slower than the library, and when it stops early.
//
//     c-callback < README.md
//     yes | c-callback --first 3

import ArgumentParser
import Foundation
import Tributary

@main
struct CCallback: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "c-callback", abstract: "Shows how long the lines of standard input are.")

    @Option(help: "Print the first lines instead, and read no more.")
    var first: Int?

    func run() async throws {
        let lines = try lines(of: STDIN_FILENO)
        if let first {
            guard first > 0 else { return }
            var number = 0
            for await line in lines {
                number += 1
                print("\(number)\t\(line)")
                if number == first { break }
            }
            lines.close()  // the C thread's next send says so, and it ends
        } else {
            var lengths = LineLengths()
            for await line in lines { lengths.add(line) }
            print(lengths.report)
        }
    }
}

struct LineLengths {
    private static let step = 20
    private var counts: [Int] = []
    private var total = 0
    private var bytes = 0
    private var longest = 0

    mutating func add(_ line: String) {
        let length = line.utf8.count
        let index = length / Self.step
        while counts.count <= index { counts.append(0) }
        counts[index] += 1
        total += 1
        bytes += length
        longest = max(longest, length)
    }

    var report: String {
        var lines: [String] = []
        let most = max(counts.max() ?? 0, 1)
        for (index, count) in counts.enumerated() where count > 0 {
            let bar = String(repeating: "#", count: (count * 40 + most - 1) / most)
            lines.append(String(format: "%6d… %7d  ", index * Self.step, count) + bar)
        }
        lines.append("\(total) lines, \(bytes) bytes in them, the longest has \(longest)")
        return lines.joined(separator: "\n")
    }
}
