// SPDX-License-Identifier: Apache-2.0

import AsyncAlgorithms
import Testing
import Tributary

/// A channel is a sequence like any other to the operators of swift-async-algorithms.
@Suite("AsyncAlgorithms")
struct AsyncAlgorithmsTests {
    /// A channel with these messages, sent by a task, and no sender left after them.
    private func channel(_ messages: [Int], capacity: Int = 2) -> sending Channel<Int> {
        let channel = Channel<Int>(capacity: .bounded(capacity))
        send(messages, channel.makeSender())
        return channel
    }

    private func send(_ messages: [Int], _ sender: consuming Sender<Int>) {
        var sender = sender
        Task { try await sender.send(contentsOf: messages) }
    }

    @Test("operators of one sequence")
    func operators() async {
        var chunks: [[Int]] = []
        for await chunk in channel(Array(0..<7)).chunks(ofCount: 3) { chunks.append(chunk) }
        #expect(chunks == [[0, 1, 2], [3, 4, 5], [6]])
        #expect(await Array(channel([1, 1, 2, 2, 1]).removeDuplicates()) == [1, 2, 1])
        let pairs = await Array(channel([1, 2, 3]).adjacentPairs())
        #expect(pairs.map { $0.0 } == [1, 2] && pairs.map { $0.1 } == [2, 3])
        #expect(await Array(chain(channel([1, 2]), channel([3]))) == [1, 2, 3])
        #expect(await Array(channel([1, 2, 3, 4]).map { $0 * 2 }.filter { $0 > 2 }) == [4, 6, 8])
    }

    @Test("operators that iterate in tasks of their own")
    func sendableOperators() async {
        let merged = merge(
            ChannelElements(channel(Array(0..<100))), ChannelElements(channel(Array(100..<200))))
        #expect(await Array(merged).sorted() == Array(0..<200))
        let zipped = await Array(
            zip(ChannelElements(channel([1, 2, 3])), ChannelElements(channel([4, 5, 6]))))
        #expect(zipped.map { $0.0 + $0.1 } == [5, 7, 9])
        let buffered = ChannelElements(channel(Array(0..<50))).buffer(policy: .bounded(4))
        #expect(await Array(buffered) == Array(0..<50))
    }

    @Test("as any sequence, and into another channel")
    func existential() async throws {
        let sequence: any AsyncSequence<Int, Never> = channel([1, 2, 3])
        var sum = 0
        for await number in sequence { sum += number }
        #expect(sum == 6)

        let target = Channel<Int>(capacity: .unbounded)
        do {
            var sender = target.makeSender()
            try await sender.send(contentsOf: channel([4, 5]))
            try await sender.send(contentsOf: [6, 7].async)
        }
        #expect(await Array(target) == [4, 5, 6, 7])
    }

    @Test("a typed error passes through")
    func typedError() async {
        struct Fault: Error, Equatable {}
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        try? await sender.send(1)
        sender.finish(throwing: Fault())
        var received: [Int] = []
        await #expect(throws: Fault()) {
            for try await number in channel.removeDuplicates() { received.append(number) }
        }
        #expect(received == [1])
    }
}
