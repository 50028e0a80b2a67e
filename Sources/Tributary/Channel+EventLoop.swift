// SPDX-License-Identifier: Apache-2.0

internal import CTributary

extension Channel where Element: ~Copyable {
    /// A descriptor that becomes readable when the armed channel has something to receive or has
    /// finished; `nil` unless the channel was created with ``ChannelOptions/Parker/eventfd``.
    ///
    /// It stays the channel's: do not read or close it. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var fileDescriptor: CInt? {
        defer { extendLifetime(self) }
        let descriptor = tributary_channel_file_descriptor(handle)
        return descriptor >= 0 ? descriptor : nil
    }

    /// Arms ``fileDescriptor`` before an event loop waits for it.
    ///
    /// `true`: the channel is empty, and the next message, the last sender's end or a close will
    /// make the descriptor readable; it stays so until the next call that receives. `false`: there
    /// is something to receive now, or the channel has finished, or it has no descriptor; receive
    /// first. Never waits.
    ///
    /// - Complexity: O(1), amortized.
    public func arm() -> Bool {
        defer { extendLifetime(self) }
        return tributary_channel_arm(idleHandle) == 0
    }
}
