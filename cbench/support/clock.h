/* SPDX-License-Identifier: Apache-2.0 */
/* Two clocks. Durations of whole runs come from the monotonic clock; single calls are timed with
 * the processor's own counter, whose reading costs a few nanoseconds. Also included by the Swift
 * program, which cannot read the counter itself. */
#ifndef CBENCH_CLOCK_H
#define CBENCH_CLOCK_H

#include <stdint.h>
#include <time.h>

static inline uint64_t clock_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* The counter before a timed call: nothing of the call is executed before the reading, nothing
 * from before it is still executing. */
static inline uint64_t clock_ticks_begin(void) {
#if defined(__x86_64__)
    uint32_t low, high;
    __asm__ volatile("lfence\n\trdtsc\n\tlfence" : "=a"(low), "=d"(high)::"memory");
    return (uint64_t)high << 32 | low;
#elif defined(__aarch64__)
    uint64_t ticks;
    __asm__ volatile("isb\n\tmrs %0, cntvct_el0\n\tisb" : "=r"(ticks)::"memory");
    return ticks;
#else
    return clock_nanoseconds();
#endif
}

/* The counter after a timed call: everything of the call has been executed. */
static inline uint64_t clock_ticks_end(void) {
#if defined(__x86_64__)
    uint32_t low, high, processor;
    __asm__ volatile("rdtscp\n\tlfence" : "=a"(low), "=d"(high), "=c"(processor)::"memory");
    return (uint64_t)high << 32 | low;
#else
    return clock_ticks_begin();
#endif
}

/* The counter's frequency. On x86-64 it is compared with the monotonic clock for 20 ms, the
 * best of several readings at each end, so a preemption in between does not count. */
static inline double clock_ticks_per_nanosecond(void) {
#if defined(__x86_64__)
    uint64_t ticks[2], nanoseconds[2];
    for (int end = 0; end < 2; end++) {
        uint64_t shortest = UINT64_MAX;
        if (end == 1)
            while (clock_nanoseconds() - nanoseconds[0] < 20000000u) {}
        for (int attempt = 0; attempt < 16; attempt++) {
            uint64_t before = clock_ticks_begin();
            uint64_t now = clock_nanoseconds();
            uint64_t after = clock_ticks_end();
            if (after - before < shortest) {
                shortest = after - before;
                ticks[end] = before + (after - before) / 2;
                nanoseconds[end] = now;
            }
        }
    }
    return (double)(ticks[1] - ticks[0]) / (double)(nanoseconds[1] - nanoseconds[0]);
#elif defined(__aarch64__)
    uint64_t frequency;
    __asm__ volatile("mrs %0, cntfrq_el0" : "=r"(frequency));
    return (double)frequency / 1e9;
#else
    return 1.0;
#endif
}

/* The hint for a polling loop. */
static inline void clock_pause(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("isb" ::: "memory");
#endif
}

#endif
