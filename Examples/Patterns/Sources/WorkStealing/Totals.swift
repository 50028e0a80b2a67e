// SPDX-License-Identifier: Apache-2.0

import Foundation

/// What was found below one directory. Each task has its own and gives it to its parent: nothing is shared.
struct Totals: Sendable {
    private struct Kind: Sendable {
        var files = 0
        var bytes = 0
    }

    private var kinds: [String: Kind] = [:]
    var directoriesOfWorker: [Int: Int] = [:]
    var unreadable = 0

    mutating func add(_ path: String, _ bytes: Int) {
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last!
        // A dot at the beginning is no extension.
        let dot = name.dropFirst().lastIndex(of: UInt8(ascii: "."))
        let kind = dot.map { String(name[$0...])! } ?? "none"
        kinds[kind, default: Kind()].files += 1
        kinds[kind]!.bytes += bytes
    }

    mutating func add(_ other: Totals) {
        kinds.merge(other.kinds) { Kind(files: $0.files + $1.files, bytes: $0.bytes + $1.bytes) }
        directoriesOfWorker.merge(other.directoriesOfWorker, uniquingKeysWith: +)
        unreadable += other.unreadable
    }

    var report: String {
        var lines = ["   files           bytes  kind"]
        let sorted = kinds.sorted { ($1.value.bytes, $0.key) < ($0.value.bytes, $1.key) }
        for (name, kind) in sorted.prefix(10) {
            lines.append(String(format: "%8d %15d  ", kind.files, kind.bytes) + name)
        }
        let workers = directoriesOfWorker.sorted { $0.key < $1.key }
            .map { "\($0.value) by worker \($0.key)" }.joined(separator: ", ")
        let files = kinds.values.reduce(0) { $0 + $1.files }
        let bytes = kinds.values.reduce(0) { $0 + $1.bytes }
        let directories = directoriesOfWorker.values.reduce(0, +)
        lines.append("\(files) files, \(bytes) bytes, \(directories) directories: \(workers)")
        if unreadable > 0 { lines.append("\(unreadable) could not be read") }
        return lines.joined(separator: "\n")
    }
}
