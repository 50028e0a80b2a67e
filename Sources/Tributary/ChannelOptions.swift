// SPDX-License-Identifier: Apache-2.0

public import CTributary

/// How many undelivered messages a channel holds.
///
/// `bounded(n)` is exact: every ``Sender`` has room for `n` undelivered messages of its own, and
/// all ``SharedSender``s of a channel have room for `n` together. Any `n` from 1 up is allowed, not
/// only powers of two.
@frozen
public enum ChannelCapacity: Hashable, Sendable {
    /// Room for this many messages; at least 1.
    case bounded(Int)
    /// Memory is the only bound.
    case unbounded
}

/// Everything that is fixed when a channel is created, except its capacity.
///
/// Create one, change what should differ, and pass it to ``Channel/init(capacity:options:)``.
public struct ChannelOptions: @unchecked Sendable {
    // Unchecked for `allocator` alone: a C structure of function pointers, which its contract
    // requires to be callable from any thread.

    /// What a send does when its sender already has `capacity` undelivered messages.
    public enum Overflow: Hashable, Sendable, CaseIterable {
        /// `trySend` reports ``SendFailure/full``, `sendBlocking` waits.
        case wait
        /// The new message is destroyed and counted; the send succeeds. An in-place send of a full
        /// channel, which has no message yet, reports ``SendFailure/full`` instead. Elements may be
        /// relocated bitwise: see ``SharedSender``.
        case dropNewest
        /// The oldest undelivered message is destroyed and counted; the send succeeds.
        case dropOldest
    }

    /// What a waiting thread sleeps on.
    public enum Parker: Hashable, Sendable, CaseIterable {
        /// A futex on Linux, a mutex and condition variable elsewhere.
        case platformDefault
        /// A futex; Linux only.
        case futex
        /// A mutex and condition variable.
        case condition
        /// The receiver sleeps on an eventfd, which ``Channel/fileDescriptor`` hands to an event
        /// loop; Linux only.
        case eventfd
    }

    /// How a sender's publish is ordered before the receiver's sleep.
    public enum Fence: Hashable, Sendable, CaseIterable {
        /// The receiver pays for both sides (`membarrier`) where the kernel grants it.
        case platformDefault
        /// A full fence in each send; needs nothing of the kernel.
        case local
    }

    /// How a blocking call waits before it sleeps. Zero skips a phase.
    public struct WaitPolicy: Hashable, Sendable {
        /// Looks with a processor pause between them, at most: fewer while polling does not pay, and all of
        /// them now and then to see whether it would.
        public var spin: UInt32
        /// Looks with a yield of the processor between them, after the spinning. A blocking receive whose
        /// sleeps last for microseconds only yields in place of them as well, for as long as that pays.
        public var yield: UInt32

        /// Creates a policy.
        ///
        /// - Complexity: O(1).
        public init(spin: UInt32, yield: UInt32) {
            self.spin = spin
            self.yield = yield
        }
    }

    /// What a full channel does; `.wait` by default.
    public var overflow: Overflow = .wait
    /// What waiting threads sleep on.
    public var parker: Parker = .platformDefault
    /// How sends are ordered before the receiver's sleep.
    public var fence: Fence = .platformDefault
    /// How the receiver waits; `nil` chooses for the number of processors.
    public var receiverWait: WaitPolicy?
    /// How senders wait; `nil` chooses for the number of processors.
    public var senderWait: WaitPolicy?
    /// Whether a *waiting* receive that finds little on a busy sender waits up to about a
    /// microsecond for more, so that cache lines change hands once for hundreds of messages, and a
    /// *waiting* send does so for room, or for a drained segment instead of new memory. It
    /// never delays a `try` call. On by default.
    public var isPaced: Bool = true
    /// Where the channel's memory comes from; `nil` is the C library. The functions are called from
    /// any thread that holds an end of the channel, and must not call into it.
    public var allocator: tributary_allocator?

    /// The defaults: wait when full, everything else chosen for the platform.
    ///
    /// - Complexity: O(1).
    public init() {}
}

extension ChannelOptions {
    /// The C options for messages of one Swift type.
    func makeCOptions<Element: ~Copyable>(
        for type: Element.Type, capacity: Int
    ) -> tributary_options {
        var options = tributary_options()
        // The stride of a type without storage is 1 in Swift, so every message has an address.
        tributary_options_initialize(
            &options, MemoryLayout<Element>.stride, MemoryLayout<Element>.alignment, capacity)
        options.overflow =
            switch overflow {
            case .wait: TRIBUTARY_OVERFLOW_WAIT
            case .dropNewest: TRIBUTARY_OVERFLOW_DROP_NEWEST
            case .dropOldest: TRIBUTARY_OVERFLOW_DROP_OLDEST
            }
        options.parker =
            switch parker {
            case .platformDefault: TRIBUTARY_PARKER_DEFAULT
            case .futex: TRIBUTARY_PARKER_FUTEX
            case .condition: TRIBUTARY_PARKER_CONDITION
            case .eventfd: TRIBUTARY_PARKER_EVENTFD
            }
        options.fence =
            switch fence {
            case .platformDefault: TRIBUTARY_FENCE_DEFAULT
            case .local: TRIBUTARY_FENCE_LOCAL
            }
        if let receiverWait {
            options.receiver_wait = .init(spin: receiverWait.spin, yield: receiverWait.yield)
        }
        if let senderWait {
            options.sender_wait = .init(spin: senderWait.spin, yield: senderWait.yield)
        }
        options.pacing = isPaced
        if let allocator {
            options.allocator = allocator
        }
        if !_isPOD(type) {
            options.destroy_message = destroyMessage
            options.destroy_context = MessageDestroyer.context(for: type)
        }
        return options
    }
}
