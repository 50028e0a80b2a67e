// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

// 16 is the largest alignment that Swift gives a type; vectors are larger than they are aligned.
@_alignment(16)
private struct Aligned: Sendable { var word: UInt64 }
private struct Padded: Sendable, Equatable { var word: UInt32, byte: UInt8 }
private struct Empty: ~Copyable, Sendable {
    let ledger: Void = ()
    deinit { Empty.destroyed.add() }
    static let destroyed = Counter()
}
private struct Page: Sendable { var words: InlineArray<512, UInt64> }
private final class NotSendable { var value = 0 }
private enum Shape: Sendable, Equatable { case none, text(String), numbers([Int]), both(String, Int) }

@Suite("Elements")
struct ElementTests {
    /// Through a lane and through the shared queue, both over several segments and into the end.
    private func exchange<Element: Sendable>(
        _ make: (Int) -> Element, _ check: (Element, Int) -> Bool
    ) throws {
        let channel = Channel<Element>(capacity: .bounded(300))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        for round in 0..<4 {
            for number in 0..<300 { try sender.trySend(make(round + number)) }
            #expect(sender.attempt(make(0)) == .full)
            for number in 0..<300 {
                let element = try #require(channel.tryReceive())
                #expect(check(element, round + number))
            }
            for number in 0..<300 { try shared.trySend(make(round + number)) }
            #expect(shared.attempt(make(0)) == .full)
            for number in 0..<300 {
                let element = try #require(channel.tryReceive())
                #expect(check(element, round + number))
            }
        }
        for number in 0..<10 {
            try sender.trySend(make(number))
            try shared.trySend(make(number))
        }
    }

    @Test("trivial values") func trivial() throws {
        try exchange({ UInt8(truncatingIfNeeded: $0) }) { $0 == UInt8(truncatingIfNeeded: $1) }
        try exchange({ UInt64($0) }) { $0 == UInt64($1) }
        try exchange({ Padded(word: UInt32($0), byte: 7) }) {
            $0 == Padded(word: UInt32($1), byte: 7)
        }
    }

    @Test("nothing at all") func zeroSized() throws {
        try exchange({ _ in () }) { _, _ in true }
    }

    @Test("noncopyable nothing, destroyed once each") func zeroSizedNoncopyable() throws {
        do {
            let channel = Channel<Empty>(capacity: .unbounded)
            var sender = channel.makeSender()
            for _ in 0..<1000 { try sender.trySend(Empty()).get() }
            for _ in 0..<400 { _ = channel.tryReceive() }
            #expect(Empty.destroyed.value == 400)
        }
        #expect(Empty.destroyed.value == 1000)
    }

    @Test("over-aligned values lie on their alignment") func overAligned() throws {
        try exchange({ Aligned(word: UInt64($0)) }) { $0.word == UInt64($1) }
        try exchange({ SIMD64<Double>(repeating: Double($0)) }) { $0[63] == Double($1) }
        try expectAligned(Aligned(word: 1), to: 16)
        try expectAligned(SIMD64<Double>(repeating: 1), to: 16)
    }

    private func expectAligned<Element: Sendable>(_ element: Element, to alignment: Int) throws {
        #expect(MemoryLayout<Element>.alignment == alignment)
        let channel = Channel<Element>(capacity: .unbounded)
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        for _ in 0..<100 {
            try sender.trySend(element)
            try shared.trySend(element)
        }
        var seen = 0
        while let count = channel.tryReceive(
            upTo: 7,
            { messages in
                messages.withUnsafeBufferPointer { buffer in
                    let address = UInt(bitPattern: buffer.baseAddress)
                    #expect(address % UInt(alignment) == 0)
                }
                return messages.count
            })
        { seen += count }
        #expect(seen == 200)
    }

    @Test("4 KiB") func large() throws {
        try exchange({ Page(words: InlineArray(repeating: UInt64($0))) }) {
            $0.words[0] == UInt64($1) && $0.words[511] == UInt64($1)
        }
    }

    @Test("references, strings, enumerations, existentials") func managed() throws {
        let ledger = Ledger()
        try exchange({ Parcel($0, ledger) }) { $0.number == $1 }
        #expect(ledger.alive == 0)
        try exchange({ "a string too long for its inline form, number \($0)" }) {
            $0.hasSuffix(" \($1)")
        }
        let shapes: [Shape] = [.none, .text("text"), .numbers([1, 2, 3]), .both("both", 4)]
        try exchange({ shapes[$0 % 4] }) { $0 == shapes[$1 % 4] }
        try exchange({ (number: Int) -> Int? in number % 2 == 0 ? number : nil }) {
            $0 == ($1 % 2 == 0 ? $1 : nil)
        }
        try exchange({ (number: Int) -> any Sendable in number % 2 == 0 ? number : "\(number)" }) {
            "\($0)" == "\($1)"
        }
        try exchange({ number in { @Sendable in number } }) { $0() == $1 }
    }

    @Test("noncopyable values live exactly once") func noncopyable() throws {
        let ledger = Ledger()
        do {
            let channel = Channel<Token>(capacity: .bounded(50))
            var sender = channel.makeSender()
            let shared = channel.makeSharedSender()
            for number in 0..<60 {
                if case .returned(let token, .full) = sender.trySend(Token(number, ledger)) {
                    #expect(token.number == number)
                    #expect(number >= 50)
                }
                if case .returned(let token, .full) = shared.trySend(Token(number, ledger)) {
                    #expect(token.number == number)
                    #expect(number >= 50)
                }
            }
            #expect(ledger.alive == 100)
            for _ in 0..<30 {
                guard channel.receiveBlocking() != nil else {
                    Issue.record("a message is missing")
                    break
                }
            }
            #expect(ledger.alive == 70)
        }
        #expect(ledger.alive == 0)
        #expect(ledger.created == 120)
    }

    @Test("values that are not Sendable are handed over") func notSendable() throws {
        let channel = Channel<NotSendable>(capacity: .bounded(1))
        var sender = channel.makeSender()
        let first = NotSendable()
        first.value = 1
        try sender.trySend(first).get()
        let second = NotSendable()
        second.value = 2
        switch sender.trySend(second) {
        case .sent: Issue.record("sent into a full channel")
        case .returned(let returned, let reason):
            #expect(reason == .full)
            // It is the caller's again, and may be sent once more.
            returned.value += 1
            let thread = TestThread {
                #expect(channel.receiveBlocking()?.value == 1)
                #expect(channel.receiveBlocking()?.value == 3)
            }
            try sender.sendBlocking(returned).get()
            thread.join()
        }
    }
}
