// SPDX-License-Identifier: Apache-2.0

internal import CTributary
internal import CTributary.Inline

// One channel that both languages hold at the same time: the C functions of `CTributary` take these
// handles. The messages are the same bytes on both sides, so the element is to be a type that C
// knows.

extension Channel where Element: ~Copyable {
    /// The channel as C sees it (`tributary_channel *`), valid as long as this object. It stays this
    /// object's: C must not destroy it, and must not receive while Swift does.
    ///
    /// - Complexity: O(1).
    public var unsafeHandle: OpaquePointer { handle }
}

extension Sender where Element: ~Copyable {
    /// Takes a C sender (`tributary_sender *`) over; it ends with this value.
    ///
    /// Its messages must be valid elements, with their alignment, and its channel's
    /// `destroy_message` must be able to destroy them.
    ///
    /// - Throws: ``ChannelError/messageSizeMismatch`` when its messages are not as large as the
    ///   stride of the element; the handle is then still the caller's.
    /// - Complexity: O(1).
    public init(unsafeHandle: OpaquePointer) throws(ChannelError) {
        guard tributary_sender_message_size(unsafeHandle) == MemoryLayout<Element>.stride else {
            throw .messageSizeMismatch
        }
        handle = unsafeHandle
        dropsNewest = tributary_internal_sender_drops_newest(unsafeHandle)
    }

    /// Gives this sender to C (`tributary_sender *`), which is to end it with
    /// `tributary_sender_destroy`. `nil` for a sender that could not be opened.
    ///
    /// - Complexity: O(1).
    public consuming func intoUnsafeHandle() -> OpaquePointer? {
        let handle = handle
        waiter?.release()
        discard self
        return DetachedSender.failure(of: handle) == nil ? handle : nil
    }
}
