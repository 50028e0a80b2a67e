/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "futex.h"

#include <tributary/options.h>

#if defined(__linux__)
#include <linux/futex.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

bool tributary_futex_supported(void) { return true; }

void tributary_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    struct timespec until = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    /* WAIT_BITSET takes an absolute time of CLOCK_MONOTONIC, WAIT a relative one. After every outcome (woken,
     * EAGAIN, EINTR, ETIMEDOUT) the caller looks at the word and the clock again. */
    syscall(SYS_futex, word, FUTEX_WAIT_BITSET | FUTEX_PRIVATE_FLAG, expected,
            deadline == TRIBUTARY_FOREVER ? NULL : &until, NULL, FUTEX_BITSET_MATCH_ANY);
}

void tributary_futex_wake(uint32_t *word, int count) {
    syscall(SYS_futex, word, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, count, NULL, NULL, 0);
}
#else
bool tributary_futex_supported(void) { return false; }

void tributary_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline) {
    (void)word;
    (void)expected;
    (void)deadline;
}

void tributary_futex_wake(uint32_t *word, int count) {
    (void)word;
    (void)count;
}
#endif
