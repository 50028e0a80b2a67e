/* SPDX-License-Identifier: Apache-2.0 */
/* A wake-up that every channel can be measured by: the receiver says that it is about to wait; the other thread waits
 * until the kernel has it asleep, and sends the time of sending. Only the messages that found it asleep are samples.
 * Where fewer than half did, the receiver polls, and there is nothing to wake. wake_latency.h is the stricter twin. */
#ifndef CBENCH_ANNOUNCED_WAKE_H
#define CBENCH_ANNOUNCED_WAKE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#include "../support/clock.h"
#include "../support/distribution.h"
#include "../support/implementation.h"
#include "../support/thread.h"
#include "../support/thread_state.h"
#include "../support/wakes.h"

struct announced_wake {
    _Atomic uint64_t announced;
    queue_sender *sender;
    struct wakes wakes;
};

static void *announced_wake_sender(void *argument) {
    struct announced_wake *wake = argument;
    for (uint64_t index = 0; index < wake->wakes.count; index++) {
        while (atomic_load_explicit(&wake->announced, memory_order_acquire) != index + 1)
            clock_pause();
        wakes_wait(&wake->wakes, index);
        uint64_t now = clock_ticks_begin();
        queue_send(wake->sender, &now, sizeof now);
    }
    return NULL;
}

static void announced_wake_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    struct announced_wake wake = {.sender = queue_open(queue)};
    wakes_initialize(&wake.wakes, cell->count, thread_state_self());
    pthread_t thread;
    uint64_t start = clock_nanoseconds();
    thread_start(&thread, announced_wake_sender, &wake);
    for (uint64_t index = 0; index < cell->count; index++) {
        uint64_t sent;
        atomic_store_explicit(&wake.announced, index + 1, memory_order_release);
        queue_receive(queue, &sent, sizeof sent);
        wake.wakes.samples[index] = clock_ticks_end() - sent;
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    queue_close(wake.sender);
    queue_destroy(queue);
    wakes_report(&wake.wakes, report);
    report_end(report, (double)nanoseconds / 1e9);
}

#endif
