// SPDX-License-Identifier: Apache-2.0
// The work of cbench for C++ queues. A queue is a class template over the message with
//
//     queue(const cell &)                     for the capacity of the cell
//     queue::sender(queue &)                  a sending end; used by one thread
//     queue::receiver(queue &)                the receiving end
//     sender.send(message), receiver.receive() -> message       both wait
//     sender.send_batch(messages, count), receiver.receive_batch(messages, maximum) -> count
//                                             where has_batch, has_batch_receive
//     uses_malloc                             whether its memory is malloc's
//
// Everything is compiled once for each queue and message size, with the queue's calls inlined.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

extern "C" {
#include "../../support/allocated.h"
#include "../../support/cell.h"
#include "../../support/clock.h"
#include "../../support/distribution.h"
#include "../../support/report.h"
#include "../../support/thread_state.h"
#include "../../support/wakes.h"
}

// For queues without a wait: look some times more, then give way. Two processors serve up to nine threads.
class backoff {
public:
    void wait() {
        if (looks_++ < 64)
            clock_pause();
        else
            std::this_thread::yield();
    }

private:
    unsigned looks_ = 0;
};

// cbench/support/message.h says what is sent, and why every word of it is checked.
template <std::size_t Words> struct message {
    static constexpr std::uint64_t derivation = 0x9e3779b97f4a7c15;
    std::array<std::uint64_t, Words> words;

    static message of(std::uint64_t word) {
        message made;
        for (std::size_t index = 0; index < Words; index++)
            made.words[index] = word + index * derivation;
        return made;
    }
};

class checker {
public:
    explicit checker(unsigned producers) : expected_(producers) {
        for (unsigned producer = 0; producer < producers; producer++)
            expected_[producer] = first_word(producer);
        current_ = expected_[0];
    }

    static std::uint64_t first_word(unsigned producer) {
        return static_cast<std::uint64_t>(producer) << sequence_bits;
    }

    template <std::size_t Words> void arrived(const message<Words> &received) {
        if (__builtin_expect(received.words[0] != current_, 0))
            change(received.words[0]);
        std::uint64_t difference = 0;
        for (std::size_t index = 1; index < Words; index++)
            difference |= received.words[index] ^ (current_ + index * message<Words>::derivation);
        if (__builtin_expect(difference != 0, 0))
            fail("message %#llx is torn", static_cast<unsigned long long>(current_));
        current_++;
    }

    void finish(const cell &asked) {
        expected_[current_ >> sequence_bits] = current_;
        for (unsigned producer = 0; producer < expected_.size(); producer++)
            if (expected_[producer] != first_word(producer) + cell_share(&asked, producer))
                fail("producer %u: the next one received would be %#llx", producer,
                     static_cast<unsigned long long>(expected_[producer]));
    }

private:
    static constexpr unsigned sequence_bits = 48;

    __attribute__((noinline)) void change(std::uint64_t word) {
        expected_[current_ >> sequence_bits] = current_;
        std::size_t producer = word >> sequence_bits;
        if (producer >= expected_.size() || expected_[producer] != word)
            fail("received %#llx where %#llx was next: lost, repeated, reordered or torn",
                 static_cast<unsigned long long>(word), static_cast<unsigned long long>(current_));
        current_ = word;
    }

    std::uint64_t current_; // the next word of the producer that is being received from
    std::vector<std::uint64_t> expected_;
};

// The producers poll at it, so that opening it costs one store and no wake-ups.
class gate {
public:
    void pass() {
        arrived_.fetch_add(1);
        while (!open_.load(std::memory_order_acquire))
            std::this_thread::yield();
    }

    bool has_arrived(unsigned threads) const {
        return arrived_.load(std::memory_order_acquire) >= threads;
    }

    std::uint64_t open(unsigned threads) {
        while (!has_arrived(threads))
            std::this_thread::yield();
        std::uint64_t start = clock_nanoseconds();
        open_.store(true, std::memory_order_release);
        return start;
    }

private:
    std::atomic<unsigned> arrived_{0};
    alignas(128) std::atomic<bool> open_{false};
};

