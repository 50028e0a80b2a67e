/* SPDX-License-Identifier: Apache-2.0 */
/* A mutex and a condition variable that keep the time of CLOCK_MONOTONIC: what sleeps without futexes. */
#ifndef TRIBUTARY_CONDITION_H
#define TRIBUTARY_CONDITION_H

#include <pthread.h>
#include <tributary/options.h>
#include "visibility.h"

struct tributary_condition {
    pthread_mutex_t mutex;
    pthread_cond_t condition;
};

TRIBUTARY_PRIVATE_BEGIN

/* NULL without memory. */
struct tributary_condition *tributary_condition_create(const tributary_allocator *allocator);
void tributary_condition_destroy(struct tributary_condition *condition,
                                 const tributary_allocator *allocator);
/* As a futex: sleeps while *word is `expected`. A waker changes the word, then wakes. */
void tributary_condition_wait(struct tributary_condition *condition, uint32_t *word,
                              uint32_t expected, int64_t deadline);
void tributary_condition_wake_all(struct tributary_condition *condition);

TRIBUTARY_PRIVATE_END
#endif
