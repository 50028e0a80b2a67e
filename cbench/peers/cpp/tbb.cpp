// SPDX-License-Identifier: Apache-2.0
// oneTBB: concurrent_queue has no bound and no waits, concurrent_bounded_queue has both.
#include <oneapi/tbb/concurrent_queue.h>

#include "program.hpp"

template <typename Message> class tbb_queue {
public:
    static constexpr bool has_batch = false, has_batch_receive = false, uses_malloc = false;

    explicit tbb_queue(const cell &asked) {
        if (asked.capacity != 0)
            fail("concurrent_queue is unbounded");
    }

    class sender {
    public:
        explicit sender(tbb_queue &queue) : queue_(queue.queue_) {}
        void send(const Message &message) { queue_.push(message); }

    private:
        tbb::concurrent_queue<Message> &queue_;
    };

    class receiver {
    public:
        explicit receiver(tbb_queue &queue) : queue_(queue.queue_) {}

        Message receive() {
            Message message;
            for (backoff empty; !queue_.try_pop(message);)
                empty.wait();
            return message;
        }

    private:
        tbb::concurrent_queue<Message> &queue_;
    };

private:
    tbb::concurrent_queue<Message> queue_;
};

template <typename Message> class tbb_bounded_queue {
public:
    static constexpr bool has_batch = false, has_batch_receive = false, uses_malloc = false;

    explicit tbb_bounded_queue(const cell &asked) {
        if (asked.capacity != 0)
            queue_.set_capacity(asked.capacity);
    }

    class sender {
    public:
        explicit sender(tbb_bounded_queue &queue) : queue_(queue.queue_) {}
        void send(const Message &message) { queue_.push(message); }

    private:
        tbb::concurrent_bounded_queue<Message> &queue_;
    };

    class receiver {
    public:
        explicit receiver(tbb_bounded_queue &queue) : queue_(queue.queue_) {}

        Message receive() {
            Message message;
            queue_.pop(message);
            return message;
        }

    private:
        tbb::concurrent_bounded_queue<Message> &queue_;
    };

private:
    tbb::concurrent_bounded_queue<Message> queue_;
};

int main(int count, char **arguments) {
    return program(count, arguments, {{"tbb-queue", run<tbb_queue>},
                                      {"tbb-bounded-queue", run<tbb_bounded_queue>}});
}
