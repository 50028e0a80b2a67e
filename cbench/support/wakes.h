/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of wake-ups, and which of them found the receiver asleep. */
#ifndef CBENCH_WAKES_H
#define CBENCH_WAKES_H

#include <stdint.h>

#include "report.h"

/* From the receiver's saying that it is about to wait: nobody is looked at before the first, or waited for beyond the
 * second. Some yield for long before they sleep. */
enum { WAKES_PAUSE = 200000, WAKES_LIMIT = 5000000 /* nanoseconds */ };

/* After that many in vain the receiver is taken to be one that polls, and not waited for any more. */
enum { WAKES_PATIENCE = 10 };

struct wakes {
    uint64_t count;
    uint64_t *samples;     /* ticks; by the receiver */
    unsigned char *asleep; /* by the sender */
    uint64_t found_asleep;
    unsigned long receiver;
};

/* `receiver` is what thread_state_self() said there; 0 for a task, which any thread may come to run. */
void wakes_initialize(struct wakes *wakes, uint64_t count, unsigned long receiver);

/* By the sender, when wake-up `index` has been announced: waits until the receiver is asleep, or for too long. */
void wakes_wait(struct wakes *wakes, uint64_t index);

/* The share that was asleep, and the distribution of those if they are at least half. */
void wakes_report(struct wakes *wakes, struct report *report);

#endif
