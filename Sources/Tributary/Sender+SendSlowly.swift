// SPDX-License-Identifier: Apache-2.0

public import CTributary

// What a send does when there is no free slot at hand: it reserves one, which allocates, waits or
// fails as needed, and then writes and publishes as the fast path does. Only a message that may be
// dropped is passed by address.
extension Sender where Element: ~Copyable {
    @inlinable @inline(never)
    mutating func trySendSlowly(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        if let failure = DetachedSender.failure(of: handle) { return .returned(element, failure) }
        let handle = handle
        if dropsNewest { return relocate(element) { tributary_sender_try_send(handle, $0, $1) } }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_try_reserve(handle, 1, &slot)
        return commit(element, to: slot, reserved: count)
    }

    @inlinable @inline(never)
    mutating func sendSlowly(
        _ element: consuming sending Element
    ) -> sending SendResult<Element> {
        if let failure = DetachedSender.failure(of: handle) { return .returned(element, failure) }
        let handle = handle
        if dropsNewest { return relocate(element) { tributary_sender_send(handle, $0, $1) } }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve(handle, 1, &slot)
        return commit(element, to: slot, reserved: count)
    }

    @inlinable @inline(never)
    mutating func sendSlowly(
        _ element: consuming sending Element, timeout: Duration
    ) -> sending SendResult<Element> {
        if let failure = DetachedSender.failure(of: handle) { return .returned(element, failure) }
        let handle = handle
        let nanoseconds = timeout.timeoutNanoseconds
        if dropsNewest {
            return relocate(element) {
                tributary_sender_send_timeout(handle, $0, $1, nanoseconds)
            }
        }
        var slot: UnsafeMutableRawPointer?
        let count = tributary_sender_reserve_timeout(handle, 1, &slot, nanoseconds)
        return commit(element, to: slot, reserved: count)
    }

    @inlinable
    mutating func commit(
        _ element: consuming sending Element, to slot: UnsafeMutableRawPointer?,
        reserved count: Int
    ) -> sending SendResult<Element> {
        guard count > 0, let slot else {
            return .returned(element, SendFailure(code: CInt(count)))
        }
        nonisolated(unsafe) let message = slot.assumingMemoryBound(to: Element.self)
        message.initialize(to: element)
        let code = tributary_sender_commit(handle, 1)
        guard code == 0 else { return .returned(message.move(), SendFailure(code: code)) }
        return .sent
    }
}