template <template <typename> class Queue, std::size_t Words> class scenarios {
public:
    static void throughput(const cell &asked, report &answer) {
        auto queue = std::make_unique<queue_type>(asked);
        gate start_gate;
        std::vector<std::thread> producers;
        for (unsigned producer = 0; producer < asked.producers; producer++)
            producers.emplace_back([&, producer] {
                typename queue_type::sender sender(*queue);
                std::uint64_t first = checker::first_word(producer);
                std::uint64_t end = first + cell_share(&asked, producer);
                start_gate.pass();
                if (asked.mode == CELL_BATCH)
                    send_batches(sender, first, end);
                else
                    for (std::uint64_t word = first; word != end; word++)
                        sender.send(message_type::of(word));
            });
        typename queue_type::receiver receiver(*queue);
        checker received(asked.producers);
        std::uint64_t start = start_gate.open(asked.producers);
        if (asked.mode == CELL_SINGLE)
            for (std::uint64_t remaining = asked.count; remaining != 0; remaining--)
                received.arrived(receiver.receive());
        else
            receive_batches(receiver, received, asked.count);
        std::uint64_t nanoseconds = clock_nanoseconds() - start;
        received.finish(asked);
        for (auto &producer : producers)
            producer.join();
        report_metric(&answer, "throughput", "messages/s", asked.count * 1e9 / nanoseconds);
        report_end(&answer, nanoseconds / 1e9);
    }

    // Open loop: a message is the time at which it was to be sent; a producer that is late sends at once.
    static void one_way_latency(const cell &asked, report &answer) {
        auto queue = std::make_unique<queue_type>(asked);
        gate start_gate;
        double interval = distribution_ticks_per_nanosecond() * 1e9 / asked.rate;
        std::thread producer([&] {
            typename queue_type::sender sender(*queue);
            start_gate.pass();
            double next = clock_ticks_begin() + interval;
            for (std::uint64_t index = 0; index < asked.count; index++, next += interval) {
                auto intended = static_cast<std::uint64_t>(next);
                while (clock_ticks_begin() < intended) {}
                sender.send(message_type::of(intended));
            }
        });
        std::uint64_t *samples = distribution_samples(asked.count);
        typename queue_type::receiver receiver(*queue);
        std::uint64_t start = start_gate.open(1), previous = 0;
        for (std::uint64_t index = 0; index < asked.count; index++) {
            std::uint64_t intended = receiver.receive().words[0];
            samples[index] = clock_ticks_end() - intended;
            if (intended <= previous)
                fail("a message is not the successor of the one before");
            previous = intended;
        }
        std::uint64_t nanoseconds = clock_nanoseconds() - start;
        producer.join();
        distribution_report(&answer, samples, asked.count, 0);
        report_end(&answer, nanoseconds / 1e9);
        std::free(samples);
    }

    // As in cbench/scenarios/announced_wake.h.
    static void announced_wake(const cell &asked, report &answer) {
        auto queue = std::make_unique<queue_type>(asked);
        std::atomic<std::uint64_t> announced{0};
        wakes wakes;
        wakes_initialize(&wakes, asked.count, thread_state_self());
        std::thread producer([&] {
            typename queue_type::sender sender(*queue);
            for (std::uint64_t index = 0; index < asked.count; index++) {
                while (announced.load(std::memory_order_acquire) != index + 1)
                    clock_pause();
                wakes_wait(&wakes, index);
                sender.send(message_type::of(clock_ticks_begin()));
            }
        });
        typename queue_type::receiver receiver(*queue);
        std::uint64_t start = clock_nanoseconds();
        for (std::uint64_t index = 0; index < asked.count; index++) {
            announced.store(index + 1, std::memory_order_release);
            std::uint64_t sent = receiver.receive().words[0];
            wakes.samples[index] = clock_ticks_end() - sent;
        }
        std::uint64_t nanoseconds = clock_nanoseconds() - start;
        producer.join();
        wakes_report(&wakes, &answer);
        report_end(&answer, nanoseconds / 1e9);
    }

    // As in cbench/scenarios/footprint.h.
    static void footprint(const cell &asked, report &answer) {
        if (!queue_type::uses_malloc)
            fail("an allocator of its own, which does not say what it has given out");
        std::uint64_t start = clock_nanoseconds();
        {
            std::vector<std::unique_ptr<queue_type>> queues(asked.count);
            std::vector<std::unique_ptr<typename queue_type::sender>> senders(asked.count);
            double before = allocated_bytes();
            for (std::uint64_t index = 0; index < asked.count; index++) {
                queues[index] = std::make_unique<queue_type>(asked);
                senders[index] = std::make_unique<typename queue_type::sender>(*queues[index]);
            }
            report_metric(&answer, "idle-channel", "bytes",
                          (allocated_bytes() - before) / asked.count);
            senders.clear();
        }
        if (asked.capacity == 0)
            burst(asked, answer);
        report_end(&answer, (clock_nanoseconds() - start) / 1e9);
    }

private:
    using message_type = message<Words>;
    using queue_type = Queue<message_type>;
    static constexpr std::size_t batch = 64, receive_bytes = 8192, burst_count = 1000000;

    template <typename Sender>
    static void send_batches(Sender &sender, std::uint64_t word, std::uint64_t end) {
        if constexpr (queue_type::has_batch) {
            std::array<message_type, batch> messages;
            while (word != end) {
                std::size_t count = end - word < batch ? end - word : batch;
                for (std::size_t index = 0; index < count; index++)
                    messages[index] = message_type::of(word + index);
                sender.send_batch(messages.data(), count);
                word += count;
            }
        } else {
            fail("there is no batch");
        }
    }

    template <typename Receiver>
    static void receive_batches(Receiver &receiver, checker &received, std::uint64_t remaining) {
        if constexpr (queue_type::has_batch_receive) {
            std::array<message_type, receive_bytes / sizeof(message_type)> messages;
            while (remaining != 0) {
                std::size_t count = receiver.receive_batch(messages.data(), messages.size());
                for (std::size_t index = 0; index < count; index++)
                    received.arrived(messages[index]);
                remaining -= count;
            }
        } else {
            fail("there is no batch receive");
        }
    }

    static void burst(const cell &asked, report &answer) {
        double before = allocated_bytes();
        auto queue = std::make_unique<queue_type>(asked);
        gate sent;
        std::thread producer([&] {
            typename queue_type::sender sender(*queue);
            for (std::uint64_t word = 0; word < burst_count; word++)
                sender.send(message_type::of(word));
            sent.pass();
        });
        double full, drained;
        {
            typename queue_type::receiver receiver(*queue);
            checker received(1);
            // Until all were sent: the gate opens below, when the figures have been taken.
            while (!sent.has_arrived(1))
                std::this_thread::yield();
            full = allocated_bytes();
            for (std::size_t index = 0; index < burst_count; index++)
                received.arrived(receiver.receive());
            drained = allocated_bytes();
        }
        sent.open(1);
        producer.join();
        report_metric(&answer, "burst", "bytes", full - before);
        report_metric(&answer, "left-after-burst", "bytes", drained - before);
    }
};

template <template <typename> class Queue, std::size_t Words>
void run_sized(const cell &asked, report &answer) {
    using all = scenarios<Queue, Words>;
    std::string_view scenario = asked.scenario;
    if (scenario == "throughput")
        all::throughput(asked, answer);
    else if (scenario == "one-way-latency")
        all::one_way_latency(asked, answer);
    else if (scenario == "announced-wake")
        all::announced_wake(asked, answer);
    else if (scenario == "footprint")
        all::footprint(asked, answer);
    else
        fail("there is no scenario %s of %s", asked.scenario, asked.implementation);
}

template <template <typename> class Queue> void run(const cell &asked, report &answer) {
    if (asked.payload_bytes == 8)
        run_sized<Queue, 1>(asked, answer);
    else if (asked.payload_bytes == 64)
        run_sized<Queue, 8>(asked, answer);
    else
        run_sized<Queue, 32>(asked, answer);
}
