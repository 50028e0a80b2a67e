// SPDX-License-Identifier: Apache-2.0

import CBenchmarkSupport
import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension Scenario {
    /// The machine's own throughput: one thread writes words, another reads and checks them,
    /// through a ring of blocks and two counters. No queue, no wake-ups, no message boundaries.
    static func limit(_ cell: Cell, _ report: inout Report) {
        let blockBytes: Int
        switch cell.implementation {
        case "blocks-4KiB": blockBytes = 4096
        case "blocks-32KiB": blockBytes = 32768
        default: fail("limit has blocks-4KiB and blocks-32KiB")
        }
        let ring = BlockRing(blockWords: blockBytes / 8)
        let blocks = cell.count / ring.blockWords + 1
        let gate = Gate()
        let thread = BenchmarkThread {
            gate.pass()
            ring.write(blocks)
        }
        gate.wait(for: 1)
        let start = gate.open()
        ring.read(blocks)
        let nanoseconds = clock_nanoseconds() - start
        thread.join()
        let words = blocks * ring.blockWords
        report.add("throughput", "words/s", Double(words) * 1e9 / Double(nanoseconds))
        report.setSeconds(nanoseconds: nanoseconds)
    }
}

private final class BlockRing: @unchecked Sendable {
    // Unchecked: a block belongs to the writer or to the reader, as the counters say.
    private static let blocks = 16
    private static let looksBeforeYield = 1000

    let blockWords: Int
    private let words: UnsafeMutablePointer<UInt64>
    private let written = CacheLine()
    private let consumed = CacheLine()

    init(blockWords: Int) {
        self.blockWords = blockWords
        let count = BlockRing.blocks * blockWords
        words = UnsafeMutableRawPointer.allocate(byteCount: count * 8, alignment: 4096)
            .initializeMemory(as: UInt64.self, repeating: .max, count: count)
    }

    deinit {
        UnsafeMutableRawPointer(words).deallocate()
    }

    private func wait(_ counter: CacheLine, atLeast least: Int) {
        var looks = 1
        while counter.value.load(ordering: .acquiring) < least {
            if looks % BlockRing.looksBeforeYield == 0 { sched_yield() }
            looks += 1
        }
    }

    func write(_ count: Int) {
        let blockWords = blockWords
        for block in 0..<count {
            if block >= BlockRing.blocks { wait(consumed, atLeast: block - BlockRing.blocks + 1) }
            let start = words + block % BlockRing.blocks * blockWords
            let first = UInt64(block * blockWords)
            for index in 0..<blockWords {
                start[index] = first &+ UInt64(truncatingIfNeeded: index)
            }
            written.value.store(block + 1, ordering: .releasing)
        }
    }

    func read(_ count: Int) {
        let blockWords = blockWords
        for block in 0..<count {
            wait(written, atLeast: block + 1)
            let start = words + block % BlockRing.blocks * blockWords
            let first = UInt64(block * blockWords)
            var difference: UInt64 = 0
            for index in 0..<blockWords {
                difference |= start[index] ^ (first &+ UInt64(truncatingIfNeeded: index))
            }
            if difference != 0 { fail("block \(block) arrived changed") }
            consumed.value.store(block + 1, ordering: .releasing)
        }
    }
}
