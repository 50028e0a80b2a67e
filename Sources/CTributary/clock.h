/* SPDX-License-Identifier: Apache-2.0 */
/* Time, in nanoseconds of CLOCK_MONOTONIC: what timeouts and deadlines are measured in. */
#ifndef TRIBUTARY_CLOCK_H
#define TRIBUTARY_CLOCK_H

#include <stdint.h>
#include <time.h>
#include <tributary/options.h>

/* A deadline that means: do not wait. */
#define TRIBUTARY_AT_ONCE_DEADLINE INT64_MIN

static inline int64_t tributary_clock_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* now + timeout, TRIBUTARY_FOREVER when that overflows. */
static inline int64_t tributary_clock_deadline(int64_t timeout) {
    int64_t deadline;
    if (__builtin_add_overflow(tributary_clock_now(), timeout, &deadline)) return TRIBUTARY_FOREVER;
    return deadline;
}

#endif
