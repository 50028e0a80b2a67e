/* SPDX-License-Identifier: Apache-2.0 */
/* fence.c tributary_fence_heavy, where the kernel has begun to refuse membarrier. A part of fence_modes.pml. */
bool refused;
byte until[2];

/* Whoever is refused waits longer than any store stays in a buffer. */
inline wait_a_millisecond() {
#ifndef MUTANT_WITHOUT_WAITING
    d_step {
        until[0] = drained[0] + len(buffer[0]);
        until[1] = drained[1] + len(buffer[1])
    };
    drained[0] >= until[0] && drained[1] >= until[1];
    d_step { until[0] = 0; until[1] = 0 };
#endif
    fence_full(RECEIVER)
}

inline heavy_fence() {
    fence_full(RECEIVER);
    if
    :: !refused -> fence_heavy(RECEIVER)
    :: refused -> wait_a_millisecond()
    fi
}
