// SPDX-License-Identifier: Apache-2.0

import CLines
import Tributary

/// The system's error number.
struct SystemError: Error {
    let number: CInt
}

/// The lines of a descriptor, as the C library calls them out, for `for await`.
///
/// Dropping or closing the channel ends the C thread at its next line.
func lines(of descriptor: CInt, capacity: Int = 64) throws(SystemError) -> Channel<String> {
    let channel = Channel<String>(capacity: .bounded(capacity))
    let context = Unmanaged.passRetained(LineSender(channel.makeSender()))
    let code = lines_start(
        descriptor,
        { context, bytes, length in
            LineSender.borrowed(context).send(UnsafeRawBufferPointer(start: bytes, count: length))
        },
        { context in
            // The last reference: the sender ends, and with it the channel when it is empty.
            Unmanaged<LineSender>.fromOpaque(context!).release()
        },
        context.toOpaque())
    guard code == 0 else {
        context.release()
        throw SystemError(number: code)
    }
    return channel
}

/// What the C library carries as its context.
///
/// The library calls from one thread, so the sender may be exclusive. A library that calls from several at once needs
/// a `SharedSender` here and nothing else.
private final class LineSender {
    private var sender: Sender<String>

    init(_ sender: consuming Sender<String>) { self.sender = sender }

    static func borrowed(_ context: UnsafeMutableRawPointer?) -> LineSender {
        Unmanaged<LineSender>.fromOpaque(context!).takeUnretainedValue()
    }

    /// `false`: nobody wants to hear more.
    func send(_ line: UnsafeRawBufferPointer) -> Bool {
        // The bytes are C's: the message is a copy. Blocks the C thread while the channel is full, so that the loop
        // sets the pace; where a callback must not block, it is `trySend`, and a full channel is a lost line to be
        // counted.
        (try? sender.sendBlocking(String(decoding: line, as: UTF8.self))) != nil
    }
}
