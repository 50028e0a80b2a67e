// SPDX-License-Identifier: Apache-2.0

/// A timeout that several C calls share.
@usableFromInline
struct BoundedWait {
    private let nanoseconds: Int64
    private let start: ContinuousClock.Instant

    @usableFromInline
    init(_ timeout: Duration) {
        nanoseconds = timeout.timeoutNanoseconds
        start = .now
    }

    /// What is left of it, in nanoseconds, as C takes it.
    @usableFromInline
    var remainingNanoseconds: Int64 {
        if nanoseconds == .max { return .max }
        let elapsed = start.duration(to: .now).timeoutNanoseconds
        return max(0, nanoseconds - elapsed)
    }
}
