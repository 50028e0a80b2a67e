/* SPDX-License-Identifier: Apache-2.0 */
/* The start of a run: every producer thread stands at the gate before the clock starts. They
 * poll, so that opening it costs one store and no wake-ups. */
#ifndef CBENCH_GATE_H
#define CBENCH_GATE_H

#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "clock.h"

struct gate {
    atomic_uint arrived;
    char padding[124];
    atomic_bool open;
};

static inline void gate_pass(struct gate *gate) {
    atomic_fetch_add(&gate->arrived, 1);
    while (!atomic_load_explicit(&gate->open, memory_order_acquire))
        sched_yield();
}

static inline void gate_wait_for(struct gate *gate, unsigned threads) {
    while (atomic_load_explicit(&gate->arrived, memory_order_acquire) < threads)
        sched_yield();
}

/* Opens the gate; returns the moment just before. */
static inline uint64_t gate_open(struct gate *gate) {
    uint64_t start = clock_nanoseconds();
    atomic_store_explicit(&gate->open, true, memory_order_release);
    return start;
}

#endif
