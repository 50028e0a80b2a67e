// SPDX-License-Identifier: Apache-2.0

import Testing
import Tributary

@Suite("Threads")
struct ThreadTests {
    @Test("a thread runs its closure once, and is joined or goes on")
    func aThreadRunsItsClosureOnceAndIsJoinedOrGoesOn() throws {
        let runs = Counter()
        let thread = startThread(name: "ein Fädchen, das länger heißt") { runs.add() }
        joinThread(thread)
        #expect(runs.value == 1)
        joinThread(try JoinableThread(name: "small", stackSize: 256 * 1024) { runs.add() })
        #expect(runs.value == 2)
        startThread { runs.add() }
        waitUntil { runs.value == 3 }
    }

    private func joinThread(_ thread: consuming JoinableThread) { thread.join() }

    @Test("a refused thread throws, and what moved into it ends", arguments: [0, -1, Int.max / 2])
    func aRefusedThreadThrowsAndWhatMovedIntoItEnds(stackSize: Int) {
        let ledger = Ledger()
        let channel = Channel<Token>(capacity: .bounded(1))
        let error = start(channel.makeSender(), Parcel(1, ledger), stackSize)
        #expect(error != nil && error?.code != 0)
        #expect(channel.isFinished)
        #expect(ledger.created == 1)
        #expect(ledger.alive == 0)
    }

    private func start(
        _ sender: consuming Sender<Token>, _ parcel: Parcel, _ stackSize: Int
    ) -> ThreadError? {
        var sender = sender
        do throws(ThreadError) {
            let thread = try JoinableThread(stackSize: stackSize) {
                _ = sender.trySend(Token(0, Ledger())).failure
                _ = parcel
            }
            thread.join()
            return nil
        } catch {
            return error
        }
    }
}
