// SPDX-License-Identifier: Apache-2.0

internal import CTributary

/// A sending end of a ``Channel`` that any number of threads and tasks use at once.
///
/// All shared senders of a channel form one first-in-first-out queue, whose order agrees with real
/// time, and share `capacity` messages of room. A send costs read-modify-writes on a shared cache
/// line; where one thread or task sends much, a ``Sender`` is several times as fast.
///
/// It is copyable and `Sendable`, for closures and callbacks. All copies of one value are one
/// sending end, which ends with the last of them.
///
/// A message lies in a lane of the sending thread, which is allocated at its first send. Elements are
/// relocated bitwise on the way, as almost all Swift types allow; a type that does not (a C++ class
/// that points into itself, or a structure with a `weak` reference to an Objective-C object) is to
/// be sent through a ``Sender``, or inside a class.
public struct SharedSender<Element: ~Copyable>: Sendable {
    @usableFromInline
    let end: SharedSenderEnd

    init(opened handle: OpaquePointer?, code: CInt, dropsNewest: Bool) {
        end = SharedSenderEnd(
            handle, handle == nil ? SendFailure(code: code) : .closed, dropsNewest: dropsNewest)
    }

    init(detachedBecause failure: SendFailure) {
        end = SharedSenderEnd(nil, failure, dropsNewest: false)
    }
}

/// Owns the handle that all copies of a shared sender use.
@usableFromInline
final class SharedSenderEnd: @unchecked Sendable {
    // Unchecked because the handle is a pointer, to an object that any thread may use.
    @usableFromInline
    let handle: OpaquePointer?
    /// Why there is no handle.
    @usableFromInline
    let failure: SendFailure
    let waits = SharedWaitPool()
    /// For exclusive senders opened from here: see ``Sender``.
    let dropsNewest: Bool

    init(_ handle: OpaquePointer?, _ failure: SendFailure, dropsNewest: Bool) {
        self.handle = handle
        self.failure = failure
        self.dropsNewest = dropsNewest
    }

    deinit {
        if let handle { tributary_shared_sender_destroy(handle) }
    }
}

// MARK: - More sending ends

extension SharedSender where Element: ~Copyable {
    /// Opens a shared sender of the same channel that is an end of its own.
    ///
    /// Never fails: see ``Channel/makeSender()``. Allocates; does not block.
    ///
    /// - Complexity: O(1).
    public func clone() -> SharedSender {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return self }
        var clone: OpaquePointer?
        let code = tributary_shared_sender_clone(handle, &clone)
        return SharedSender(opened: clone, code: code, dropsNewest: end.dropsNewest)
    }

    /// Opens an exclusive sender of the same channel.
    ///
    /// Never fails: see ``Channel/makeSender()``. Allocates; does not block.
    ///
    /// - Complexity: O(1).
    public func makeSender() -> Sender<Element> {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return Sender(detachedBecause: end.failure) }
        var sender: OpaquePointer?
        let code = tributary_shared_sender_open_sender(handle, &sender)
        return Sender(opened: sender, code: code, dropsNewest: end.dropsNewest)
    }
}

// MARK: - Observation

extension SharedSender where Element: ~Copyable {
    /// Whether the receiver has closed the channel or is gone. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var isClosed: Bool {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return end.failure == .closed }
        return tributary_shared_sender_is_closed(handle)
    }

    /// Undelivered messages of all shared senders together: a snapshot, out of date when it arrives.
    /// Real-time safe.
    ///
    /// - Complexity: O(1).
    public var length: Int {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return 0 }
        return tributary_shared_sender_length(handle)
    }

    /// The room that all shared senders have together, the capacity of the channel; `.bounded(0)`
    /// for a sender that could not be opened. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var capacity: ChannelCapacity {
        defer { extendLifetime(end) }
        guard let handle = end.handle else { return .bounded(0) }
        return ChannelCapacity(count: tributary_shared_sender_capacity(handle))
    }

    /// Whether both send to the same channel; `false` when either could not be opened. Real-time
    /// safe.
    ///
    /// - Complexity: O(1).
    public func isSameChannel(as other: SharedSender) -> Bool {
        defer {
            extendLifetime(end)
            extendLifetime(other.end)
        }
        guard let handle = end.handle, let otherHandle = other.end.handle else { return false }
        return tributary_shared_sender_same_channel(handle, otherHandle)
    }
}
