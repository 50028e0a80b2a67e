// SPDX-License-Identifier: Apache-2.0

import Foundation
import Testing
import Tributary

/// Threads that are started one by one and joined together.
struct ThreadGroup: ~Copyable {
    private var first: Node?

    private final class Node {
        var thread: JoinableThread?
        let next: Node?

        init(_ thread: consuming JoinableThread, _ next: Node?) {
            self.thread = consume thread
            self.next = next
        }
    }

    mutating func start(_ body: sending @escaping () -> Void) {
        first = Node(startThread(body), first)
    }

    mutating func join() {
        while let node = first {
            node.thread.take()?.join()
            first = node.next
        }
    }
}

/// Runs a call that blocks on a thread of its own, so that the pool's threads go on.
func blocking<Result: Sendable>(_ body: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        startThread { continuation.resume(returning: body()) }
    }
}

/// What an exit test's process wrote to its standard error.
func message(of result: ExitTest.Result?) -> String {
    String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
}

#if os(Linux)
    /// The threads of this process by that name, as the kernel has them.
    func threads(named name: String) -> [Int] {
        let directory = "/proc/self/task"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap(Int.init).filter { thread in
            let text = try? String(contentsOfFile: "\(directory)/\(thread)/comm", encoding: .utf8)
            return text?.hasPrefix(name) == true
        }
    }

    /// For how many nanoseconds the thread has run.
    func processorTime(of thread: Int) -> Int {
        let text = try? String(contentsOfFile: "/proc/self/task/\(thread)/schedstat", encoding: .utf8)
        return text?.split(separator: " ").first.flatMap { Int($0) } ?? 0
    }
#endif
