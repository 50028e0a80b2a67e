// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("AsyncThrowing")
struct AsyncThrowingTests {
    enum Fault: Error, Equatable { case first, second }

    let executor = PumpedExecutor()
    let noted = Log<String>()

    private func startReceiver(_ channel: sending ThrowingChannel<Int, Fault>) {
        Task(executorPreference: executor) { [noted] in
            do throws(Fault) {
                while let message = try await channel.receive() { noted.note("\(message)") }
                noted.note("end")
            } catch {
                noted.note("\(error)")
                let after = try? await channel.receive()
                noted.note(after == .some(nil) ? "end" : "more")
            }
        }
    }

    @Test("an error comes behind the messages")
    func anErrorComesBehindTheMessages() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        #expect(sender.base.attempt(1) == nil)
        sender.finish(throwing: .first)
        startReceiver(channel)
        executor.run()
        #expect(noted.entries == ["1", "first", "end"])
    }

    @Test("an error wakes a suspended receiver and ends the other senders")
    func anErrorWakesASuspendedReceiverAndEndsTheOtherSenders() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSender()
        var other = channel.makeSender()
        startReceiver(channel)
        executor.run()
        #expect(other.base.attempt(1) == nil)
        executor.run()
        sender.finish(throwing: .first)
        #expect(other.base.attempt(2) == nil)
        executor.run()
        #expect(noted.entries == ["1", "2", "first", "end"])
        #expect(other.base.attempt(3) == .closed)
        other.finish(throwing: .second)
        executor.run()
        #expect(noted.entries == ["1", "2", "first", "end"])
    }

    @Test("the first error counts")
    func theFirstErrorCounts() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let clone = sender.clone()
        clone.finish(throwing: .second)
        sender.finish(throwing: .first)
        startReceiver(channel)
        executor.run()
        #expect(noted.entries == ["second", "end"])
    }

    @Test("without an error it only ends")
    func withoutAnErrorItOnlyEnds() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSender()
        startReceiver(channel)
        executor.run()
        sender.finish()
        executor.run()
        #expect(noted.entries == ["end"])
    }

    @Test("for await throws the typed error")
    func forAwaitThrowsTheTypedError() async {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        #expect(sender.base.attempt(1) == nil)
        sender.finish(throwing: .first)
        var received: [Int] = []
        do throws(Fault) {
            for try await message in channel { received.append(message) }
            Issue.record("no error")
        } catch {
            #expect(error == .first)
        }
        #expect(received == [1])
    }

    @Test("a blocked thread and a try get it too")
    func aBlockedThreadAndATryGetItToo() throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSender()
        #expect(try channel.tryReceive() == nil)
        sender.finish(throwing: .first)
        #expect(throws: Fault.first) { try channel.tryReceive() }
        #expect(try channel.tryReceive() == nil)

        let blocked = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let last = Log<ThrowingSenderBox>()
        last.note(ThrowingSenderBox(blocked.makeSender()))
        let thread = TestThread { last.entries[0].finish(throwing: .second) }
        #expect(throws: Fault.second) { try blocked.receiveBlocking() }
        thread.join()
    }

    /// Hands the sender to a thread.
    final class ThrowingSenderBox: @unchecked Sendable {
        private var sender: ThrowingSender<Int, Fault>?
        init(_ sender: consuming ThrowingSender<Int, Fault>) { self.sender = consume sender }
        func finish(throwing error: Fault) { sender.take()!.finish(throwing: error) }
    }
}
