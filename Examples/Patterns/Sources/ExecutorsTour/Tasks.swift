// SPDX-License-Identifier: Apache-2.0

import Foundation
import Tributary
import TributaryExecutors

/// Tasks on workers: the preference is inherited by child tasks, not by `Task {}`.
func sumOfSquares(to limit: Int) async -> Int {
    let executor = WorkStealingExecutor(name: "sum")
    let sum = await withTaskExecutorPreference(executor) {
        await withTaskGroup(of: Int.self) { group in
            for number in 1...limit {
                group.addTask { number * number }
            }
            return await group.reduce(0, +)
        }
    }
    await executor.shutdown()  // here every task of it has finished
    return sum
}

func sessions(_ count: Int) async -> Int {
    let executor = WorkStealingExecutor()
    let sessions = (0..<count).map { _ in Session(on: executor) }  // no thread but the workers'
    var handled = 0
    for session in sessions { handled += await session.handle() }
    await executor.shutdown()
    return handled
}

#if os(Linux)
    /// An event loop that runs an executor's jobs beside whatever else it waits for.
    func eventLoop() throws -> Int {
        let executor = try MailboxExecutor.forEventLoop()
        let kitchen = Kitchen(on: executor)
        Task {
            _ = await Waiter(of: kitchen).serve(3)
            Task.detached { await executor.shutdown() }  // from elsewhere: not by one of its own jobs
        }

        var descriptor = pollfd(fd: executor.fileDescriptor!, events: Int16(POLLIN), revents: 0)
        var jobs = 0
        while !executor.hasShutDown {
            jobs += executor.run()
            // Armed: the next job makes the descriptor readable. Otherwise there is one already.
            if executor.arm() { poll(&descriptor, 1, -1) }
        }
        return jobs
    }
#endif
