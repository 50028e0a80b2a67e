/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "condition.h"

#include <time.h>
#include <tributary/internal/atomics.h>

#include "allocator.h"
#include "clock.h"

struct tributary_condition *tributary_condition_create(const tributary_allocator *allocator) {
    struct tributary_condition *condition = tributary_allocate(
        allocator, sizeof(*condition), _Alignof(struct tributary_condition));
    if (condition == NULL) return NULL;
    pthread_mutex_init(&condition->mutex, NULL);
#if defined(__APPLE__)
    pthread_cond_init(&condition->condition, NULL);
#else
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    pthread_cond_init(&condition->condition, &attributes);
    pthread_condattr_destroy(&attributes);
#endif
    return condition;
}

void tributary_condition_destroy(struct tributary_condition *condition,
                                 const tributary_allocator *allocator) {
    pthread_cond_destroy(&condition->condition);
    pthread_mutex_destroy(&condition->mutex);
    tributary_deallocate(allocator, condition, sizeof(*condition),
                         _Alignof(struct tributary_condition));
}

static void wait_until(struct tributary_condition *condition, int64_t deadline) {
#if defined(__APPLE__)
    int64_t rest = deadline - tributary_clock_now();
    if (rest < 0) rest = 0;
    struct timespec time = {.tv_sec = rest / 1000000000, .tv_nsec = rest % 1000000000};
    pthread_cond_timedwait_relative_np(&condition->condition, &condition->mutex, &time);
#else
    struct timespec time = {.tv_sec = deadline / 1000000000, .tv_nsec = deadline % 1000000000};
    pthread_cond_timedwait(&condition->condition, &condition->mutex, &time);
#endif
}

void tributary_condition_wait(struct tributary_condition *condition, uint32_t *word,
                              uint32_t expected, int64_t deadline) {
    pthread_mutex_lock(&condition->mutex);
    /* The waker changes the word before it takes the mutex: unchanged here, its signal is still to come. */
    if (tributary_load_acquire(word) == expected) {
        if (deadline == TRIBUTARY_FOREVER)
            pthread_cond_wait(&condition->condition, &condition->mutex);
        else
            wait_until(condition, deadline);
    }
    pthread_mutex_unlock(&condition->mutex);
}

void tributary_condition_wake_all(struct tributary_condition *condition) {
    pthread_mutex_lock(&condition->mutex);
    pthread_cond_broadcast(&condition->condition);
    pthread_mutex_unlock(&condition->mutex);
}
