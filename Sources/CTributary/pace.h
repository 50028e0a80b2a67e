/* SPDX-License-Identifier: Apache-2.0 */
/* Pacing: leaving a line to the thread that writes it for a while, because each look takes it away. By the clock, since a
 * processor's pause takes from 5 to 50 nanoseconds. Measured: docs/design.md. */
#ifndef TRIBUTARY_PACE_H
#define TRIBUTARY_PACE_H

#include <tributary/internal/atomics.h>
#include "clock.h"

enum {
    TRIBUTARY_PACE_NANOSECONDS = 1000, /* the most that pacing delays a message */
    TRIBUTARY_PACE_PAUSES = 4          /* between looks at the clock */
};

static inline void tributary_pace(void) {
    int64_t until = tributary_clock_now() + TRIBUTARY_PACE_NANOSECONDS;
    do {
        for (int i = 0; i < TRIBUTARY_PACE_PAUSES; i++) tributary_pause();
    } while (tributary_clock_now() < until);
}

#endif
