// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization
import Tributary
import TributaryExecutors

extension Scenario {
    /// Child tasks started and finished, by one task.
    static func actorsSpawn(_ cell: Cell, _ report: inout Report) {
        let executors = ActorExecutors(for: cell)
        let finished = FinishedCount()
        let nanoseconds = executors.run {
            let start = clock_nanoseconds()
            await withDiscardingTaskGroup { group in
                for _ in 0..<cell.count { group.addTask { finished.count() } }
            }
            return clock_nanoseconds() - start
        }
        if finished.value != cell.count { fail("\(finished.value) tasks have run, not \(cell.count)") }
        reportRate(cell, nanoseconds, "tasks/s", &report)
    }

    /// What enqueueing costs a thread while the mailbox is busy: the runtime's own call, timed. Each job works longer than
    /// the pause between two, so that the mailbox always has one to run.
    static func actorsEnqueue(_ cell: Cell, _ report: inout Report) {
        guard cell.implementation == "mailbox-executor" else { noImplementation(cell) }
        let distribution = Distribution(count: cell.count)
        nonisolated(unsafe) let samples = distribution.samples
        let finished = FinishedCount()
        let interval = Timer.shared.ticksPerNanosecond * 1e9 / Double(cell.rate)
        let work = UInt64(interval * 1.5)
        let jobs = UnsafeMutableBufferPointer<UnownedJob>.allocate(capacity: cell.count)
        defer { jobs.deallocate() }
        for index in jobs.indices {
            jobs.initializeElement(
                at: index,
                to: UnownedJob(
                    _swift_createJobForTestingOnly {
                        let end = clock_ticks_begin() + work
                        while clock_ticks_begin() < end {}
                        finished.count()
                    }))
        }
        nonisolated(unsafe) let unsent = jobs
        let start = clock_nanoseconds()
        let thread = BenchmarkThread {
            var pacing = Pacing(interval: interval, yields: benchmark_processors() < 2)
            pacing.next = Double(clock_ticks_begin())
            for index in samples.indices {
                _ = pacing.wait()
                let begin = clock_ticks_begin()
                ActorExecutors.mailbox.enqueue(ExecutorJob(unsent[index]))
                samples[index] = clock_ticks_end() - begin
            }
        }
        thread.join()
        while finished.value < cell.count { clock_pause() }
        distribution.add(to: &report, subtracting: Timer.shared.cost)
        report.setSeconds(nanoseconds: clock_nanoseconds() - start)
    }

    /// Processor time of executors that have nothing to do, as a share of the time that passes.
    static func actorsIdle(_ cell: Cell, _ report: inout Report) {
        let executors = ActorExecutors(for: cell)
        // They have run something, and gone to sleep again.
        executors.run { await Task.yield() }
        waitFor { await sleep(milliseconds: 50) }
        let before = benchmark_processor_seconds()
        let start = clock_nanoseconds()
        waitFor { await sleep(milliseconds: cell.count) }
        let nanoseconds = clock_nanoseconds() - start
        if before >= 0 {
            report.add(
                "processor-time", "share",
                (benchmark_processor_seconds() - before) * 1e9 / Double(nanoseconds))
        }
        report.setSeconds(nanoseconds: nanoseconds)
    }

    private nonisolated(nonsending) static func sleep(milliseconds: Int) async {
        do {
            try await Task.sleep(for: .milliseconds(milliseconds))
        } catch {
            fail("sleep: \(error)")
        }
    }
}

private final class FinishedCount: Sendable {
    private let atomic = Atomic<Int>(0)

    var value: Int { atomic.load(ordering: .acquiring) }
    func count() { atomic.add(1, ordering: .releasing) }
}
