// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Tributary
import TributaryExecutors

extension Scenario {
    /// Tasks await one actor's method, with a step of work of their own between two calls, without which
    /// the compiler leaves the task on the actor.
    static func actorsFanIn(_ cell: Cell, _ report: inout Report) {
        let executors = ActorExecutors(for: cell)
        if let makeSerial = executors.makeSerial {
            fanIn(cell, executors, ExecutorCounter(makeSerial()), &report)
        } else {
            fanIn(cell, executors, DefaultCounter(), &report)
        }
    }

    @inline(__always)
    private static func fanIn(
        _ cell: Cell, _ executors: ActorExecutors, _ counter: some CountingActor, _ report: inout Report
    ) {
        let (sum, nanoseconds) = executors.run {
            let start = clock_nanoseconds()
            await withDiscardingTaskGroup { group in
                for producer in 0..<cell.producers {
                    group.addTask(executorPreference: executors.tasks) {
                        for _ in 0..<cell.share(of: producer) {
                            await counter.add(benchmark_step(0))
                        }
                    }
                }
            }
            let nanoseconds = clock_nanoseconds() - start
            return (await counter.sum, nanoseconds)
        }
        if sum != cell.count { fail("the actor was called \(sum) times, not \(cell.count)") }
        reportRate(cell, nanoseconds, "calls/s", &report)
    }

    /// As many tasks tell a ``Mailbox``, whose body counts: messages instead of calls.
    static func actorsTell(_ cell: Cell, _ report: inout Report) {
        guard cell.implementation == "mailbox" else { noImplementation(cell) }
        let (sum, nanoseconds) = waitFor {
            enum Request: Sendable {
                case add(UInt64)
                case sum(Reply<UInt64>)
            }
            let mailbox = Mailbox<Request>(on: ActorExecutors.workers) { inbox in
                var sum: UInt64 = 0
                for await request in inbox {
                    switch request {
                    case .add(let value): sum &+= value
                    case .sum(let reply): reply.send(sum)
                    }
                }
            }
            let start = clock_nanoseconds()
            await withDiscardingTaskGroup { group in
                for producer in 0..<cell.producers {
                    group.addTask {
                        for _ in 0..<cell.share(of: producer) {
                            do throws(SendError<Request>) {
                                try mailbox.tell(.add(benchmark_step(0)))
                            } catch {
                                fail("tell: \(error.reason)")
                            }
                        }
                    }
                }
            }
            do throws(AskError) {
                let sum = try await mailbox.ask { Request.sum($0) }
                return (sum, clock_nanoseconds() - start)
            } catch {
                fail("ask: \(error)")
            }
        }
        if sum != cell.count { fail("the mailbox was told \(sum) messages, not \(cell.count)") }
        reportRate(cell, nanoseconds, "messages/s", &report)
    }

    static func reportRate(
        _ cell: Cell, _ nanoseconds: UInt64, _ unit: String, _ report: inout Report
    ) {
        report.add("throughput", unit, Double(cell.count) * 1e9 / Double(nanoseconds))
        report.setSeconds(nanoseconds: nanoseconds)
    }
}
