// SPDX-License-Identifier: Apache-2.0

internal import CTributary
internal import CTributary.Inline

/// The handles of senders that never had a lane.
///
/// A sender can be asked for when the channel is closed already, or when memory has run out.
/// Making one does not fail then: the sender's handle is one of these, and every send hands its
/// message back with the reason. Both look like a lane without a free slot to the inline path, so
/// that it needs no check of its own; everything else compares the handle first. They are never
/// written and never freed.
@usableFromInline
enum DetachedSender {
    nonisolated(unsafe) static let closed = makeEmptyLane()
    nonisolated(unsafe) static let outOfMemory = makeEmptyLane()

    private static func makeEmptyLane() -> OpaquePointer {
        let lane = UnsafeMutableRawPointer.allocate(
            byteCount: MemoryLayout<tributary_internal_lane>.size,
            alignment: TRIBUTARY_LINE_PAIR)
        lane.initializeMemory(
            as: UInt8.self, repeating: 0, count: MemoryLayout<tributary_internal_lane>.size)
        return OpaquePointer(lane)
    }

    /// Why a handle has no lane; `nil` when it has one.
    @usableFromInline
    static func failure(of handle: OpaquePointer) -> SendFailure? {
        if handle == closed { return .closed }
        if handle == outOfMemory { return .outOfMemory }
        return nil
    }

    static func handle(for failure: SendFailure) -> OpaquePointer {
        failure == .outOfMemory ? outOfMemory : closed
    }
}
