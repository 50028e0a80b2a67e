/* SPDX-License-Identifier: Apache-2.0 */
/* A wake-up that every channel can be measured by, those between tasks or goroutines too, whose sleep nobody
 * can see: the receiver says that it is about to wait, and some time after that, long enough for any of them
 * to have gone to sleep, the other thread sends the time of sending. wake_latency.h is the stricter twin. */
#ifndef CBENCH_ANNOUNCED_WAKE_H
#define CBENCH_ANNOUNCED_WAKE_H

#include <stdatomic.h>
#include <stdlib.h>

#include "../support/clock.h"
#include "../support/distribution.h"
#include "../support/implementation.h"
#include "../support/thread.h"

enum { ANNOUNCED_WAKE_PAUSE = 200000 /* nanoseconds */ };

struct announced_wake {
    _Atomic uint64_t announced;
    queue_sender *sender;
    uint64_t count;
};

static void *announced_wake_sender(void *argument) {
    struct announced_wake *wake = argument;
    for (uint64_t index = 1; index <= wake->count; index++) {
        while (atomic_load_explicit(&wake->announced, memory_order_acquire) != index)
            clock_pause();
        uint64_t until = clock_nanoseconds() + ANNOUNCED_WAKE_PAUSE;
        while (clock_nanoseconds() < until) {}
        uint64_t now = clock_ticks_begin();
        queue_send(wake->sender, &now, sizeof now);
    }
    return NULL;
}

static void announced_wake_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    struct announced_wake wake = {.sender = queue_open(queue), .count = cell->count};
    uint64_t *samples = distribution_samples(cell->count);
    pthread_t thread;
    uint64_t start = clock_nanoseconds();
    thread_start(&thread, announced_wake_sender, &wake);
    for (uint64_t index = 0; index < cell->count; index++) {
        uint64_t sent;
        atomic_store_explicit(&wake.announced, index + 1, memory_order_release);
        queue_receive(queue, &sent, sizeof sent);
        samples[index] = clock_ticks_end() - sent;
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    queue_close(wake.sender);
    queue_destroy(queue);
    distribution_report(report, samples, cell->count, 0);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
