/* SPDX-License-Identifier: Apache-2.0 */
/* What waking a thread costs by itself, measured as in wake_latency.h: a futex on Linux, a
 * condition variable elsewhere. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../support/distribution.h"
#include "../support/clock.h"
#include "../support/implementation.h"
#include "../support/sleeper.h"

#ifdef __linux__
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

struct bare_wake {
    struct sleeper sleeper;
    uint64_t count;
    uint64_t sent; /* the time; published by `word` */
    _Atomic uint32_t word;
#ifndef __linux__
    pthread_mutex_t mutex;
    pthread_cond_t condition;
#endif
};

#ifdef __linux__

static void bare_wait(struct bare_wake *wake, uint32_t old) {
    while (atomic_load_explicit(&wake->word, memory_order_acquire) == old)
        if (syscall(SYS_futex, &wake->word, FUTEX_WAIT_PRIVATE, old, NULL, NULL, 0) != 0 &&
            errno != EAGAIN && errno != EINTR)
            fail("futex: %s", strerror(errno));
}

static void bare_notify(struct bare_wake *wake, uint32_t new) {
    atomic_store_explicit(&wake->word, new, memory_order_release);
    if (syscall(SYS_futex, &wake->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0) < 0)
        fail("futex: %s", strerror(errno));
}

static void bare_initialize(struct bare_wake *wake) {
    atomic_init(&wake->word, 0);
}

#else

static void bare_wait(struct bare_wake *wake, uint32_t old) {
    pthread_mutex_lock(&wake->mutex);
    while (atomic_load_explicit(&wake->word, memory_order_relaxed) == old)
        pthread_cond_wait(&wake->condition, &wake->mutex);
    pthread_mutex_unlock(&wake->mutex);
}

static void bare_notify(struct bare_wake *wake, uint32_t new) {
    pthread_mutex_lock(&wake->mutex);
    atomic_store_explicit(&wake->word, new, memory_order_relaxed);
    pthread_mutex_unlock(&wake->mutex);
    pthread_cond_signal(&wake->condition);
}

static void bare_initialize(struct bare_wake *wake) {
    atomic_init(&wake->word, 0);
    pthread_mutex_init(&wake->mutex, NULL);
    pthread_cond_init(&wake->condition, NULL);
}

#endif

static void *bare_waker(void *argument) {
    struct bare_wake *wake = argument;
    for (uint64_t index = 0; index < wake->count; index++) {
        sleeper_wait_until_asleep(&wake->sleeper, index);
        wake->sent = clock_ticks_begin();
        bare_notify(wake, (uint32_t)index + 1);
    }
    return NULL;
}

void bare_wake_run(const struct cell *cell, struct report *report) {
    struct bare_wake wake = {.count = cell->count};
    uint64_t *samples = distribution_samples(cell->count);
    pthread_t thread;
    bare_initialize(&wake);
    sleeper_initialize(&wake.sleeper);
    thread_start(&thread, bare_waker, &wake);
    uint64_t start = clock_nanoseconds();
    for (uint64_t index = 0; index < cell->count; index++) {
        sleeper_will_sleep(&wake.sleeper, index);
        bare_wait(&wake, (uint32_t)index);
        samples[index] = clock_ticks_end() - wake.sent;
        sleeper_has_woken(&wake.sleeper);
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    distribution_report(report, samples, cell->count, distribution_timer_cost());
    sleeper_report(report, &wake.sleeper);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}
