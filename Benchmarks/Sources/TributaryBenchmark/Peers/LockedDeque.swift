// SPDX-License-Identifier: Apache-2.0

import DequeModule

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Baseline: swift-collections' Deque under a mutex with two conditions, which most programs would
/// write. Conditions are signalled only if somebody waits.
final class LockedDeque<Element: Message>: SendingEnd, ReceivingEnd, @unchecked Sendable {
    // Unchecked: everything below is accessed with the mutex held.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let notEmpty = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private let notFull = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var waitingSenders = 0
    private var waitingReceivers = 0
    private var messages: Deque<Element>
    private let capacity: Int

    init(for cell: Cell) {
        capacity = cell.capacity == 0 ? .max : cell.capacity
        messages = Deque(minimumCapacity: cell.capacity == 0 ? 1024 : cell.capacity)
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(notEmpty, nil)
        pthread_cond_init(notFull, nil)
    }

    deinit {
        pthread_cond_destroy(notFull)
        pthread_cond_destroy(notEmpty)
        pthread_mutex_destroy(mutex)
        notFull.deallocate()
        notEmpty.deallocate()
        mutex.deallocate()
    }

    func send(_ message: Element) {
        pthread_mutex_lock(mutex)
        while messages.count == capacity {
            waitingSenders += 1
            pthread_cond_wait(notFull, mutex)
            waitingSenders -= 1
        }
        messages.append(message)
        let wake = waitingReceivers != 0
        pthread_mutex_unlock(mutex)
        if wake { pthread_cond_signal(notEmpty) }
    }

    func receive() -> Element {
        pthread_mutex_lock(mutex)
        while messages.isEmpty {
            waitingReceivers += 1
            pthread_cond_wait(notEmpty, mutex)
            waitingReceivers -= 1
        }
        let message = messages.removeFirst()
        let wake = waitingSenders != 0
        pthread_mutex_unlock(mutex)
        if wake { pthread_cond_signal(notFull) }
        return message
    }
}
