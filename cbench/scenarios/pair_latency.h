/* SPDX-License-Identifier: Apache-2.0 */
/* A send and the receive of the same message, on one thread. */
#ifndef CBENCH_PAIR_LATENCY_H
#define CBENCH_PAIR_LATENCY_H

#include <stdlib.h>

#include "../support/clock.h"
#include "../support/distribution.h"
#include "../support/implementation.h"
#include "../support/message.h"

static void pair_latency_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    queue_sender *sender = queue_open(queue);
    uint64_t *samples = distribution_samples(cell->count);
    uint64_t start = clock_nanoseconds();
    for (uint64_t word = 0; word < cell->count; word++) {
        uint64_t received;
        uint64_t begin = clock_ticks_begin();
        queue_send(sender, &word, sizeof word);
        queue_receive(queue, &received, sizeof received);
        samples[word] = clock_ticks_end() - begin;
        if (__builtin_expect(received != word, 0))
            fail("a pair received another message than it sent");
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    queue_close(sender);
    queue_destroy(queue);
    distribution_report(report, samples, cell->count, distribution_timer_cost());
    distribution_report_timer(report);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
