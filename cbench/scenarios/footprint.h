/* SPDX-License-Identifier: Apache-2.0 */
/* Memory as every peer can be asked for it: bytes that the C library's allocator has given out. An idle channel
 * with one sender (the mean of `count` of them); unbounded ones also after a burst that was sent before the first
 * message of it was received. The sending thread still lives then, with whatever it keeps. */
#ifndef CBENCH_FOOTPRINT_H
#define CBENCH_FOOTPRINT_H

#include <stdlib.h>

#include "../support/allocated.h"
#include "../support/clock.h"
#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/thread.h"

enum { FOOTPRINT_BURST = 1000000 };

/* What an implementation may define: waits until that is free which it frees later, on a thread of its own. */
#ifndef QUEUE_SETTLE
#define QUEUE_SETTLE() ((void)0)
#endif

struct footprint_producer {
    struct gate *sent;
    queue_sender *sender;
};

static void *footprint_producer(void *argument) {
    struct footprint_producer *producer = argument;
    for (uint64_t word = 0; word < FOOTPRINT_BURST; word++)
        queue_send(producer->sender, &word, sizeof word);
    gate_pass(producer->sent);
    return NULL;
}

static void footprint_burst(const struct cell *cell, struct report *report) {
    size_t before = allocated_bytes();
    queue *queue = queue_create(cell);
    struct gate sent = {0};
    struct footprint_producer producer = {.sent = &sent, .sender = queue_open(queue)};
    pthread_t thread;
    thread_start(&thread, footprint_producer, &producer);
    gate_wait_for(&sent, 1);
    size_t full = allocated_bytes();
    for (uint64_t expected = 0; expected < FOOTPRINT_BURST; expected++) {
        uint64_t word;
        queue_receive(queue, &word, sizeof word);
        if (word != expected)
            fail("message %llu arrived as %llu", (unsigned long long)expected,
                 (unsigned long long)word);
    }
    QUEUE_SETTLE();
    size_t drained = allocated_bytes();
    gate_open(&sent);
    thread_join(thread);
    queue_close(producer.sender);
    queue_destroy(queue);
    report_metric(report, "burst", "bytes", (double)full - (double)before);
    report_metric(report, "left-after-burst", "bytes", (double)drained - (double)before);
}

static void footprint_run(const struct cell *cell, struct report *report) {
    queue **queues = malloc(cell->count * sizeof *queues);
    queue_sender **senders = malloc(cell->count * sizeof *senders);
    if (queues == NULL || senders == NULL)
        fail("no memory for %llu channels", (unsigned long long)cell->count);
    struct cell eight = *cell;
    eight.payload_bytes = sizeof(uint64_t);
    uint64_t start = clock_nanoseconds();
    size_t before = allocated_bytes();
    for (uint64_t index = 0; index < cell->count; index++) {
        queues[index] = queue_create(&eight);
        senders[index] = queue_open(queues[index]);
    }
    double idle = ((double)allocated_bytes() - (double)before) / (double)cell->count;
    for (uint64_t index = 0; index < cell->count; index++) {
        queue_close(senders[index]);
        queue_destroy(queues[index]);
    }
    free(queues);
    free(senders);
    report_metric(report, "idle-channel", "bytes", idle);
    if (cell->capacity == 0)
        footprint_burst(&eight, report);
    report_end(report, (double)(clock_nanoseconds() - start) / 1e9);
}

#endif
