// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization

/// What one sender and one receiver do, whatever is between them: the latencies and the burst of the other channels, whose ends
/// are threads, tasks or blocks. The calls cost each of them the same few nanoseconds.
protocol PeerScript: AnyObject, Sendable {
    var count: Int { get }
    /// By the sender, before message `index`: waits until it is due and returns its word.
    func next(_ index: Int) -> UInt64
    /// By the sender, at the end.
    func hasSent()
    /// By the receiver, before it asks for message `index`.
    func willReceive(_ index: Int)
    func received(_ index: Int, _ word: UInt64)
}

/// Open loop: a message is the time at which it was to be sent.
final class OneWayScript: PeerScript, @unchecked Sendable {
    // Unchecked: the pacing is the sender's, the samples are the receiver's until both have ended.
    let count: Int
    private let samples: UnsafeMutableBufferPointer<UInt64>
    private var pacing: Pacing
    private var previous: UInt64 = 0

    init(_ cell: Cell, _ samples: UnsafeMutableBufferPointer<UInt64>) {
        guard cell.producers == 1, cell.rate != 0 else { fail("one-way-latency has one producer and a rate") }
        count = cell.count
        self.samples = samples
        pacing = Pacing(
            interval: Timer.shared.ticksPerNanosecond * 1e9 / Double(cell.rate), yields: benchmark_processors() < 2)
    }

    func next(_ index: Int) -> UInt64 {
        if index == 0 { pacing.next = Double(clock_ticks_begin()) + pacing.interval }
        return pacing.wait()
    }

    func hasSent() {}
    func willReceive(_ index: Int) {}

    func received(_ index: Int, _ word: UInt64) {
        samples[index] = clock_ticks_end() &- word
        if word <= previous { fail("a message is not the successor of the one before") }
        previous = word
    }
}

/// The receiver says that it is about to wait; the sender waits until the kernel has it asleep, or, since it may be a task,
/// every other thread of the process. cbench/scenarios/announced_wake.h says why.
final class WakeScript: PeerScript, @unchecked Sendable {
    // Unchecked: what was asleep is the sender's, the samples are the receiver's until both have ended.
    private static let pause: UInt64 = 200_000  // nanoseconds
    private static let limit: UInt64 = 5_000_000
    /// After that many in vain the receiver is taken to be one that polls, and not waited for any more.
    private static let patience = 10

    let count: Int
    private var samples: [UInt64]
    private var asleep: [Bool]
    private let announced = Atomic<Int>(0)

    init(_ cell: Cell) {
        count = cell.count
        samples = [UInt64](repeating: .max, count: cell.count)
        asleep = [Bool](repeating: false, count: cell.count)
    }

    func next(_ index: Int) -> UInt64 {
        while announced.load(ordering: .acquiring) != index + 1 { clock_pause() }
        let start = clock_nanoseconds()
        let limit = index >= WakeScript.patience && !asleep[..<index].contains(true) ? 0 : WakeScript.limit
        while clock_nanoseconds() - start < WakeScript.pause {}
        var state: Int32
        repeat {
            state = thread_state_others_are_asleep()
        } while state == 0 && clock_nanoseconds() - start < limit
        if state < 0 { fail("the state of a thread could not be read") }
        asleep[index] = state == 1
        return clock_ticks_begin()
    }

    func hasSent() {}
    func willReceive(_ index: Int) { announced.store(index + 1, ordering: .releasing) }
    func received(_ index: Int, _ word: UInt64) { samples[index] = clock_ticks_end() &- word }

    /// The share that was asleep, and the distribution of those if they are at least half.
    func add(to report: inout Report) {
        let kept = zip(samples, asleep).filter(\.1).map(\.0)
        report.add("asleep", "per wake", Double(kept.count) / Double(count))
        guard kept.count * 2 >= count else { return }
        let distribution = Distribution(count: kept.count)
        _ = distribution.samples.update(from: kept)
        distribution.add(to: &report, subtracting: 0)
    }
}

/// A million messages are sent before the first is received. The sender is still there when the last figure is taken, with
/// whatever it keeps.
final class BurstScript: PeerScript, @unchecked Sendable {
    // Unchecked: the figures are the receiver's.
    let count = 1_000_000
    private(set) var full = 0.0
    private(set) var drained = 0.0
    private let sent = Gate()

    func next(_ index: Int) -> UInt64 { UInt64(index) }
    func hasSent() { sent.pass() }

    func willReceive(_ index: Int) {
        guard index == 0 else { return }
        sent.wait(for: 1)
        full = benchmark_allocated_bytes()
    }

    func received(_ index: Int, _ word: UInt64) {
        if word != UInt64(index) { fail("message \(index) arrived as \(word)") }
        guard index == count - 1 else { return }
        drained = benchmark_allocated_bytes()
        _ = sent.open()
    }
}
