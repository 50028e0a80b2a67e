// SPDX-License-Identifier: Apache-2.0

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// The answer to one request: one line of JSON with any number of metrics.
struct Report {
    private var metrics: [String] = []
    /// What the measured part took: the runner sizes the next runs by it.
    var seconds = 0.0

    mutating func add(_ metric: String, _ unit: String, _ value: Double) {
        metrics.append(#"{"metric": "\#(metric)", "unit": "\#(unit)", "value": \#(value)}"#)
    }

    func write() {
        let list = metrics.joined(separator: ", ")
        writeLine(#"{"metrics": [\#(list)], "seconds": \#(seconds)}"#)
    }
}

/// Answers {"error": ...} and ends the program: a benchmark that lost a message has no figure. From
/// any thread.
func fail(_ message: @autoclosure () -> String) -> Never {
    writeLine(#"{"error": "\#(message())"}"#)
    // The other threads still run: no exit handlers.
    _exit(1)
}

private func writeLine(_ line: String) {
    var bytes = Array(line.utf8)[...]
    bytes.append(UInt8(ascii: "\n"))
    while !bytes.isEmpty {
        let count = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        if count < 0 && errno != EINTR { _exit(2) }
        bytes = bytes.dropFirst(max(0, count))
    }
}
