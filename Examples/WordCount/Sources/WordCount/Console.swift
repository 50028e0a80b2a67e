// SPDX-License-Identifier: Apache-2.0

import Foundation

/// Standard output for the words, standard error for everything else.
enum Console {
    static func print(_ text: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data(text.utf8))
    }

    static func report(_ line: String) {
        writeError(Data("\(line)\n".utf8))
    }

    static func warn(_ problem: String) {
        report("wordcount: \(problem)")
    }

    /// A path need not be UTF-8: its bytes are printed as they are.
    static func warn(_ path: Path, _ code: CInt) {
        var line = Data("wordcount: ".utf8)
        path.withUnsafeBytes { line.append(contentsOf: $0) }
        line.append(contentsOf: ": \(String(cString: strerror(code)))\n".utf8)
        writeError(line)
    }

    /// One write for each line, so that lines of several threads do not mix. There is nobody to
    /// tell when standard error is closed.
    private static func writeError(_ line: Data) {
        try? FileHandle.standardError.write(contentsOf: line)
    }
}
