// SPDX-License-Identifier: Apache-2.0

import Foundation

enum Entry {
    case directory
    case file(bytes: Int)
    case other
    case unreadable
}

/// Calls `body` for each entry; returns 1 when the directory cannot be read (to its end), 0 otherwise.
func forEachEntry(of directory: String, _ body: (_ path: String, Entry) -> Void) -> Int {
    guard let stream = opendir(directory) else { return 1 }
    defer { closedir(stream) }
    while true {
        errno = 0
        guard let entry = readdir(stream) else { return errno == 0 ? 0 : 1 }
        // Not through the tuple that Swift makes of the name: an entry may end before the whole.
        let bytes = UnsafeRawPointer(entry).advanced(by: MemoryLayout<dirent>.offset(of: \.d_name)!)
        let name = String(cString: bytes.assumingMemoryBound(to: CChar.self))
        if name == "." || name == ".." { continue }
        let path = "\(directory)/\(name)"
        body(path, look(at: path))
    }
}

private func look(at path: String) -> Entry {
    var status = stat()
    guard lstat(path, &status) == 0 else { return .unreadable }
    return switch status.st_mode & S_IFMT {
    case S_IFDIR: .directory
    case S_IFREG: .file(bytes: Int(status.st_size))
    default: .other
    }
}
