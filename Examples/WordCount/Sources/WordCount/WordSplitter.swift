// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Reads files and splits them into words: longest runs of ASCII letters, in lower case.
struct WordSplitter: ~Copyable {
    /// Bytes read so far, of all files.
    private(set) var bytes = 0
    /// Files that could not be opened, or read to their end.
    private(set) var unreadable = 0

    private var buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 256 * 1024)

    deinit {
        buffer.deallocate()
    }

    /// Calls `emit` for each word. A file that cannot be read is counted as far as it could be.
    mutating func split<Failure: Error>(
        _ path: Path, emit: (String) throws(Failure) -> Void
    ) throws(Failure) {
        // Should the file have become a pipe meanwhile, opening it must not wait.
        let file = path.withCString { open($0, O_RDONLY | O_CLOEXEC | O_NONBLOCK) }
        guard file >= 0 else { return fail(path, errno) }
        defer { close(file) }

        // The beginning of a word that did not end in what was read: the front of the buffer.
        var kept = 0
        while true {
            if kept == buffer.count { enlarge() }
            let count = read(file, buffer.baseAddress! + kept, buffer.count - kept)
            if count < 0 {
                if errno == EINTR { continue }
                fail(path, errno)
            }
            guard count > 0 else { break }
            bytes += count
            kept = try split(from: kept, to: kept + count, emit)
        }
        if kept > 0 { try emit(word(0..<kept)) }
    }

    /// Emits the words that end before `length`, moves the beginning of one that does not to the
    /// front, and returns its length. The bytes before `scanned` are letters, and lowered.
    private func split<Failure: Error>(
        from scanned: Int, to length: Int, _ emit: (String) throws(Failure) -> Void
    ) throws(Failure) -> Int {
        var start = 0
        for position in scanned..<length {
            let lowered = buffer[position] | 0x20
            if lowered &- UInt8(ascii: "a") < 26 {
                buffer[position] = lowered
                continue
            }
            if position > start { try emit(word(start..<position)) }
            start = position + 1
        }
        let kept = length - start
        buffer.baseAddress!.update(from: buffer.baseAddress! + start, count: kept)
        return kept
    }

    /// Up to 15 letters lie in the string itself: no allocation for nearly all words.
    private func word(_ range: Range<Int>) -> String {
        String(decoding: UnsafeBufferPointer(rebasing: buffer[range]), as: UTF8.self)
    }

    /// For a word as long as the buffer.
    private mutating func enlarge() {
        let larger = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 2 * buffer.count)
        _ = larger.update(fromContentsOf: buffer)
        buffer.deallocate()
        buffer = larger
    }

    private mutating func fail(_ path: Path, _ code: CInt) {
        Console.warn(path, code)
        unreadable += 1
    }
}
