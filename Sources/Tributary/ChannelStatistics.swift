// SPDX-License-Identifier: Apache-2.0

internal import CTributary

/// What a channel has counted since its creation, summed over all senders that were ever opened.
public struct ChannelStatistics: Hashable, Sendable {
    /// Messages accepted.
    public var sent: UInt64
    /// Messages taken by the receiver.
    public var received: UInt64
    /// Messages destroyed by the overflow policy.
    public var dropped: UInt64
    /// Send calls that found the channel full.
    public var sendCallsFull: UInt64
    /// Sends that left the fast path, for whatever reason.
    public var sendSlowPaths: UInt64
    /// Failed attempts of a read-modify-write in a send.
    public var sendRetries: UInt64
    /// Times a sender slept.
    public var senderParks: UInt64
    /// Times the receiver slept.
    public var receiverParks: UInt64
    /// Wake-ups of a sleeping receiver.
    public var wakes: UInt64
    /// Calls of `membarrier`.
    public var heavyFences: UInt64
    /// Most undelivered messages of one sender that the receiver has seen.
    public var highWater: UInt64

    init(_ statistics: tributary_statistics) {
        sent = statistics.sent
        received = statistics.received
        dropped = statistics.dropped
        sendCallsFull = statistics.send_calls_full
        sendSlowPaths = statistics.send_slow_paths
        sendRetries = statistics.send_retries
        senderParks = statistics.sender_parks
        receiverParks = statistics.receiver_parks
        wakes = statistics.wakes
        heavyFences = statistics.heavy_fences
        highWater = statistics.high_water
    }
}
