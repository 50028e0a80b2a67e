/* SPDX-License-Identifier: Apache-2.0 */
/* One thread that goes to sleep again and again, and another that waits until it does, and keeps
 * its processor meanwhile: if it gave way after the wake-up, the sleeper would often be run in its
 * place, which is not the wake-up that a busy sender causes. */
#ifndef CBENCH_SLEEPER_H
#define CBENCH_SLEEPER_H

#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

#include "clock.h"
#include "processors.h"
#include "report.h"
#include "thread.h"
#include "thread_state.h"

struct sleeper {
    unsigned long thread;
    unsigned processors;
    _Atomic uint64_t sleeps;  /* how often it has said that it is about to */
    atomic_int waker;         /* the processor of the other thread at the last wake-up */
    uint64_t same_processor;  /* wake-ups after which it ran where the waker had been */
};

/* By the thread that will sleep. */
static inline void sleeper_initialize(struct sleeper *sleeper) {
    sleeper->thread = thread_state_self();
    sleeper->processors = processors_available();
    sleeper->same_processor = 0;
    atomic_init(&sleeper->waker, -1);
    atomic_init(&sleeper->sleeps, 0);
}

static inline void sleeper_will_sleep(struct sleeper *sleeper, uint64_t index) {
    atomic_store_explicit(&sleeper->sleeps, index + 1, memory_order_release);
}

static inline void sleeper_look_again(const struct sleeper *sleeper) {
    if (sleeper->processors > 1)
        clock_pause();
    else
        sched_yield();
}

/* By the other one: nothing but the sleep that was announced can have put it into that state. */
static inline void sleeper_wait_until_asleep(struct sleeper *sleeper, uint64_t index) {
    int asleep;
    while (atomic_load_explicit(&sleeper->sleeps, memory_order_acquire) != index + 1)
        sleeper_look_again(sleeper);
    while ((asleep = thread_state_is_asleep(sleeper->thread)) == 0)
        sleeper_look_again(sleeper);
    if (asleep < 0)
        fail("the state of a thread could not be read");
    atomic_store_explicit(&sleeper->waker, processors_current(), memory_order_relaxed);
}

/* By the thread that slept, after each sleep. */
static inline void sleeper_has_woken(struct sleeper *sleeper) {
    int processor = processors_current();
    if (processor >= 0 &&
        processor == atomic_load_explicit(&sleeper->waker, memory_order_relaxed))
        sleeper->same_processor++;
}

static inline void sleeper_report(struct report *report, const struct sleeper *sleeper) {
    report_metric(report, "same-processor", "per wake",
                  (double)sleeper->same_processor / (double)atomic_load(&sleeper->sleeps));
}

#endif
