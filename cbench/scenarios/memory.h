/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that a channel holds, counted in the allocator hooks: idle,
 * and after a burst that was sent before the first message of it was received. The sending thread
 * is still there when the last figure is taken, with everything it may keep for itself. */
#ifndef CBENCH_MEMORY_H
#define CBENCH_MEMORY_H

#include "../support/counting_allocator.h"
#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/thread.h"
#include "stress.h"

struct memory_producer {
    struct gate *sent;
    queue_sender *sender;
    uint64_t count;
};

static void *memory_producer(void *argument) {
    struct memory_producer *producer = argument;
    for (uint64_t word = message_first_word(0), end = word + producer->count; word != end; word++)
        queue_send(producer->sender, &word, sizeof word);
    gate_pass(producer->sent);
    return NULL;
}

static tributary_channel *memory_channel(const struct cell *cell,
                                         const tributary_allocator *allocator) {
    tributary_options options;
    tributary_channel *channel;
    tributary_options_initialize(&options, cell->payload_bytes, sizeof(uint64_t),
                                 TRIBUTARY_UNBOUNDED);
    options.allocator = *allocator;
    check(tributary_channel_create(&options, &channel), "tributary_channel_create");
    return channel;
}

static void memory_run(const struct cell *cell, struct report *report) {
    struct counting_allocator counter = {0};
    tributary_allocator allocator = counting_allocator_hooks(&counter);
    if (cell->capacity != 0 || cell->producers != 1)
        fail("memory has one producer and no bound");

    uint64_t start = clock_nanoseconds();
    tributary_channel *channel = memory_channel(cell, &allocator);
    size_t idle_channel = counting_allocator_bytes(&counter);
    queue_sender *sender = queue_open(channel);
    size_t idle = counting_allocator_bytes(&counter);

    struct gate sent = {0};
    struct memory_producer producer = {.sent = &sent, .sender = sender, .count = cell->count};
    pthread_t thread;
    thread_start(&thread, memory_producer, &producer);
    gate_wait_for(&sent, 1);
    size_t full = counting_allocator_bytes(&counter);
    stress_receiver_single_8(channel, cell);
    size_t drained = counting_allocator_bytes(&counter);
    gate_open(&sent);
    thread_join(thread);

    queue_close(sender);
    tributary_channel_destroy(channel);
    if (counting_allocator_bytes(&counter) != 0)
        fail("%zu bytes were never given back", counting_allocator_bytes(&counter));
    uint64_t nanoseconds = clock_nanoseconds() - start;
    report_metric(report, "idle-channel", "bytes", (double)idle_channel);
    report_metric(report, "idle-sender", "bytes", (double)(idle - idle_channel));
    report_metric(report, "burst", "bytes", (double)(full - idle));
    report_metric(report, "left-after-burst", "bytes", (double)(drained - idle));
    report_end(report, (double)nanoseconds / 1e9);
}

#endif
