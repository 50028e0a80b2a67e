// SPDX-License-Identifier: Apache-2.0

internal import CTributary

/// The receiving end of a channel with many senders, and the factory of its sending ends.
///
/// ```swift
/// let channel = Channel<Reading>(capacity: .bounded(1024))
/// var sender = channel.makeSender()       // move it to another thread or task
/// while let reading = channel.receiveBlocking() { store(reading) }
/// ```
///
/// A channel belongs to one thread or task at a time: it is not `Sendable`, and the compiler
/// refuses to use it from two. It may *move*, as a `sending` value. Holding a channel does not keep
/// it open: it has finished when its last sender is gone and everything was received.
///
/// Order: the messages of one ``Sender`` arrive in the order sent; those of all ``SharedSender``s in
/// one order that agrees with real time. Nothing is promised between different senders. No sender
/// waits for more than one round of the others.
///
/// When the last reference to a channel goes, the channel closes, and every undelivered message is
/// destroyed, exactly once; its senders stay valid and see ``SendFailure/closed``.
///
/// It is a class, and not a noncopyable structure, because the channel is to be iterated with
/// `for await`, and an `AsyncSequence` has to be copyable.
public final class Channel<Element: ~Copyable> {
    @usableFromInline
    let handle: OpaquePointer

    /// `handle`, or `BusyChannel.handle` while a closure reads messages in place: a receive from
    /// within that closure would destroy what it is looking at. The inline path finds nothing
    /// there and needs no check of its own. Unchecked exclusivity: the accesses are loads and
    /// stores of one word by the one owner, never held across a call.
    @exclusivity(unchecked)
    @usableFromInline
    var receivingHandle: OpaquePointer

    /// Messages that a task may still receive before it gives its thread away once: see
    /// ``AsyncBudget``. Counted for whole runs, off the inline path.
    @exclusivity(unchecked)
    @usableFromInline
    var budget = AsyncBudget.messages

    /// A task is waiting in a receive.
    @exclusivity(unchecked)
    var isWaiting = false

    /// Where the receiving task waits, from its first wait on.
    @exclusivity(unchecked)
    var waiter: Waiter?

    /// Whether the overflow policy is `.dropNewest`; the senders need to know.
    let dropsNewest: Bool

    init(handle: OpaquePointer, dropsNewest: Bool) {
        self.handle = handle
        self.dropsNewest = dropsNewest
        receivingHandle = handle
    }

    deinit {
        tributary_channel_destroy(handle)
    }

    /// Creates a channel without senders, with the default options.
    ///
    /// An idle channel takes less than 1 KiB; storage for messages is allocated at the first send.
    /// Allocates; never blocks.
    ///
    /// - Precondition: a bounded capacity is at least 1 and can be addressed, as it is for a
    ///   collection's capacity. For a capacity that comes from outside the program, use
    ///   ``init(capacity:options:)``, which throws instead.
    /// - Complexity: O(1).
    public convenience init(capacity: ChannelCapacity) {
        do throws(ChannelError) {
            try self.init(capacity: capacity, options: ChannelOptions())
        } catch {
            fatalError("Channel(capacity: \(capacity)): \(error)")
        }
    }

    /// Creates a channel without senders.
    ///
    /// An idle channel takes less than 1 KiB; storage for messages is allocated at the first send.
    /// Allocates; never blocks.
    ///
    /// - Throws: ``ChannelError/invalidCapacity``, ``ChannelError/unsupportedParker`` or
    ///   ``ChannelError/outOfMemory``.
    /// - Complexity: O(1).
    public convenience init(
        capacity: ChannelCapacity, options: ChannelOptions
    ) throws(ChannelError) {
        let count: Int
        switch capacity {
        case .bounded(let bound):
            guard bound >= 1 else { throw .invalidCapacity }
            count = bound
        case .unbounded:
            count = Int(bitPattern: UInt.max)
        }
        var cOptions = options.makeCOptions(for: Element.self, capacity: count)
        var handle: OpaquePointer?
        let code = tributary_channel_create(&cOptions, &handle)
        guard code == 0, let handle else {
            throw ChannelError(code: code, parker: options.parker)
        }
        self.init(handle: handle, dropsNewest: options.overflow == .dropNewest)
    }
}

