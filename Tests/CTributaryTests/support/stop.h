/* SPDX-License-Identifier: Apache-2.0 */
/* A place where one thread stops until the test lets it go on: what would take luck happens each time. */
#ifndef TRIBUTARY_TESTS_STOP_H
#define TRIBUTARY_TESTS_STOP_H

#include <stdatomic.h>
#include <stdbool.h>

#include "threads.h"

struct stop {
    atomic_int left; /* times that the place is passed, then the thread stops; negative: never */
    atomic_bool reached, released;
};

/* The n-th time that a thread comes to the place it stops, 1 being the next. */
static inline void stop_arm(struct stop *stop, int n) {
    atomic_store(&stop->reached, false);
    atomic_store(&stop->released, false);
    atomic_store(&stop->left, n - 1);
}

static inline void stop_here(struct stop *stop) {
    if (atomic_fetch_sub(&stop->left, 1) != 0)
        return;
    atomic_store(&stop->reached, true);
    await(atomic_load(&stop->released));
}

static inline void stop_await(struct stop *stop) { await(atomic_load(&stop->reached)); }

static inline void stop_release(struct stop *stop) { atomic_store(&stop->released, true); }

/* For counting_allocator.visit, whose context is the stop. */
static inline void stop_at_allocation(void *context, bool allocates) {
    if (allocates)
        stop_here(context);
}

#endif
