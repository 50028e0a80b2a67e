// SPDX-License-Identifier: Apache-2.0

#if os(Linux)
    import Glibc
    import Testing
    import Tributary
    import TributaryExecutors

    /// A MailboxExecutor that an event loop hosts.
    @Suite("MailboxExecutor in an event loop", .serialized, .watchdog)
    struct EventLoopTests {
        /// Runs a loop, as an application would have it, on a thread of its own.
        private func startLoop(_ executor: MailboxExecutor, limit: Int, _ polls: Counter) -> JoinableThread {
            startThread {
                while !executor.hasShutDown {
                    #expect(executor.run(limit: limit) <= limit)
                    if executor.hasShutDown { break }
                    if executor.arm() {
                        #expect(isReadable(executor, timeout: -1))
                        polls.add()
                    }
                }
            }
        }

        @Test("jobs wake the loop", arguments: [1, 7, Int.max])
        func wakes(limit: Int) async throws {
            let executor = try MailboxExecutor.forEventLoop()
            let (polls, runs) = (Counter(), Counter())
            let (threads, rounds) = (2, scaled(2000, atLeast: 200))
            let loop = startLoop(executor, limit: limit, polls)
            await blocking {
                var group = ThreadGroup()
                for thread in 0..<threads {
                    group.start {
                        var generator = SeededGenerator(seed: thread)
                        for _ in 0..<rounds {
                            let ran = Gate()
                            Task(executorPreference: executor) {
                                runs.add()
                                ran.open()
                            }
                            ran.wait()
                            pause(Int.random(in: 0..<10_000, using: &generator))
                        }
                    }
                }
                group.join()
            }
            #expect(runs.value == threads * rounds)
            #expect(polls.value > 0)
            await executor.shutdown()
            await join(loop)
        }

        @Test("an actor lives there")
        func actors() async throws {
            let executor = try MailboxExecutor.forEventLoop()
            let polls = Counter()
            let loop = startLoop(executor, limit: 10, polls)
            let room = Room(executor)
            let (tasks, each) = (8, scaled(1000, atLeast: 100))
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<tasks {
                    group.addTask {
                        for _ in 0..<each {
                            await room.run { room in
                                room.assertIsolated()
                                room.add()
                            }
                        }
                    }
                }
            }
            #expect(await room.count == tasks * each)
            await executor.shutdown()
            await join(loop)
        }

        @Test("the descriptor is readable when there is something to do")
        func descriptor() throws {
            let executor = try MailboxExecutor.forEventLoop()
            let log = Log<Int>()
            #expect(!isReadable(executor, timeout: 0))
            #expect(executor.run() == 0)
            #expect(executor.arm())
            #expect(!isReadable(executor, timeout: 0))
            Task(executorPreference: executor) { log.note(1) }
            Task(executorPreference: executor) { log.note(2) }
            #expect(isReadable(executor, timeout: 0))
            #expect(!executor.arm(), "there is something to do now")
            #expect(!isReadable(executor, timeout: 0))
            #expect(executor.run(limit: 0) == 0)
            #expect(log.entries.isEmpty)
            while log.entries.count < 2 { #expect(executor.run(limit: 1) == 1) }
            #expect(log.entries == [1, 2])
            #expect(executor.run() == 0)
            #expect(executor.arm())
            #expect(!executor.hasShutDown)
        }

        @Test("shutdown wakes the loop, which runs what is left")
        func shutdown() async throws {
            for round in 0..<scaled(300, atLeast: 30) {
                let executor = try MailboxExecutor.forEventLoop()
                let (polls, runs) = (Counter(), Counter())
                let loop = startLoop(executor, limit: 1 + round % 5, polls)
                for _ in 0..<round % 10 {
                    Task(executorPreference: executor) {
                        await Task.yield()
                        runs.add()
                    }
                }
                await executor.shutdown()
                #expect(runs.value == round % 10)
                #expect(executor.hasShutDown)
                await executor.shutdown()
                await join(loop)
            }
        }

        @Test("an executor with a thread has no descriptor")
        func threaded() async {
            let executor = MailboxExecutor()
            #expect(executor.fileDescriptor == nil)
            await executor.shutdown()
            let armed = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                _ = MailboxExecutor().arm()
            }
            #expect(message(of: armed).contains("MailboxExecutor: this one has a thread of its own"))
            let run = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                MailboxExecutor().run()
            }
            #expect(message(of: run).contains("MailboxExecutor: this one has a thread of its own"))
        }

        @Test("a loop that starts over inside of its own job traps: the actors are busy")
        func nested() async {
            let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
                let executor = try MailboxExecutor.forEventLoop()
                Task(executorPreference: executor) { executor.run() }
                executor.run()
            }
            #expect(message(of: result).contains("MailboxExecutor: run from one of its own jobs"))
        }

        @Test("one loop runs inside of another's job")
        func inner() throws {
            let (outer, inner) = (try MailboxExecutor.forEventLoop(), try MailboxExecutor.forEventLoop())
            let log = Log<Int>()
            Task(executorPreference: outer) {
                #expect(outer.isCurrent && !inner.isCurrent)
                Task(executorPreference: inner) {
                    #expect(inner.isCurrent)
                    log.note(1)
                }
                while log.entries.isEmpty { inner.run() }
                #expect(outer.isCurrent && !inner.isCurrent)
                log.note(2)
            }
            while log.entries.count < 2 { outer.run() }
            #expect(log.entries == [1, 2])
            #expect(!outer.isCurrent && !inner.isCurrent)
        }

        @Test("dropped, it gives its descriptor back")
        func descriptorsGivenBack() throws {
            for _ in 0..<5000 {
                let executor = try MailboxExecutor.forEventLoop()
                #expect(try #require(executor.fileDescriptor) >= 0)
            }
        }
    }

    private func isReadable(_ executor: MailboxExecutor, timeout: CInt) -> Bool {
        var descriptor = pollfd(fd: executor.fileDescriptor!, events: Int16(POLLIN), revents: 0)
        return poll(&descriptor, 1, timeout) == 1
    }

    private func join(_ thread: consuming JoinableThread) async {
        let box = ThreadBox(thread)
        await blocking { box.thread.take()?.join() }
    }

    private final class ThreadBox: @unchecked Sendable {
        // Unchecked because of the variable, which one thread takes.
        var thread: JoinableThread?
        init(_ thread: consuming JoinableThread) { self.thread = consume thread }
    }
#endif
