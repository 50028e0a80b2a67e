/* SPDX-License-Identifier: Apache-2.0 */
/* For queues without a wait: look some times more, then give way. Two processors serve up to nine threads. */
#ifndef CBENCH_BACKOFF_H
#define CBENCH_BACKOFF_H

#include <sched.h>

#include "../../support/clock.h"

static inline void backoff_wait(unsigned *looks) {
    if ((*looks)++ < 64)
        clock_pause();
    else
        sched_yield();
}

#endif
