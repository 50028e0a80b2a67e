// SPDX-License-Identifier: Apache-2.0

internal import CTributary
internal import CTributary.Inline

/// Stands in for a channel while a closure reads its messages in place.
///
/// It looks like a channel that has no message at hand to the inline path, so that a receive from
/// within the closure takes the slow path, which finds it out. It is never written and never freed.
@usableFromInline
enum BusyChannel {
    @usableFromInline
    nonisolated(unsafe) static let handle: OpaquePointer = {
        let head = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<tributary_internal_channel>.size,
            alignment: TRIBUTARY_LINE_PAIR)
        head.initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<tributary_internal_channel>.size)
        return OpaquePointer(head)
    }()
}

extension Channel where Element: ~Copyable {
    /// The handle for a slow receive. Traps as overlapping accesses to a variable do in Swift.
    @usableFromInline
    var idleHandle: OpaquePointer {
        precondition(
            receivingHandle == handle,
            "Channel: received from within a closure that reads messages of the same channel")
        return handle
    }
}
