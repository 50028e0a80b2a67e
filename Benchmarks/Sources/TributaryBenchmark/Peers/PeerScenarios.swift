// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport

extension Scenario {
    /// The same as the other languages' programs have under these names.
    static func announcedWake(_ cell: Cell, _ report: inout Report) {
        let script = WakeScript(cell)
        let start = clock_nanoseconds()
        PeerLinks.run(script, over: cell)
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        script.add(to: &report)
    }

    static func peerOneWayLatency(_ cell: Cell, _ report: inout Report) {
        let distribution = Distribution(count: cell.count)
        let start = clock_nanoseconds()
        PeerLinks.run(OneWayScript(cell, distribution.samples), over: cell)
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
        distribution.add(to: &report, subtracting: 0)
    }

    /// What the C library's allocator has given out: for an idle channel, and for one that had a burst.
    static func footprint(_ cell: Cell, _ report: inout Report) {
        guard benchmark_allocated_bytes() >= 0 else { fail("this system's allocator does not say what it has given out") }
        let start = clock_nanoseconds()
        var channels: [Any] = []
        channels.reserveCapacity(cell.count)
        var before = benchmark_allocated_bytes()
        for _ in 0..<cell.count { channels.append(PeerLinks.open(cell)) }
        report.add("idle-channel", "bytes", (benchmark_allocated_bytes() - before) / Double(cell.count))
        channels.removeAll()
        if cell.capacity == 0 {
            before = benchmark_allocated_bytes()
            let script = BurstScript()
            PeerLinks.run(script, over: cell)
            report.add("burst", "bytes", script.full - before)
            report.add("left-after-burst", "bytes", script.drained - before)
        }
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
    }
}
