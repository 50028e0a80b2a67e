// SPDX-License-Identifier: Apache-2.0

import CTributary
import Foundation
import Synchronization
import Tributary

/// The channel's memory, of which all has to be there before the real-time thread starts.
enum Memory {
    private static let count = Atomic<Int>(0)

    static var allocations: Int { count.load(ordering: .relaxed) }

    /// The C library's, counted.
    static var allocator: tributary_allocator {
        tributary_allocator(
            allocate: { _, size, alignment in
                Memory.count.add(1, ordering: .relaxed)
                var memory: UnsafeMutableRawPointer?
                return posix_memalign(&memory, alignment, size) == 0 ? memory : nil
            },
            deallocate: { _, memory, _, _ in free(memory) },
            context: nil)
    }

    /// A sender allocates storage as it is needed, and keeps what a full channel needs: filling it a few times leaves
    /// nothing to allocate.
    static func use(_ channel: Channel<Report>, _ sender: inout Sender<Report>, capacity: Int) {
        for _ in 0..<4 {
            for _ in 0..<capacity { try? sender.trySend(.level(peak: 0)) }
            while channel.tryReceive() != nil {}
        }
    }
}
