// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Foundation
    import Testing
    import Tributary
    import TributaryExecutors

    /// What an executor's threads are called, where they may run, and that they cost nothing while there is nothing to do.
    @Suite("Threads of executors", .serialized, .watchdog)
    struct ThreadTests {
        @Test("an idle executor uses no processor time", arguments: [0, 1, 2, 8])
        func idle(workers: Int) async throws {
            let name = "idle \(workers)"
            let mailbox = workers == 0 ? MailboxExecutor(name: name) : nil
            let stealing = workers == 0 ? nil : WorkStealingExecutor(workers: workers, name: name)
            let executor: any TaskExecutor = mailbox ?? stealing!
            await yieldUntil { threads(named: name).count == max(1, workers) }
            // After work, of one and of all of them.
            for count in [1, 100] {
                await withTaskGroup(of: Void.self) { group in
                    for _ in 0..<count {
                        group.addTask(executorPreference: executor) { await Task.yield() }
                    }
                }
                // Falling asleep takes a moment, which is longer on a busy machine; watching on would show in each.
                var shares: [Double] = []
                for _ in 0..<20 where shares.last ?? 1 > 0.002 {
                    shares.append(try await processorShare(of: name))
                }
                #expect(shares.last! <= 0.002, "\(shares)")
            }
            await mailbox?.shutdown()
            await stealing?.shutdown()
        }

        /// For which part of a while the threads of that name ran.
        private func processorShare(of name: String) async throws -> Double {
            let identifiers = threads(named: name)
            let (before, begin) = (identifiers.map(processorTime), ContinuousClock.now)
            try await Task.sleep(for: .milliseconds(100))
            let elapsed = begin.duration(to: .now) / .nanoseconds(1)
            let after = identifiers.map(processorTime)
            return Double(after.reduce(0, +) - before.reduce(0, +)) / elapsed
        }

        @Test("a busy executor's time is seen")
        func busy() async throws {
            let executor = MailboxExecutor(name: "busy")
            let stop = Counter()
            let task = Task(executorPreference: executor) { while stop.value == 0 {} }
            await yieldUntil { !threads(named: "busy").isEmpty }
            // The counterpart of the test above, which could otherwise pass by measuring nothing.
            #expect(try await processorShare(of: "busy") > 0.01)
            stop.add()
            await task.value
            await executor.shutdown()
        }

        @Test("names")
        func names() async {
            let (mailbox, stealing) = (
                MailboxExecutor(name: "letters"), WorkStealingExecutor(workers: 3, name: "thieves")
            )
            await yieldUntil { threads(named: "thieves").count == 3 && threads(named: "letters").count == 1 }
            #expect(threads(named: "thieves 2").count == 1)
            await mailbox.shutdown()
            await stealing.shutdown()
        }

        @Test("the processor")
        func processor() async throws {
            let allowed = try #require(allowedProcessors(of: "self"))
            let first = try #require(Int(allowed.prefix { $0.isNumber }))
            let executor = MailboxExecutor(name: "pinned", processor: first)
            await Task(executorPreference: executor) {}.value
            let thread = try #require(threads(named: "pinned").first)
            #expect(allowedProcessors(of: "self/task/\(thread)") == String(first))
            await executor.shutdown()
        }

        @Test("the quality of service", arguments: [TaskPriority.high, .utility, .background])
        func priority(priority: TaskPriority) async {
            let before = getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
            let wanted = max(before, priority == .high ? before : priority == .utility ? 5 : 10)
            let mailbox = MailboxExecutor(priority: priority)
            let stealing = WorkStealingExecutor(workers: 1, priority: priority)
            for executor in [mailbox, stealing] as [any TaskExecutor] {
                let value = await Task(executorPreference: executor) {
                    getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0)
                }.value
                #expect(value == wanted)
            }
            await mailbox.shutdown()
            await stealing.shutdown()
        }
    }

    private func allowedProcessors(of process: String) -> String? {
        let status = try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)
        let line = status?.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return line?.split(separator: "\t").last.map(String.init)
    }
#endif
