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
        var sender = channel.makeSender()
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
        var clone = sender.clone()
        clone.finish(throwing: .second)
        sender.finish(throwing: .first)
        startReceiver(channel)
        executor.run()
        #expect(noted.entries == ["second", "end"])
    }

    @Test("without an error it only ends")
    func withoutAnErrorItOnlyEnds() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
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

    @Test("a try gets it too")
    func aTryGetsItToo() throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        var other = channel.makeSender()
        #expect(try channel.tryReceive() == nil)
        sender.finish(throwing: .first)
        #expect(throws: Fault.first) { try channel.tryReceive() }
        #expect(try channel.tryReceive() == nil)
        let otherIsClosed = other.isClosed
        #expect(otherIsClosed)
        other.finish()
    }

    @Test("an error interrupts other senders that never pause")
    func anErrorInterruptsOtherSendersThatNeverPause() async {
        let channel = ThrowingChannel<Int, Fault>(capacity: .unbounded)
        let shared = channel.makeSharedSender()
        let busy = Task.detached {
            var sent = 0
            while (try? await shared.send(sent)) != nil { sent += 1 }
            return sent
        }
        let failing = channel.makeSharedSender()
        var received = 0
        await #expect(throws: Fault.second) {
            for try await _ in channel {
                received += 1
                if received == 1000 { failing.finish(throwing: .second) }
            }
        }
        #expect(await busy.value == received)
    }

    // MARK: - Threads

    /// Other senders stay open: only the error itself can end the wait.
    @Test("a blocked thread hears of an error at once", arguments: Variant.all)
    func aBlockedThreadHearsOfAnErrorAtOnce(variant: Variant) throws {
        let channel = try ThrowingChannel<Int, Fault>(
            capacity: .bounded(4), options: variant.sleepyOptions())
        var open = channel.makeSender()
        let sender = channel.makeSharedSender()
        let thread = TestThread { sender.finish(throwing: .second) }
        #expect(throws: Fault.second) { try channel.receiveBlocking() }
        thread.join()
        #expect(try channel.receiveBlocking() == nil)
        open.finish(throwing: .first)
        #expect(try channel.receiveBlocking() == nil)
    }

    @Test("so does one that waits with a limit, or for a batch", arguments: 0..<5)
    func soDoesOneThatWaitsWithALimitOrForABatch(form: Int) {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSharedSender()
        let thread = TestThread { sender.finish(throwing: .first) }
        let forever = Duration.seconds(3600)
        switch form {
        case 0:
            #expect(throws: ThrowingReceiveError<Fault>.failed(.first)) {
                try channel.receiveBlocking(timeout: forever)
            }
        case 1:
            _ = collect(capacity: 4) { output in
                do throws(Fault) {
                    _ = try channel.receiveBlocking(into: &output)
                    Issue.record("no error")
                } catch { #expect(error == .first) }
            }
        case 2:
            _ = collect(capacity: 4) { output in
                do throws(ThrowingReceiveError<Fault>) {
                    _ = try channel.receiveBlocking(into: &output, timeout: forever)
                    Issue.record("no error")
                } catch { #expect(error == .failed(.first)) }
            }
        case 3:
            #expect(throws: Fault.first) { try channel.receiveBlocking(upTo: 4) { $0.count } }
        default:
            #expect(throws: ThrowingReceiveError<Fault>.failed(.first)) {
                try channel.receiveBlocking(upTo: 4, timeout: forever) { $0.count }
            }
        }
        thread.join()
        #expect(try! channel.tryReceive() == nil)
    }

    @Test("a timeout is not an error of the channel")
    func aTimeoutIsNotAnErrorOfTheChannel() async {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSharedSender()
        await #expect(throws: ThrowingReceiveError<Fault>.timedOut) {
            try await channel.receive(timeout: .milliseconds(1))
        }
        blockingTimeouts(channel)
        #expect(sender.base.attempt(1) == nil)
        sender.finish(throwing: .first)
        #expect(try! await channel.receive(timeout: .seconds(3600)) == 1)
        await #expect(throws: ThrowingReceiveError<Fault>.failed(.first)) {
            try await channel.receive(timeout: .seconds(3600))
        }
        #expect(try! await channel.receive(timeout: .seconds(3600)) == nil)
    }

    private func blockingTimeouts(_ channel: ThrowingChannel<Int, Fault>) {
        let brief = Duration.milliseconds(1)
        #expect(throws: ThrowingReceiveError<Fault>.timedOut) {
            try channel.receiveBlocking(timeout: brief)
        }
        #expect(throws: ThrowingReceiveError<Fault>.timedOut) {
            try channel.receiveBlocking(upTo: 4, timeout: brief) { $0.count }
        }
        _ = collect(capacity: 4) { output in
            do throws(ThrowingReceiveError<Fault>) {
                _ = try channel.receiveBlocking(into: &output, timeout: brief)
                Issue.record("no error")
            } catch { #expect(error == .timedOut) }
        }
    }

    // MARK: - Batches

    @Test("batches come before the error")
    func batchesComeBeforeTheError() {
        let channel = ThrowingChannel<Int, Fault>(capacity: .unbounded)
        let sender = channel.makeSharedSender()
        Task(executorPreference: executor) { [noted] in
            do throws(Fault) {
                while case let batch = try await channel.receive(upTo: 4), !batch.isEmpty {
                    noted.note("\(batch)")
                }
                noted.note("end")
            } catch {
                noted.note("\(error)")
            }
            noted.note(String(describing: try? await channel.receive(upTo: 4)))
        }
        executor.run()
        for number in 0..<5 { #expect(sender.base.attempt(number) == nil) }
        sender.finish(throwing: .first)
        executor.run()
        #expect(noted.entries == ["[0, 1, 2, 3]", "[4]", "first", "Optional([])"])
    }

    @Test("spans and messages in place, by suspending and by trying", arguments: [true, false])
    func spansAndMessagesInPlace(suspends: Bool) async throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .unbounded)
        var sender = channel.makeSender()
        for number in 1...6 { #expect(sender.base.attempt(number) == nil) }
        sender.finish(throwing: .first)
        let buffer = UnsafeMutableBufferPointer<Int>.allocate(capacity: 8)
        defer { buffer.deallocate() }
        var output = OutputSpan(buffer: buffer, initializedCount: 0)
        let count =
            suspends
            ? try await channel.receive(upTo: 3, into: &output)
            : try channel.tryReceive(upTo: 3, into: &output)
        #expect(count == 3)
        let sum: (Span<Int>) -> Int = { span in
            var sum = 0
            for index in span.indices { sum += span[index] }
            return sum
        }
        let rest =
            suspends
            ? try await channel.receive(upTo: 9, sum) : try channel.tryReceive(upTo: 9, sum)
        #expect(rest == 15)
        do throws(Fault) {
            _ =
                suspends
                ? try await channel.receive(upTo: 3, into: &output)
                : try channel.tryReceive(upTo: 3, into: &output)
            Issue.record("no error")
        } catch { #expect(error == .first) }
        let after =
            suspends
            ? try await channel.receive(upTo: 9, sum) : try channel.tryReceive(upTo: 9, sum)
        #expect(after == nil)
        _ = output.finalize(for: buffer)
    }

    // MARK: - Senders

    @Test("every end can end the channel, and the first error counts", arguments: 0..<4)
    func everyEndCanEndTheChannel(kind: Int) throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        switch kind {
        case 0:
            var clone = sender.clone()
            clone.finish(throwing: .first)
        case 1: sender.makeSharedSender().finish(throwing: .first)
        case 2: shared.clone().finish(throwing: .first)
        default:
            var another = shared.makeSender()
            another.finish(throwing: .first)
        }
        shared.finish(throwing: .second)
        sender.finish(throwing: .second)
        #expect(throws: Fault.first) { try channel.tryReceive() }
        #expect(shared.isClosed)
        #expect(try channel.tryReceive() == nil)
    }

    @Test("a task ends its channel, and its sender is closed at once")
    func aTaskEndsItsChannelAndItsSenderIsClosedAtOnce() async {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        var sender = channel.makeSender()
        let task = Task {
            try? await sender.send(1)
            sender.finish(throwing: .first)
            return (sender.isClosed, try? await sender.send(2), sender.base.length)
        }
        let (isClosed, sent, length) = await task.value
        #expect(isClosed && sent == nil && length == 0)
        let received = await receiveAll(channel)
        #expect(received == [1])
    }

    @Test("an error after the end was reported is dropped")
    func anErrorAfterTheEndWasReportedIsDropped() throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        let sender = channel.makeSharedSender()
        channel.close()
        #expect(try channel.tryReceive() == nil)
        sender.finish(throwing: .first)
        #expect(try channel.tryReceive() == nil)
        // A sender that was opened after the close has no lane to speak through.
        var late = channel.makeSender()
        late.finish(throwing: .second)
        #expect(try channel.tryReceive() == nil)
    }

    @Test("without senders it has finished only until one is opened")
    func withoutSendersItHasFinishedOnlyUntilOneIsOpened() throws {
        let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(4))
        #expect(try channel.tryReceive() == nil)
        var sender = channel.makeSender()
        sender.finish(throwing: .first)
        #expect(throws: Fault.first) { try channel.tryReceive() }
    }

    @Test("the sends, and noncopyable elements")
    func theSendsAndNoncopyableElements() async {
        let ledger = Ledger()
        let channel = ThrowingChannel<Token, Fault>(capacity: .bounded(2))
        var sender = channel.makeSender()
        let shared = channel.makeSharedSender()
        #expect(sender.trySend(Token(0, ledger)).failure == nil)
        #expect(await sender.send(Token(1, ledger)).failure == nil)
        let full = await sender.send(Token(-1, ledger), timeout: .milliseconds(1)).failure
        #expect(full == .timedOut)
        #expect(shared.trySend(Token(2, ledger)).failure == nil)
        #expect(await shared.send(Token(3, ledger), timeout: .seconds(3600)).failure == nil)
        sender.finish(throwing: .first)
        var seen: [Int] = []
        do throws(Fault) {
            while let token = try await channel.receive() { seen.append(token.number) }
            Issue.record("no error")
        } catch { #expect(error == .first) }
        #expect(seen.sorted() == [0, 1, 2, 3])
        #expect(ledger.alive == 0)
        #expect(await shared.closed())
        #expect(await shared.send(Token(4, ledger)).failure == .closed)
        #expect(ledger.alive == 0)
    }

    @Test("an error in a race with the receiver's wait", arguments: [true, false])
    func anErrorInARaceWithTheReceiversWait(blocking: Bool) async {
        for round in 0..<scaled(300, atLeast: 50) {
            let channel = ThrowingChannel<Int, Fault>(capacity: .bounded(2))
            let shared = channel.makeSharedSender()
            let open = channel.makeSharedSender()
            let count = round % 4
            Task.detached {
                for number in 0..<count { try? await shared.send(number) }
                shared.finish(throwing: .first)
            }
            let received = blocking ? receiveInThread(channel) : await receiveAll(channel)
            #expect(received == Array(0..<count))
            #expect(open.isClosed)
        }
    }

    private nonisolated(nonsending) func receiveAll(
        _ channel: ThrowingChannel<Int, Fault>
    ) async -> [Int] {
        var received: [Int] = []
        do throws(Fault) {
            for try await message in channel { received.append(message) }
            Issue.record("no error")
        } catch { #expect(error == .first) }
        return received
    }

    private func receiveInThread(_ channel: ThrowingChannel<Int, Fault>) -> [Int] {
        var received: [Int] = []
        do throws(Fault) {
            while let message = try channel.receiveBlocking() { received.append(message) }
            Issue.record("no error")
        } catch { #expect(error == .first) }
        return received
    }
}
