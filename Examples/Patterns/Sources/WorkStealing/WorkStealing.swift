// SPDX-License-Identifier: Apache-2.0

// Work stealing: a tree of tasks that nobody has divided up beforehand.
//
// Each directory is a task, which starts one for each directory that it finds. A task goes into the queue of the worker that
// started it; a worker that has nothing to do takes half of another's queue. So an uneven tree (one huge directory among
// thousands of small ones) keeps all workers busy, and each task mostly runs where its parent ran.
// Tasks prefer the executor that their parent preferred: it is named once.
//
//     work-stealing ~/Documents

import ArgumentParser
import Foundation
import TributaryExecutors

@main
struct WorkStealing: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "work-stealing",
        abstract: "Says what kinds of files are below a directory, and which worker found them.",
        discussion: "Links are not followed. What cannot be read, or has no name in UTF-8, is counted as such.")

    @Option(help: "Threads, 1 to 1024; by default one for each processor.")
    var workers: Int?

    @Argument var directory: String

    func validate() throws {
        guard 1...1024 ~= workers ?? 1 else { throw ValidationError("--workers is from 1 to 1024") }
    }

    func run() async throws {
        let executor = WorkStealingExecutor(workers: workers, name: "walker")
        let start = ContinuousClock.now
        let totals = await withTaskExecutorPreference(executor) {
            await walk(directory, on: executor)
        }
        let duration = start.duration(to: .now)
        await executor.shutdown()

        print(totals.report)
        FileHandle.standardError.write(Data("\(executor.workerCount) workers, \(duration)\n".utf8))
        if totals.unreadable > 0 { throw ExitCode(1) }
    }
}

func walk(_ directory: String, on executor: WorkStealingExecutor) async -> Totals {
    await withTaskGroup(of: Totals.self) { group in
        var totals = Totals()
        totals.directoriesOfWorker[executor.currentWorker ?? -1] = 1
        // The tasks of the directories that have been found run while this one is still being read.
        let failures = forEachEntry(of: directory) { path, entry in
            switch entry {
            case .directory: group.addTask { await walk(path, on: executor) }
            case .file(let bytes): totals.add(path, bytes)
            case .other: break
            case .unreadable: totals.unreadable += 1
            }
        }
        totals.unreadable += failures
        for await others in group { totals.add(others) }
        return totals
    }
}
