// SPDX-License-Identifier: Apache-2.0

public import CTributary

// What a send does when there is no free slot at hand: it reserves one, which allocates, waits or
// fails as needed, and then writes and publishes as the fast path does. Only a message that may be
// dropped is passed by address.

/// How a slow send goes on.
@frozen
@usableFromInline
enum SlowSend {
    case fill(UnsafeMutableRawPointer)
    case passByAddress
    case fail(SendFailure)
}

extension Sender where Element: ~Copyable {
    @inlinable @inline(never)
    mutating func tryReserve() -> SlowSend {
        if let failure = DetachedSender.failure(of: handle) { return .fail(failure) }
        if dropsNewest { return .passByAddress }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_try_reserve(handle, 1, &slot)
        guard count > 0, let slot else { return .fail(SendFailure(code: CInt(count))) }
        return .fill(slot)
    }

    @inlinable @inline(never)
    mutating func reserve() -> SlowSend {
        if let failure = DetachedSender.failure(of: handle) { return .fail(failure) }
        if dropsNewest { return .passByAddress }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve(handle, 1, &slot)
        guard count > 0, let slot else { return .fail(SendFailure(code: CInt(count))) }
        return .fill(slot)
    }

    @inlinable @inline(never)
    mutating func reserve(timeout: Duration) -> SlowSend {
        if let failure = DetachedSender.failure(of: handle) { return .fail(failure) }
        if dropsNewest { return .passByAddress }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve_timeout(
            handle, 1, &slot, timeout.timeoutNanoseconds)
        guard count > 0, let slot else { return .fail(SendFailure(code: CInt(count))) }
        return .fill(slot)
    }
}
