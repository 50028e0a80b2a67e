// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization

extension Scenario {
    /// The machine's own latency: two threads hand one cache line back and forth. A hand-over is
    /// half a round trip.
    static func floor(_ cell: Cell, _ report: inout Report) {
        let gate = Gate()
        let line = CacheLine()
        let thread = BenchmarkThread {
            gate.pass()
            for round in 0..<cell.count {
                while line.value.load(ordering: .acquiring) != 2 * round + 1 {}
                line.value.store(2 * round + 2, ordering: .releasing)
            }
        }
        gate.wait(for: 1)
        let start = gate.open()
        for round in 0..<cell.count {
            line.value.store(2 * round + 1, ordering: .releasing)
            while line.value.load(ordering: .acquiring) != 2 * round + 2 {}
        }
        let nanoseconds = clock_nanoseconds() - start
        thread.join()
        report.add("hand-over", "ns", Double(nanoseconds) / (2 * Double(cell.count)))
        report.setSeconds(nanoseconds: nanoseconds)
    }
}

/// A word that has its cache line, and the neighbour that is prefetched with it, to itself.
final class CacheLine: Sendable {
    private let before: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
    private let before2: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
    let value = Atomic<Int>(0)
    private let after: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
    private let after2: (Int, Int, Int, Int, Int, Int, Int, Int) = (0, 0, 0, 0, 0, 0, 0, 0)
}
