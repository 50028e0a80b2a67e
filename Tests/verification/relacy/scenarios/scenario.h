/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario: what is there before the threads start, what each does, and what must hold when all have ended. */
#ifndef SCENARIOS_SCENARIO_H
#define SCENARIOS_SCENARIO_H

#include <stdbool.h>

enum { SCENARIO_THREADS = 4 };

struct scenario {
    const char *name;
    void (*set_up)(void);
    void (*threads[SCENARIO_THREADS])(void);
    void (*finish)(void);
    bool streaming_only; /* nothing of it differs with local fences, or it needs heavy ones */
    bool one_copy;       /* tributary_fence_multiple_copies is none, as on x86 and AArch64 */
    bool at_random;      /* too long for the other searches to get anywhere */
};

#endif
