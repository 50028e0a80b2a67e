// SPDX-License-Identifier: Apache-2.0

internal import Tributary

/// How the body of a ``Mailbox`` ended.
public enum MailboxTermination: Sendable {
    /// It returned.
    case finished
    /// It threw.
    case failed(any Error)
}

extension Mailbox {
    /// Calls `notice` once when the mailbox has terminated, on the thread that ran its body, or at once on this one if it
    /// has.
    ///
    /// - Complexity: O(1).
    public func watch(_ notice: @escaping @Sendable (MailboxTermination) -> Void) {
        end.termination.whenAnnounced(notice)
    }

    /// Tells `watcher` what `notice` makes of the termination, once. A watcher that has terminated itself, or has no
    /// room, is not told.
    ///
    /// The mailbox that is watched keeps the watcher until then.
    ///
    /// - Complexity: O(1).
    public func watch<Notice>(
        by watcher: Mailbox<Notice>,
        _ notice: @escaping @Sendable (MailboxTermination) -> Notice
    ) {
        watch { try? watcher.tell(notice($0)) }
    }

    /// Suspends until the mailbox has terminated; cancellation does not shorten it.
    ///
    /// - Complexity: O(1).
    public nonisolated(nonsending) func terminated() async -> MailboxTermination {
        await end.termination.announced()
    }
}

/// The termination, for those who wait for it.
final class MailboxTerminationNotice: @unchecked Sendable {
    // Unchecked because of `termination`: written once, before the completion whose lock orders it before every read.
    private let completion = Completion()
    private var termination = MailboxTermination.finished

    func announce(_ termination: MailboxTermination) {
        self.termination = termination
        completion.complete()
    }

    func whenAnnounced(_ notice: @escaping @Sendable (MailboxTermination) -> Void) {
        completion.whenComplete { [self] in notice(termination) }
    }

    nonisolated(nonsending) func announced() async -> MailboxTermination {
        await completion.wait()
        return termination
    }
}
