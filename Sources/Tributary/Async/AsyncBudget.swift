// SPDX-License-Identifier: Apache-2.0

internal import CTributary.Inline

/// How much a task sends or receives before it gives its thread away once.
///
/// A task that always finds messages, or room, never suspends, and would keep its thread from all
/// other tasks. The count is taken where a call leaves the inline path anyway: per run of messages,
/// per segment. The task itself is not looked at.
@usableFromInline
enum AsyncBudget {
    /// Some 40 to 250 microseconds of nothing but passing messages (docs/design.md).
    @usableFromInline
    static var messages: Int { 16384 }

    /// For the ends that many tasks share: counts for the thread. `true`: it is due.
    @usableFromInline
    static func spendThread(_ count: Int) -> Bool {
        tributary_internal_thread_spend(count, messages)
    }
}
