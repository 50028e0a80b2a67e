/* SPDX-License-Identifier: Apache-2.0 */
/* A clock in which time passes only with each look at it, for the thread that asks for that: the library's calls find the including
 * program's clock_gettime before the C library's. Linux only, and for one file of a program. */
#ifndef TRIBUTARY_TESTS_PLAYED_CLOCK_H
#define TRIBUTARY_TESTS_PLAYED_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static struct {
    int64_t now;
    int64_t per_look; /* nanoseconds */
    size_t looks;
    size_t comes_at;     /* the look with which `comes` is called, by the system's clock; 0: it is not */
    void (*comes)(void); /* what others do meanwhile */
} played_clock;

static _Thread_local bool played; /* this thread's clock is that one */

int clock_gettime(clockid_t clock, struct timespec *time) {
    if (!played) return (int)syscall(SYS_clock_gettime, clock, time);
    played_clock.now += played_clock.per_look;
    if (++played_clock.looks == played_clock.comes_at) {
        played = false;
        played_clock.comes();
        played = true;
    }
    time->tv_sec = played_clock.now / 1000000000;
    time->tv_nsec = played_clock.now % 1000000000;
    return 0;
}

#endif
