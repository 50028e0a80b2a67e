// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

/// A channel as a sequence that several loops share, one after another.
@Suite("AsyncElements")
struct AsyncElementsTests {
    private func elements(_ count: Int, closes: Bool = true) -> (ChannelElements<Int>, SharedSender<Int>) {
        let channel = Channel<Int>(capacity: .unbounded)
        let sender = channel.makeSharedSender()
        for number in 0..<count { #expect(sender.attempt(number) == nil) }
        if closes { channel.close() }
        return (ChannelElements(channel), sender)
    }

    @Test("a loop after a broken one goes on")
    func aLoopAfterABrokenOneGoesOn() async {
        let (elements, _) = elements(10)
        var received: [Int] = []
        for await number in elements {
            received.append(number)
            if number == 3 { break }
        }
        for await number in elements where number % 2 == 0 {
            received.append(number)
            if number > 5 { break }
        }
        for await number in elements { received.append(number) }
        #expect(received == [0, 1, 2, 3, 4, 6, 7, 8, 9])
        for await number in elements { Issue.record("\(number)") }
    }

    @Test("a loop that ends with an error or a return gives its turn back")
    func aLoopThatEndsWithAnErrorOrAReturnGivesItsTurnBack() async {
        struct Fault: Error {}
        let (elements, _) = elements(6)
        func first(of elements: ChannelElements<Int>) async -> Int? {
            for await number in elements { return number }
            return nil
        }
        #expect(await first(of: elements) == 0)
        await #expect(throws: Fault.self) {
            for await _ in elements { throw Fault() }
        }
        #expect(await first(of: elements) == 2)
    }

    @Test("a loop in another task goes on where a cancelled one ended")
    func aLoopInAnotherTaskGoesOnWhereACancelledOneEnded() async {
        let (elements, sender) = elements(2, closes: false)
        let seen = Counter()
        let cancelled = Task.detached {
            var numbers: [Int] = []
            for await number in elements {
                numbers.append(number)
                seen.add()
            }
            return numbers
        }
        while seen.value < 2 { await Task.yield() }
        cancelled.cancel()
        #expect(await cancelled.value == [0, 1])
        #expect(sender.attempt(2) == nil)
        let next = Task.detached {
            for await number in elements { return number }
            return -1
        }
        #expect(await next.value == 2)
    }

    @Test("an iterator that has returned nil stays at the end, and leaves the turn to the next")
    func anIteratorThatHasReturnedNilStaysAtTheEnd() async {
        let (elements, _) = elements(1)
        var over = elements.makeAsyncIterator()
        #expect(await over.next() == 0)
        #expect(await over.next(isolation: nil) == nil)
        // It is still there, and so is its copy.
        var copy = over
        #expect(await copy.next() == nil)
        for await number in elements { Issue.record("\(number)") }
        #expect(await over.next() == nil)
    }

    #if !os(iOS)
        @Test("two loops at once stop the program")
        func twoLoopsAtOnceStopTheProgram() async {
            await #expect(processExitsWith: .failure) {
                let channel = Channel<Int>(capacity: .bounded(1))
                let elements = ChannelElements(channel)
                let first = elements.makeAsyncIterator()
                let second = elements.makeAsyncIterator()
                _ = (first, second)
            }
        }
    #endif
}
