/* SPDX-License-Identifier: Apache-2.0 */
/* From the moment a message was to be sent until it was received, open loop: a producer that is
 * late does not postpone what comes after, and its delay counts. The message is the intended
 * time, in ticks. */
#ifndef CBENCH_ONE_WAY_LATENCY_H
#define CBENCH_ONE_WAY_LATENCY_H

#include <stdlib.h>

#include "../support/distribution.h"
#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/pacing.h"
#include "../support/processors.h"
#include "../support/thread.h"

struct one_way_producer {
    struct gate *gate;
    queue_sender *sender;
    uint64_t count;
    struct pacing pacing;
};

static void *one_way_producer(void *argument) {
    struct one_way_producer *producer = argument;
    struct pacing pacing = producer->pacing;
    queue_sender *sender = producer->sender;
    gate_pass(producer->gate);
    pacing.next = (double)clock_ticks_begin() + pacing.interval;
    for (uint64_t index = 0; index < producer->count; index++) {
        uint64_t intended = pacing_wait(&pacing);
        queue_send(sender, &intended, sizeof intended);
    }
    return NULL;
}

static void one_way_latency_run(const struct cell *cell, struct report *report) {
    if (cell->producers != 1 || cell->rate == 0)
        fail("one-way-latency has one producer and a rate");
    queue *queue = queue_create(cell);
    struct gate gate = {0};
    double interval = distribution_ticks_per_nanosecond() * 1e9 / (double)cell->rate;
    struct one_way_producer producer = {
        .gate = &gate,
        .sender = queue_open(queue),
        .count = cell->count,
        .pacing = {.interval = interval, .yields = processors_available() < 2}};
    uint64_t *samples = distribution_samples(cell->count);
    pthread_t thread;
    thread_start(&thread, one_way_producer, &producer);
    gate_wait_for(&gate, 1);
    uint64_t start = gate_open(&gate);
    uint64_t previous = 0;
    for (uint64_t index = 0; index < cell->count; index++) {
        uint64_t intended;
        queue_receive(queue, &intended, sizeof intended);
        uint64_t now = clock_ticks_end();
        samples[index] = now - intended;
        /* The intended times are an interval apart, but for the rounding. */
        if (__builtin_expect(index != 0 && (double)(intended - previous) > interval + 2, 0) ||
            __builtin_expect((double)(intended - previous) < interval - 2, 0))
            fail("a message is not the successor of the one before");
        previous = intended;
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    queue_close(producer.sender);
    queue_destroy(queue);
    distribution_report(report, samples, cell->count, 0);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
