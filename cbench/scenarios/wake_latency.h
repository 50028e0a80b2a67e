/* SPDX-License-Identifier: Apache-2.0 */
/* From just before a send until the receiver, which was asleep, has the message. Each message is
 * sent only when the kernel reports the receiving thread as sleeping, and is the time of sending.
 * bare_wake.c measures a bare wake-up in the same way. */
#ifndef CBENCH_WAKE_LATENCY_H
#define CBENCH_WAKE_LATENCY_H

#include <inttypes.h>
#include <stdlib.h>

#include "../support/distribution.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/sleeper.h"

struct wake_sender {
    struct sleeper *sleeper;
    queue_sender *sender;
    uint64_t count;
};

static void *wake_sender(void *argument) {
    struct wake_sender *wake = argument;
    for (uint64_t index = 0; index < wake->count; index++) {
        sleeper_wait_until_asleep(wake->sleeper, index);
        uint64_t now = clock_ticks_begin();
        queue_send(wake->sender, &now, sizeof now);
    }
    return NULL;
}

static void wake_latency_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    struct sleeper sleeper;
    struct wake_sender wake = {
        .sleeper = &sleeper, .sender = queue_open(queue), .count = cell->count};
    uint64_t *samples = distribution_samples(cell->count);
    pthread_t thread;
    tributary_statistics statistics;
    sleeper_initialize(&sleeper);
    thread_start(&thread, wake_sender, &wake);
    uint64_t start = clock_nanoseconds();
    for (uint64_t index = 0; index < cell->count; index++) {
        uint64_t sent;
        sleeper_will_sleep(&sleeper, index);
        queue_receive(queue, &sent, sizeof sent);
        samples[index] = clock_ticks_end() - sent;
        sleeper_has_woken(&sleeper);
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    queue_close(wake.sender);
    check(tributary_channel_statistics(queue, &statistics), "tributary_channel_statistics");
    queue_destroy(queue);
    if (statistics.receiver_parks < cell->count)
        fail("%" PRIu64 " waits, and the receiver slept only %" PRIu64 " times", cell->count,
             statistics.receiver_parks);
    distribution_report(report, samples, cell->count, distribution_timer_cost());
    sleeper_report(report, &sleeper);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
