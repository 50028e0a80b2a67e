// SPDX-License-Identifier: Apache-2.0

/// Checks every word of every message on arrival: loss, duplication, reordering within a producer
/// and torn copies all end the program. A run of messages of one producer costs one comparison a
/// word: the receiver is to be measured, not its checks.
struct MessageChecker: ~Copyable {
    /// The next word of the producer that is being received from.
    private var expected: UInt64
    /// Those of the others.
    private let table: UnsafeMutableBufferPointer<UInt64>

    init(producers: Int) {
        table = .allocate(capacity: producers)
        for producer in 0..<producers {
            table.initializeElement(at: producer, to: MessageFormat.firstWord(of: producer))
        }
        expected = table[0]
    }

    deinit {
        table.deallocate()
    }

    @inline(__always)
    mutating func check<Element: Message>(_ message: Element) {
        if message.difference(from: expected) != 0 {
            expected = MessageChecker.change(table, from: expected, to: message.word)
            if message.difference(from: expected) != 0 {
                fail("message \(expected) arrived with other words than it was sent with: torn")
            }
        }
        expected &+= 1
    }

    /// Neighbouring messages: as a run of one producer first, one by one if it is not.
    @inline(__always)
    mutating func check<Element: Message>(_ messages: UnsafeBufferPointer<Element>) {
        guard let first = messages.first else { return }
        if first.word != expected {
            expected = MessageChecker.change(table, from: expected, to: first.word)
        }
        var difference: UInt64 = 0
        var word = expected
        for message in messages {
            difference |= message.difference(from: word)
            word &+= 1
        }
        if difference == 0 {
            expected = word
            return
        }
        for message in messages { check(message) }
    }

    /// After the last message: every producer's last one has arrived, and nothing after it.
    consuming func finish(_ cell: Cell) {
        table[Int(expected >> MessageFormat.sequenceBits)] = expected
        for producer in table.indices {
            let sent = cell.share(of: producer)
            let end = MessageFormat.firstWord(of: producer) &+ UInt64(sent)
            guard table[producer] == end else {
                fail(
                    "producer \(producer): \(sent) messages sent, next would be \(table[producer])")
            }
        }
    }

    /// A message that is not the next of the current producer: the next of another one, or the end
    /// of the program.
    @inline(never)
    private static func change(
        _ table: UnsafeMutableBufferPointer<UInt64>, from expected: UInt64, to word: UInt64
    ) -> UInt64 {
        let producer = Int(word >> MessageFormat.sequenceBits)
        table[Int(expected >> MessageFormat.sequenceBits)] = expected
        guard producer < table.count, table[producer] == word else {
            fail("received \(word) where \(expected) was next: lost, repeated, reordered or torn")
        }
        return word
    }
}
