// SPDX-License-Identifier: Apache-2.0

import ArgumentParser
import Foundation
import Tributary

/// Many threads read files and send the words they find to one thread, which counts them.
@main
struct WordCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "wordcount",
        abstract: "Counts the words of all files below each path, and prints the most frequent ones.",
        discussion: """
            A word is a longest run of ASCII letters, in lower case. Symbolic links are not \
            followed, but for a path that is one. What cannot be read is reported and left out.

            Status: 0; 1 when something could not be read; 2 when counting failed; 64 when the \
            arguments are wrong.
            """)

    @Option(name: .shortAndLong, help: "Threads that read files, 1 to 1024.")
    var workers = min(max(ProcessInfo.processInfo.activeProcessorCount, 1), 1024)

    @Option(name: .shortAndLong, help: "How many words to print, 0 for all.")
    var top = 10

    @Option(
        name: .shortAndLong,
        help: "Words that may be on their way from one worker, or `unbounded`.")
    var capacity = Capacity(value: .bounded(16384))

    @Argument(help: "Directories or files.")
    var paths: [String]

    func validate() throws {
        guard (1...1024).contains(workers) else {
            throw ValidationError("--workers is from 1 to 1024, not \(workers)")
        }
        guard top >= 0 else { throw ValidationError("--top is 0 or more, not \(top)") }
    }

    func run() throws {
        let files = FileList(roots: paths)
        let channel: Channel<String>
        do {
            channel = try Channel(capacity: capacity.value, options: ChannelOptions())
        } catch {
            Console.warn("\(error)")
            throw ExitCode(2)
        }

        let clock = ContinuousClock()
        let start = clock.now
        let results = WorkerResults()
        for _ in 0..<workers {
            Worker.start(files: files, sender: channel.makeSender(), results: results)
        }

        // Until the last worker is done. The words are read where they lie in the channel.
        var counts = WordCounts()
        while channel.receiveBlocking(upTo: .max, { counts.add($0) }) != nil {}

        let duration = start.duration(to: clock.now)
        let result = results.total
        guard result.failure == nil else {
            Console.warn("\(result.failure!)")
            throw ExitCode(2)
        }
        do {
            try Console.print(counts.report(top: top))
        } catch {
            Console.warn("standard output: \(error)")
            throw ExitCode(2)
        }
        reportRate(words: counts.total, bytes: result.bytes, files: files.count, duration)
        if files.unreadable + result.unreadable > 0 { throw ExitCode(1) }
    }

    private func reportRate(words: Int, bytes: Int, files: Int, _ duration: Duration) {
        let seconds = duration / .seconds(1)
        let mebibytes = Double(bytes) / (1024 * 1024)
        Console.report(
            "\(files) files, \(mebibytes.formatted(1)) MiB, \(words) words, \(workers) workers, "
                + "\(seconds.formatted(3)) s: \((Double(words) / seconds).formatted(0)) messages/s, "
                + "\((mebibytes / seconds).formatted(1)) MiB/s")
    }
}

/// `--capacity`: a number, or `unbounded`.
struct Capacity: ExpressibleByArgument, CustomStringConvertible {
    let value: ChannelCapacity

    init(value: ChannelCapacity) {
        self.value = value
    }

    init?(argument: String) {
        if argument == "unbounded" {
            value = .unbounded
        } else if let count = Int(argument), (1...Int(UInt32.max)).contains(count) {
            value = .bounded(count)
        } else {
            return nil
        }
    }

    var description: String {
        switch value {
        case .bounded(let count): "\(count)"
        case .unbounded: "unbounded"
        }
    }
}

extension Double {
    func formatted(_ digits: Int) -> String {
        String(format: "%.\(digits)f", self)
    }
}
