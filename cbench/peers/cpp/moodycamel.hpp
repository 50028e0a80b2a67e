// SPDX-License-Identifier: Apache-2.0
// moodycamel::ConcurrentQueue with producer and consumer tokens, and without. It has no waits; BlockingConcurrentQueue has.
// Its bound is try_enqueue, which fails when the blocks that were allocated beforehand are used up. Without tokens only:
// a producer with a token never gives a block back, so that the others may find none for ever.
#pragma once

#include <concurrentqueue/blockingconcurrentqueue.h>
#include <concurrentqueue/concurrentqueue.h>

#include "harness.hpp"

template <typename Message> class moodycamel_queue {
public:
    static constexpr bool has_batch = true, has_batch_receive = true, uses_malloc = true;

    explicit moodycamel_queue(const cell &asked) {
        if (asked.capacity != 0)
            fail("ConcurrentQueue is unbounded");
    }

    class sender {
    public:
        explicit sender(moodycamel_queue &queue) : queue_(queue.queue_), token_(queue.queue_) {}
        void send(const Message &message) { queue_.enqueue(token_, message); }
        void send_batch(const Message *messages, std::size_t count) {
            queue_.enqueue_bulk(token_, messages, count);
        }

    private:
        moodycamel::ConcurrentQueue<Message> &queue_;
        moodycamel::ProducerToken token_;
    };

    class receiver {
    public:
        explicit receiver(moodycamel_queue &queue) : queue_(queue.queue_), token_(queue.queue_) {}

        Message receive() {
            Message message;
            for (backoff empty; !queue_.try_dequeue(token_, message);)
                empty.wait();
            return message;
        }

        std::size_t receive_batch(Message *messages, std::size_t maximum) {
            std::size_t count;
            for (backoff empty; (count = queue_.try_dequeue_bulk(token_, messages, maximum)) == 0;)
                empty.wait();
            return count;
        }

    private:
        moodycamel::ConcurrentQueue<Message> &queue_;
        moodycamel::ConsumerToken token_;
    };

private:
    moodycamel::ConcurrentQueue<Message> queue_;
};

template <typename Message> class moodycamel_blocking_queue {
public:
    static constexpr bool has_batch = true, has_batch_receive = true, uses_malloc = true;

    explicit moodycamel_blocking_queue(const cell &asked) {
        if (asked.capacity != 0)
            fail("BlockingConcurrentQueue is unbounded");
    }

    class sender {
    public:
        explicit sender(moodycamel_blocking_queue &queue)
            : queue_(queue.queue_), token_(queue.queue_) {}
        void send(const Message &message) { queue_.enqueue(token_, message); }
        void send_batch(const Message *messages, std::size_t count) {
            queue_.enqueue_bulk(token_, messages, count);
        }

    private:
        moodycamel::BlockingConcurrentQueue<Message> &queue_;
        moodycamel::ProducerToken token_;
    };

    class receiver {
    public:
        explicit receiver(moodycamel_blocking_queue &queue)
            : queue_(queue.queue_), token_(queue.queue_) {}

        Message receive() {
            Message message;
            queue_.wait_dequeue(token_, message);
            return message;
        }

        std::size_t receive_batch(Message *messages, std::size_t maximum) {
            return queue_.wait_dequeue_bulk(token_, messages, maximum);
        }

    private:
        moodycamel::BlockingConcurrentQueue<Message> &queue_;
        moodycamel::ConsumerToken token_;
    };

private:
    moodycamel::BlockingConcurrentQueue<Message> queue_;
};

template <typename Message> class moodycamel_implicit_queue {
public:
    static constexpr bool has_batch = true, has_batch_receive = true, uses_malloc = true;

    // Blocks for the capacity and for each producer's first and last, as its documentation has it.
    explicit moodycamel_implicit_queue(const cell &asked)
        : queue_(asked.capacity != 0 ? asked.capacity : 6 * 32, 0, asked.capacity != 0 ? asked.producers : 0),
          bounded_(asked.capacity != 0) {}

    class sender {
    public:
        explicit sender(moodycamel_implicit_queue &queue) : owner_(queue) {}

        void send(const Message &message) {
            if (!owner_.bounded_) {
                owner_.queue_.enqueue(message);
                return;
            }
            for (backoff full; !owner_.queue_.try_enqueue(message);)
                full.wait();
        }

        void send_batch(const Message *messages, std::size_t count) {
            if (!owner_.bounded_) {
                owner_.queue_.enqueue_bulk(messages, count);
                return;
            }
            for (backoff full; !owner_.queue_.try_enqueue_bulk(messages, count);)
                full.wait();
        }

    private:
        moodycamel_implicit_queue &owner_;
    };

    class receiver {
    public:
        explicit receiver(moodycamel_implicit_queue &queue) : queue_(queue.queue_) {}

        Message receive() {
            Message message;
            for (backoff empty; !queue_.try_dequeue(message);)
                empty.wait();
            return message;
        }

        std::size_t receive_batch(Message *messages, std::size_t maximum) {
            std::size_t count;
            for (backoff empty; (count = queue_.try_dequeue_bulk(messages, maximum)) == 0;)
                empty.wait();
            return count;
        }

    private:
        moodycamel::ConcurrentQueue<Message> &queue_;
    };

private:
    moodycamel::ConcurrentQueue<Message> queue_;
    bool bounded_;
};
