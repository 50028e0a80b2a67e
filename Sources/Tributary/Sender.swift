// SPDX-License-Identifier: Apache-2.0

internal import CTributary

/// An exclusive sending end of a ``Channel``: the fast path.
///
/// Each sender has a lane of its own, so that a send is a store into memory that no other sender
/// writes. Its messages arrive in the order sent, and a bounded channel has room for `capacity`
/// undelivered messages of each sender.
///
/// A sender is noncopyable, `Sendable`, and every send is `mutating`: it may move to another thread
/// or task, and using it from two at once does not compile. ``clone()`` opens another one.
///
/// A sender ends when its value does. What it sent is still received; the channel finishes when its
/// last sender has ended. It may outlive the channel.
@frozen
public struct Sender<Element: ~Copyable>: ~Copyable, @unchecked Sendable {
    // Unchecked because the handle is a pointer. One owner at a time may use it, which is what a
    // noncopyable value says; elements that are not Sendable pass through as `sending`.
    @usableFromInline
    let handle: OpaquePointer
    /// Whether a message that finds the channel full is to be dropped. A reservation cannot do
    /// that, so such a message is passed to C as a whole.
    @usableFromInline
    let dropsNewest: Bool
    /// Where the task of this sender waits, from its first wait on; owned.
    @usableFromInline
    var waiter: Unmanaged<Waiter>?
    /// When this many messages were sent, the task gives its thread away once: see ``AsyncBudget``.
    @usableFromInline
    var yieldAt = UInt64(AsyncBudget.messages)

    init(opened handle: OpaquePointer?, code: CInt, dropsNewest: Bool) {
        self.handle = handle ?? DetachedSender.handle(for: SendFailure(code: code))
        self.dropsNewest = dropsNewest
    }

    init(detachedBecause failure: SendFailure) {
        handle = DetachedSender.handle(for: failure)
        dropsNewest = false
    }

    deinit {
        waiter?.release()
        if DetachedSender.failure(of: handle) == nil {
            tributary_sender_destroy(handle)
        }
    }
}

// MARK: - More sending ends

extension Sender where Element: ~Copyable {
    /// Opens another sender of the same channel, with a lane and room of its own.
    ///
    /// Never fails: see ``Channel/makeSender()``. Allocates; does not block.
    ///
    /// - Complexity: O(1).
    public mutating func clone() -> Sender {
        if let failure = DetachedSender.failure(of: handle) {
            return Sender(detachedBecause: failure)
        }
        var clone: OpaquePointer?
        let code = tributary_sender_clone(handle, &clone)
        return Sender(opened: clone, code: code, dropsNewest: dropsNewest)
    }

    /// Opens a shared sender of the same channel.
    ///
    /// Never fails: see ``Channel/makeSender()``. Allocates; does not block.
    ///
    /// - Complexity: O(1).
    public mutating func makeSharedSender() -> SharedSender<Element> {
        if let failure = DetachedSender.failure(of: handle) {
            return SharedSender(detachedBecause: failure)
        }
        var shared: OpaquePointer?
        let code = tributary_sender_open_shared_sender(handle, &shared)
        return SharedSender(opened: shared, code: code, dropsNewest: dropsNewest)
    }
}

// MARK: - Observation

extension Sender where Element: ~Copyable {
    /// Whether the receiver has closed the channel or is gone. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var isClosed: Bool {
        switch DetachedSender.failure(of: handle) {
        case nil: tributary_sender_is_closed(handle)
        case .closed: true
        default: false
        }
    }

    /// Undelivered messages of this sender: a snapshot, out of date when it arrives. Real-time
    /// safe.
    ///
    /// - Complexity: O(1).
    public var length: Int {
        DetachedSender.failure(of: handle) == nil ? tributary_sender_length(handle) : 0
    }

    /// The room this sender has, the capacity of the channel; `.bounded(0)` for a sender that could
    /// not be opened. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var capacity: ChannelCapacity {
        guard DetachedSender.failure(of: handle) == nil else { return .bounded(0) }
        return ChannelCapacity(count: tributary_sender_capacity(handle))
    }

    /// Whether both send to the same channel; `false` when either could not be opened. Real-time
    /// safe.
    ///
    /// - Complexity: O(1).
    public func isSameChannel(as other: borrowing Sender) -> Bool {
        guard DetachedSender.failure(of: handle) == nil,
            DetachedSender.failure(of: other.handle) == nil
        else { return false }
        return tributary_sender_same_channel(handle, other.handle)
    }
}
