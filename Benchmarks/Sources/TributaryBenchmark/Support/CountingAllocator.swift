// SPDX-License-Identifier: Apache-2.0

import CTributary
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Allocator hooks that know how many bytes are out. To be kept until all memory is given back.
final class CountingAllocator: Sendable {
    private let count = Atomic<Int>(0)

    var bytes: Int { count.load(ordering: .sequentiallyConsistent) }

    var hooks: tributary_allocator {
        tributary_allocator(
            allocate: { @Sendable context, size, alignment in
                var memory: UnsafeMutableRawPointer?
                let boundary = max(alignment, MemoryLayout<UnsafeRawPointer>.size)
                guard posix_memalign(&memory, boundary, size) == 0 else { return nil }
                CountingAllocator.from(context).count.add(size, ordering: .sequentiallyConsistent)
                return memory
            },
            deallocate: { @Sendable context, memory, size, _ in
                CountingAllocator.from(context).count.subtract(
                    size, ordering: .sequentiallyConsistent)
                free(memory)
            },
            context: Unmanaged.passUnretained(self).toOpaque())
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CountingAllocator {
        Unmanaged<CountingAllocator>.fromOpaque(context!).takeUnretainedValue()
    }
}
