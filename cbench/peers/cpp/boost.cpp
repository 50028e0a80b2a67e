// SPDX-License-Identifier: Apache-2.0
// boost::lockfree::queue: the queue of Michael and Scott with tagged pointers, and nodes that are kept in a list of
// its own. Bounded: a fixed number of nodes, push fails if they are used up. There are no waits.
#include <boost/lockfree/queue.hpp>

#include "program.hpp"

template <typename Message> class boost_queue {
public:
    static constexpr bool has_batch = false, has_batch_receive = true, uses_malloc = true;

    explicit boost_queue(const cell &asked)
        : queue_(asked.capacity ? asked.capacity : 1024), bounded_(asked.capacity != 0) {}

    class sender {
    public:
        explicit sender(boost_queue &queue) : owner_(queue) {}

        void send(const Message &message) {
            if (!owner_.bounded_) {
                owner_.queue_.push(message);
                return;
            }
            for (backoff full; !owner_.queue_.bounded_push(message);)
                full.wait();
        }

    private:
        boost_queue &owner_;
    };

    class receiver {
    public:
        explicit receiver(boost_queue &queue) : queue_(queue.queue_) {}

        Message receive() {
            Message message;
            for (backoff empty; !queue_.pop(message);)
                empty.wait();
            return message;
        }

        std::size_t receive_batch(Message *messages, std::size_t maximum) {
            std::size_t count = 0;
            backoff empty;
            while (!queue_.pop(messages[0]))
                empty.wait();
            for (count = 1; count < maximum && queue_.pop(messages[count]);)
                count++;
            return count;
        }

    private:
        boost::lockfree::queue<Message> &queue_;
    };

private:
    boost::lockfree::queue<Message> queue_;
    bool bounded_;
};

int main(int count, char **arguments) {
    return program(count, arguments, {{"boost-lockfree", run<boost_queue>}});
}
