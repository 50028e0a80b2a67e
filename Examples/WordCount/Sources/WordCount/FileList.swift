// SPDX-License-Identifier: Apache-2.0

import Foundation
import Synchronization

/// A path as the system has it: bytes that end with zero, not necessarily UTF-8.
struct Path: Sendable {
    private var bytes: [CChar]

    init(_ string: String) {
        bytes = Array(string.utf8CString)
    }

    private init(bytes: [CChar]) {
        self.bytes = bytes
    }

    /// `name` ends with zero.
    func appending(_ name: UnsafePointer<CChar>) -> Path {
        var joined = bytes.dropLast()
        if joined.last != CChar(UInt8(ascii: "/")) { joined.append(CChar(UInt8(ascii: "/"))) }
        joined.append(contentsOf: UnsafeBufferPointer(start: name, count: strlen(name) + 1))
        return Path(bytes: Array(joined))
    }

    func withCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        bytes.withUnsafeBufferPointer { body($0.baseAddress!) }
    }

    /// Without the zero.
    func withUnsafeBytes<Result>(_ body: (Slice<UnsafeRawBufferPointer>) -> Result) -> Result {
        bytes.withUnsafeBytes { body($0.dropLast()) }
    }
}

/// The files of some directory trees, collected before the workers start and handed out to them
/// one by one.
final class FileList: Sendable {
    /// Directories and arguments that could not be looked at.
    let unreadable: Int
    private let files: [Path]
    private let nextIndex = Mutex(0)

    /// Walks the roots: regular files only; symbolic links are not followed, but those among the
    /// roots. What cannot be read is reported.
    init(roots: [String]) {
        var walk = Walk()
        for root in roots {
            walk.visit(Path(root), followingLinks: true)
            while let directory = walk.directories.popLast() {
                walk.enter(directory)
            }
        }
        files = walk.files
        unreadable = walk.unreadable
    }

    var count: Int { files.count }

    /// The next file, or `nil`. From any thread.
    func next() -> Path? {
        nextIndex.withLock { index in
            guard index < files.count else { return nil }
            defer { index += 1 }
            return files[index]
        }
    }
}

/// FileManager gives names as strings, which not all names are; so these are the system's calls.
private struct Walk {
    var files: [Path] = []
    var directories: [Path] = []
    var unreadable = 0

    mutating func visit(_ path: Path, followingLinks: Bool = false) {
        var status = stat()
        let result = path.withCString { followingLinks ? stat($0, &status) : lstat($0, &status) }
        guard result == 0 else { return fail(path, errno) }
        switch status.st_mode & S_IFMT {
        case S_IFREG: files.append(path)
        case S_IFDIR: directories.append(path)
        default: break  // links, sockets, devices
        }
    }

    mutating func enter(_ directory: Path) {
        guard let stream = directory.withCString({ opendir($0) }) else {
            return fail(directory, errno)
        }
        defer { closedir(stream) }
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { fail(directory, errno) }
                return
            }
            // Not through the tuple that Swift makes of the name: it would be copied whole, and
            // an entry may end before the whole.
            let name = UnsafeRawPointer(entry)
                .advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
                .assumingMemoryBound(to: CChar.self)
            if strcmp(name, ".") != 0, strcmp(name, "..") != 0 {
                visit(directory.appending(name))
            }
        }
    }

    private mutating func fail(_ path: Path, _ code: CInt) {
        Console.warn(path, code)
        unreadable += 1
    }
}
