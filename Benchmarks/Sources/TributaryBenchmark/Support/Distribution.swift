// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport

/// Latencies: every sample is kept, percentiles are exact (nearest rank of the sorted samples).
struct Distribution: ~Copyable {
    /// Ticks of the processor's counter, touched, so that no page fault is timed.
    let samples: UnsafeMutableBufferPointer<UInt64>

    init(count: Int) {
        samples = .allocate(capacity: count)
        samples.initialize(repeating: .max)
    }

    deinit {
        samples.deallocate()
    }

    func sort() {
        var samples = samples
        samples.sort()
    }

    /// Sorts, subtracts `cost` ticks from each sample (not below zero) and reports percentiles in
    /// nanoseconds.
    func add(to report: inout Report, subtracting cost: UInt64) {
        sort()
        let percentiles = [
            ("p10", 1000), ("p25", 2500), ("p50", 5000), ("p75", 7500), ("p90", 9000), ("p99", 9900),
            ("p99.9", 9990), ("p99.99", 9999), ("max", 10000),
        ]
        for (name, perTenThousand) in percentiles {
            // Nearest rank: the smallest sample that at least that share does not exceed.
            let rank = (samples.count * perTenThousand + 9999) / 10000
            let sample = samples[max(rank, 1) - 1]
            report.add(name, "ns", sample > cost ? Timer.shared.nanoseconds(sample - cost) : 0)
        }
    }
}

/// The processor's counter: its frequency, what reading it twice costs, and its resolution.
final class Timer: Sendable {
    static let shared = Timer()
    private static let readings = 10001

    let ticksPerNanosecond: Double
    /// The median, in ticks.
    let cost: UInt64
    /// The least difference between any two of the readings, in ticks.
    private let resolution: UInt64?

    private init() {
        ticksPerNanosecond = clock_ticks_per_nanosecond()
        let distribution = Distribution(count: Timer.readings)
        for index in distribution.samples.indices {
            let begin = clock_ticks_begin()
            distribution.samples[index] = clock_ticks_end() - begin
        }
        distribution.sort()
        cost = distribution.samples[Timer.readings / 2]
        resolution = zip(distribution.samples, distribution.samples.dropFirst())
            .map { $1 - $0 }.filter { $0 != 0 }.min()
    }

    /// Measured here, if it was not before, and not in the middle of a run.
    func measure() {}

    func nanoseconds(_ ticks: UInt64) -> Double {
        Double(ticks) / ticksPerNanosecond
    }

    func add(to report: inout Report) {
        report.add("timer-cost", "ns", nanoseconds(cost))
        if let resolution { report.add("timer-resolution", "ns", nanoseconds(resolution)) }
    }
}
