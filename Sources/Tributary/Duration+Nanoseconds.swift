// SPDX-License-Identifier: Apache-2.0

extension Duration {
    /// The nanoseconds that a C timeout takes: a negative duration has passed already and is 0; one
    /// that does not fit (over 292 years) never ends.
    @usableFromInline
    package var timeoutNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        let (whole, overflowed) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        if overflowed { return .max }
        // Rounded up: a wait is never shorter than asked for.
        let part = (attoseconds + 999_999_999) / 1_000_000_000
        let (sum, carried) = whole.addingReportingOverflow(part)
        return carried ? .max : sum
    }
}
