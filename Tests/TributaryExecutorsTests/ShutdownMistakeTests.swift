// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary
import TributaryExecutors

/// A mistake traps, and the message names it.
@Suite("Mistakes at shutdown", .serialized, .watchdog)
struct ShutdownMistakeTests {
    private func expect(_ text: String, _ result: ExitTest.Result?, at place: SourceLocation = #_sourceLocation) {
        #expect(message(of: result).contains(text), "\(message(of: result))", sourceLocation: place)
    }

    @Test("a job after the end")
    func enqueuedTooLate() async {
        expect(
            "MailboxExecutor: a job was enqueued after the executor was shut down",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = MailboxExecutor()
                await executor.shutdown()
                await Task(executorPreference: executor) {}.value
            })
        expect(
            "WorkStealingExecutor: a job was enqueued after the executor was shut down",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = WorkStealingExecutor(workers: 2)
                await executor.shutdown()
                await Task(executorPreference: executor) {}.value
            })
        expect(
            "SerialMailbox: a job was enqueued after the executor was shut down",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = WorkStealingExecutor(workers: 2)
                let room = Room(SerialMailbox(on: executor))
                await room.add()
                await executor.shutdown()
                await room.add()
            })
    }

    @Test("shut down from an own task")
    func ownTask() async {
        expect(
            "MailboxExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = MailboxExecutor()
                await Task(executorPreference: executor) { await executor.shutdown() }.value
            })
        expect(
            "WorkStealingExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = WorkStealingExecutor(workers: 2)
                await Task(executorPreference: executor) { await executor.shutdown() }.value
            })
    }

    @Test("shut down from an own actor")
    func ownActor() async {
        expect(
            "MailboxExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = MailboxExecutor()
                await Room(executor).run { room in
                    room.add()
                    await executor.shutdown()
                    room.add()
                }
            })
        expect(
            "WorkStealingExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = WorkStealingExecutor(workers: 2)
                await Room(SerialMailbox(on: executor)).run { room in
                    room.add()
                    await executor.shutdown()
                    room.add()
                }
            })
    }

    @Test("shut down from an own job, blocking")
    func blockingInOwnJob() async {
        expect(
            "MailboxExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = MailboxExecutor()
                await Task(executorPreference: executor) { block(executor) }.value
            })
        expect(
            "WorkStealingExecutor: shut down from one of its own jobs",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = WorkStealingExecutor(workers: 2)
                await Task(executorPreference: executor) { block(executor) }.value
            })
    }

    @Test("executors that cannot be")
    func impossible() async {
        expect(
            "WorkStealingExecutor: 0 workers",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = WorkStealingExecutor(workers: 0)
            })
        expect(
            "WorkStealingExecutor: 1025 workers",
            await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = WorkStealingExecutor(workers: 1025)
            })
        #if os(Linux)
            expect(
                "MailboxExecutor: no processor 1000000",
                await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                    let executor = MailboxExecutor(processor: 1_000_000)
                    await Task(executorPreference: executor) {}.value
                })
        #endif
    }
}

private func block(_ executor: MailboxExecutor) { executor.shutdownBlocking() }
private func block(_ executor: WorkStealingExecutor) { executor.shutdownBlocking() }
