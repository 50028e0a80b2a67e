/* SPDX-License-Identifier: Apache-2.0 */
/* Pacing: leaving a line to the thread that writes it for a while, because each look takes it away. By the clock, since a
 * processor's pause takes from 5 to 50 nanoseconds. Measured: docs/design.md. */
#ifndef TRIBUTARY_PACE_H
#define TRIBUTARY_PACE_H

#include <stdbool.h>
#include <tributary/internal/atomics.h>
#include "clock.h"

enum {
    TRIBUTARY_PACE_NANOSECONDS = 1000, /* the most that pacing delays a message */
    TRIBUTARY_PACE_PAUSES = 4          /* between looks at the clock */
};

/* When a pace that begins now is over. */
static inline int64_t tributary_pace_end(void) { return tributary_clock_now() + TRIBUTARY_PACE_NANOSECONDS; }

/* A part of it; false: it is over. */
static inline bool tributary_pace_goes_on(int64_t end) {
    for (int i = 0; i < TRIBUTARY_PACE_PAUSES; i++) tributary_pause();
    return tributary_clock_now() < end;
}

static inline void tributary_pace(void) {
    int64_t end = tributary_pace_end();
    while (tributary_pace_goes_on(end)) {}
}

#endif
