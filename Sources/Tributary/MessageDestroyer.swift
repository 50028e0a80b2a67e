// SPDX-License-Identifier: Apache-2.0

/// Destroys messages of one type, whichever that is, through one C function.
///
/// Messages that are never received are destroyed by the channel's end (on the receiver's thread)
/// or by the overflow policy (on a sender's). The function for that is C and knows no generics, so
/// its context has to say which type lies in the slot, and has to outlive every end. The metatype
/// of a class fits both: it is one pointer to metadata that is never freed, and a class method
/// dispatches through it.
class MessageDestroyer {
    class func destroy(_ message: UnsafeMutableRawPointer) {
        preconditionFailure("a message destroyer without a message type")
    }

    static func context<Element: ~Copyable>(
        for type: Element.Type
    ) -> UnsafeMutableRawPointer {
        let destroyer: MessageDestroyer.Type = TypedMessageDestroyer<Element>.self
        return unsafeBitCast(destroyer, to: UnsafeMutableRawPointer.self)
    }
}

private final class TypedMessageDestroyer<Element: ~Copyable>: MessageDestroyer {
    override class func destroy(_ message: UnsafeMutableRawPointer) {
        message.assumingMemoryBound(to: Element.self).deinitialize(count: 1)
    }
}

/// `destroy_message` of every channel made in Swift.
@Sendable
func destroyMessage(_ context: UnsafeMutableRawPointer?, _ message: UnsafeMutableRawPointer?) {
    guard let context, let message else { return }
    unsafeBitCast(context, to: MessageDestroyer.Type.self).destroy(message)
}
