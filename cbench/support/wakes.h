/* SPDX-License-Identifier: Apache-2.0 */
/* The samples of wake-ups, and which of them found the receiver asleep. */
#ifndef CBENCH_WAKES_H
#define CBENCH_WAKES_H

#include <stdint.h>

#include "report.h"

/* Nanoseconds between the receiver's saying that it is about to wait and the look at it. */
enum { WAKES_PAUSE = 200000 };

struct wakes {
    uint64_t count;
    uint64_t *samples;       /* ticks; by the receiver */
    unsigned char *asleep;   /* by the sender */
};

void wakes_initialize(struct wakes *wakes, uint64_t count);

/* What the kernel said of the receiver before wake-up `index`: fails if it said nothing. */
void wakes_found(struct wakes *wakes, uint64_t index, int asleep);

/* The share that was asleep, and the distribution of those if they are at least half. */
void wakes_report(struct wakes *wakes, struct report *report);

#endif
