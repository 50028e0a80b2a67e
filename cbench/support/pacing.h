/* SPDX-License-Identifier: Apache-2.0 */
/* Open loop: a producer sends at intended times, whatever the messages before have cost. One that
 * is late sends at once, until it has caught up. */
#ifndef CBENCH_PACING_H
#define CBENCH_PACING_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct pacing {
    double interval; /* ticks; 0: no pause */
    double next;     /* the intended time */
    bool yields;     /* there are more threads than processors: give way while waiting */
};

/* Waits for the next intended time and returns it. No pause between two looks: it would make the
 * sends late by its own length. */
static inline uint64_t pacing_wait(struct pacing *pacing) {
    uint64_t intended = (uint64_t)pacing->next;
    pacing->next += pacing->interval;
    while (clock_ticks_begin() < intended)
        if (pacing->yields)
            sched_yield();
    return intended;
}

#endif
