// SPDX-License-Identifier: Apache-2.0

/// What is sent: word 0 has the producer in its upper 16 bits and the sequence number in the lower
/// 48; the other words are derived from it. The same as cbench/support/message.h.
protocol Message: BitwiseCopyable, Sendable {
    init(word: UInt64)
    var word: UInt64 { get }
    /// Zero only if every word of the message is what it has to be.
    func difference(from word: UInt64) -> UInt64
}

enum MessageFormat {
    static let sequenceBits: UInt64 = 48
    static let derivation: UInt64 = 0x9e37_79b9_7f4a_7c15

    static func firstWord(of producer: Int) -> UInt64 {
        UInt64(producer) << sequenceBits
    }
}

/// 8 bytes.
struct SmallMessage: Message {
    let word: UInt64

    @inline(__always)
    init(word: UInt64) { self.word = word }

    @inline(__always)
    func difference(from word: UInt64) -> UInt64 { self.word ^ word }
}

/// 64 bytes.
struct LargeMessage: Message {
    let word, word1, word2, word3, word4, word5, word6, word7: UInt64

    @inline(__always)
    init(word: UInt64) {
        self.word = word
        word1 = word &+ MessageFormat.derivation
        word2 = word &+ 2 &* MessageFormat.derivation
        word3 = word &+ 3 &* MessageFormat.derivation
        word4 = word &+ 4 &* MessageFormat.derivation
        word5 = word &+ 5 &* MessageFormat.derivation
        word6 = word &+ 6 &* MessageFormat.derivation
        word7 = word &+ 7 &* MessageFormat.derivation
    }

    @inline(__always)
    func difference(from word: UInt64) -> UInt64 {
        let expected = LargeMessage(word: word)
        return (self.word ^ expected.word) | (word1 ^ expected.word1)
            | (word2 ^ expected.word2) | (word3 ^ expected.word3)
            | (word4 ^ expected.word4) | (word5 ^ expected.word5)
            | (word6 ^ expected.word6) | (word7 ^ expected.word7)
    }
}

/// 256 bytes: four of the former, whose derived words go on from one to the next.
struct LargestMessage: Message {
    private let first, second, third, fourth: LargeMessage

    var word: UInt64 { first.word }

    @inline(__always)
    init(word: UInt64) {
        first = LargeMessage(word: word)
        second = LargeMessage(word: word &+ 8 &* MessageFormat.derivation)
        third = LargeMessage(word: word &+ 16 &* MessageFormat.derivation)
        fourth = LargeMessage(word: word &+ 24 &* MessageFormat.derivation)
    }

    @inline(__always)
    func difference(from word: UInt64) -> UInt64 {
        first.difference(from: word)
            | second.difference(from: word &+ 8 &* MessageFormat.derivation)
            | third.difference(from: word &+ 16 &* MessageFormat.derivation)
            | fourth.difference(from: word &+ 24 &* MessageFormat.derivation)
    }
}
