// SPDX-License-Identifier: Apache-2.0

import Synchronization
import Tributary

/// Everybody publishes, every subscriber gets every event.
///
/// Each subscriber has a channel of its own, with its own capacity and its own answer to the question of what happens when it
/// is full. So a slow subscriber holds up nobody but those publishers whom it asked to be waited for. The events of one
/// publisher reach each subscriber in order; two publishers' may reach two subscribers in different orders.
final class EventBus<Event: Sendable>: Sendable {
    private let subscribers = Mutex<[SharedSender<Event>]>([])

    /// From now on. Dropping or closing the channel ends the subscription.
    func subscribe(
        capacity: Int, whenFull overflow: ChannelOptions.Overflow
    ) throws(ChannelError) -> sending Channel<Event> {
        var options = ChannelOptions()
        options.overflow = overflow
        let channel = try Channel<Event>(capacity: .bounded(capacity), options: options)
        let sender = channel.makeSharedSender()
        subscribers.withLock { $0.append(sender) }
        return channel
    }

    /// Suspends while a subscriber that is to be waited for is full. Not under the lock: the list is copied, which is
    /// the counting of one reference.
    func publish(_ event: Event) async {
        for subscriber in subscribers.withLock({ $0 }) {
            do throws(SendError<Event>) {
                try await subscriber.send(event)
            } catch {
                if error.reason == .closed { unsubscribe(subscriber) }
            }
        }
    }

    /// Ends all subscriptions when their events have been received.
    func finish() {
        subscribers.withLock { $0 = [] }
    }

    private func unsubscribe(_ subscriber: SharedSender<Event>) {
        subscribers.withLock { $0.removeAll { $0.isSameChannel(as: subscriber) } }
    }
}