/// Channels are used by one owner at a time.
@available(*, unavailable)
extension Channel: Sendable where Element: ~Copyable {}

// MARK: - Sending ends

extension Channel where Element: ~Copyable {
    /// Opens an exclusive sending end, the fast path, with a lane of its own.
    ///
    /// Never fails: a sender of a channel that is closed hands every message back with
    /// ``SendFailure/closed``, and one that there is no memory for with
    /// ``SendFailure/outOfMemory``. An idle sender takes less than 1 KiB. Allocates; does not
    /// block.
    ///
    /// - Complexity: O(1).
    public func makeSender() -> Sender<Element> {
        defer { extendLifetime(self) }
        var sender: OpaquePointer?
        let code = tributary_channel_open_sender(handle, &sender)
        return Sender(opened: sender, code: code, dropsNewest: dropsNewest)
    }

    /// Opens a sending end that any number of threads and tasks may use at once.
    ///
    /// Never fails: see ``makeSender()``. Allocates; does not block.
    ///
    /// - Complexity: O(1).
    public func makeSharedSender() -> SharedSender<Element> {
        defer { extendLifetime(self) }
        var sender: OpaquePointer?
        let code = tributary_channel_open_shared_sender(handle, &sender)
        return SharedSender(opened: sender, code: code, dropsNewest: dropsNewest)
    }
}

// MARK: - Closing and observation

extension Channel where Element: ~Copyable {
    /// Refuses further messages and wakes all waiting senders.
    ///
    /// Every send that reported success before is still received, or destroyed with the channel;
    /// every other hands its message back with ``SendFailure/closed``. Closing again does nothing.
    ///
    /// - Complexity: O(*s*) for *s* open senders.
    public func close() {
        defer { extendLifetime(self) }
        let code = tributary_channel_close(handle)
        assert(code == 0)
    }

    /// Whether the channel was closed. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var isClosed: Bool {
        defer { extendLifetime(self) }
        return tributary_channel_is_closed(handle)
    }

    /// Whether nothing is left to receive and nothing can come: the channel is closed, or no sender
    /// is open, and everything was received.
    ///
    /// Exact, so that it tells the two meanings of a `nil` from ``tryReceive()`` apart. Opening a
    /// sender of a channel that is not closed ends that state. Never waits.
    ///
    /// - Complexity: O(1), amortized.
    public var isFinished: Bool {
        defer { extendLifetime(self) }
        // While a closure reads messages in place there are some, and another look for messages
        // would replace what is lent to it.
        guard receivingHandle == handle else { return false }
        var front: UnsafeMutableRawPointer?
        let count = tributary_channel_try_borrow(handle, &front, 1)
        return count <= 0 && ReceiveFailure(code: CInt(count)) == .finished
    }

    /// Messages sent and not received: a snapshot, out of date when it arrives.
    ///
    /// - Complexity: O(*s*) for *s* open senders.
    public var length: Int {
        defer { extendLifetime(self) }
        return tributary_channel_length(handle)
    }

    /// The capacity the channel was created with. Real-time safe.
    ///
    /// - Complexity: O(1).
    public var capacity: ChannelCapacity {
        defer { extendLifetime(self) }
        return ChannelCapacity(count: tributary_channel_capacity(handle))
    }

    /// Sending ends that are open, shared ones included (all copies of one ``SharedSender`` are one
    /// end): a snapshot.
    ///
    /// - Complexity: O(1).
    public var senderCount: Int {
        defer { extendLifetime(self) }
        return tributary_channel_sender_count(handle)
    }

    /// What the channel has counted since its creation.
    ///
    /// Waits for a sender that is being opened or dropped on another thread.
    ///
    /// - Complexity: O(*s*) for *s* open senders.
    public var statistics: ChannelStatistics {
        defer { extendLifetime(self) }
        var statistics = tributary_statistics()
        let code = tributary_channel_statistics(handle, &statistics)
        assert(code == 0)
        return ChannelStatistics(statistics)
    }
}

extension ChannelCapacity {
    /// The capacity that C reports: all bits set is unbounded.
    init(count: Int) {
        self = count == Int(bitPattern: UInt.max) ? .unbounded : .bounded(count)
    }
}
