// SPDX-License-Identifier: Apache-2.0

internal import CTributary

#if canImport(Darwin)
    internal import Darwin
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Glibc
#endif

/// Why a channel could not be created, or a C handle not adopted.
public enum ChannelError: Error, Hashable, Sendable {
    /// The capacity is below 1, or so large that its messages could not be addressed.
    case invalidCapacity
    /// The platform does not have the parker that was asked for.
    case unsupportedParker
    /// The C handle carries messages of another size.
    case messageSizeMismatch
    /// An allocation failed.
    case outOfMemory
}

/// Why a message was not sent.
@frozen
public enum SendFailure: Error, Hashable, Sendable {
    /// There is no room now.
    case full
    /// The receiver has closed the channel or is gone.
    case closed
    /// There was no room before the timeout passed.
    case timedOut
    /// The task was cancelled while it waited for room.
    case cancelled
    /// An allocation failed.
    case outOfMemory

    /// The failure that a C call reports.
    @usableFromInline
    init(code: CInt) {
        switch -code {
        case EAGAIN: self = .full
        case ETIMEDOUT: self = .timedOut
        case ENOMEM: self = .outOfMemory
        case EPIPE: self = .closed
        default:
            // Only -EINVAL is left, and this module passes no argument out of range.
            preconditionFailure(
                "tributary: unexpected result of a send: "
                    + String(cString: tributary_error_string(code)))
        }
    }
}

/// A message that was not sent, and why.
///
/// Thrown by the sends of `Sendable` elements. An error has to be copyable and `Sendable`; for all
/// other elements the sends return a ``SendResult``, which hands the message back just the same.
public struct SendError<Element: Sendable>: Error {
    /// The message, the caller's again.
    public let element: Element
    /// Why it was not sent.
    public let reason: SendFailure

    @inlinable
    init(_ element: Element, _ reason: SendFailure) {
        self.element = element
        self.reason = reason
    }
}

/// The outcome of sending an element that no error can carry: one that is noncopyable or not
/// `Sendable`.
@frozen
public enum SendResult<Element: ~Copyable>: ~Copyable {
    /// The message is the receiver's.
    case sent
    /// The message was not sent and is the caller's again.
    case returned(Element, SendFailure)
}

extension SendResult: Sendable where Element: Sendable & ~Copyable {}

extension SendResult where Element: ~Copyable {
    /// Throws the reason when the message was not sent, *destroying the message*.
    ///
    /// - Complexity: O(1).
    @inlinable
    public consuming func get() throws(SendFailure) {
        if let failure { throw failure }
    }

    /// Why the message was not sent; `nil` when it was.
    ///
    /// - Complexity: O(1).
    @inlinable
    public var failure: SendFailure? {
        switch self {
        case .sent: nil
        case .returned(_, let reason): reason
        }
    }
}

/// A batch of which only the first messages were sent.
public struct BatchSendError: Error, Hashable, Sendable {
    /// How many messages, from the first of the batch on, were sent.
    public let sentCount: Int
    /// Why the others were not.
    public let reason: SendFailure

    @inlinable
    init(sentCount: Int, _ reason: SendFailure) {
        self.sentCount = sentCount
        self.reason = reason
    }
}

/// The timeout of a receive passed before a message came.
@frozen
public struct ReceiveTimeoutError: Error, Hashable, Sendable {
    @inlinable
    init() {}
}

/// What a C receive call reports when it received nothing.
@usableFromInline
enum ReceiveFailure {
    case empty, finished, timedOut

    @usableFromInline
    init(code: CInt) {
        switch -code {
        case EAGAIN: self = .empty
        case EPIPE: self = .finished
        case ETIMEDOUT: self = .timedOut
        case EBUSY:
            preconditionFailure("tributary: a thread receives while a task waits to receive")
        default:
            preconditionFailure(
                "tributary: unexpected result of a receive: "
                    + String(cString: tributary_error_string(code)))
        }
    }
}

extension ChannelError {
    /// What `tributary_channel_create` reports.
    init(code: CInt, parker: ChannelOptions.Parker) {
        switch -code {
        case ENOMEM: self = .outOfMemory
        default:
            #if os(Linux) || os(Android)
                self = .invalidCapacity
            #else
                self = parker == .futex || parker == .eventfd ? .unsupportedParker : .invalidCapacity
            #endif
        }
    }
}
