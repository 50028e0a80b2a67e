/* SPDX-License-Identifier: Apache-2.0 */
/* An event count: where any number of threads sleep until something happens.
 *
 *   sleeper                           waker
 *     key = epoch      (acquire)        change what is waited for
 *     announce; full fence              full fence; somebody announced?
 *     look again                        epoch + 1 (release), wake all
 *     sleep while epoch == key                                                           (V1)
 *
 * A wake between the reading of the key and the sleep changes the epoch, so the sleep does not begin. */
#ifndef TRIBUTARY_EVENT_COUNT_H
#define TRIBUTARY_EVENT_COUNT_H

#include <stdbool.h>
#include <tributary/internal/atomics.h>
#include <tributary/options.h>
#include "visibility.h"

struct tributary_condition;

struct tributary_event_count {
    uint32_t epoch;
    struct tributary_condition *condition; /* borrowed of a parker; NULL: a futex on the epoch */
};

TRIBUTARY_PRIVATE_BEGIN

/* Once: returns when woken, past the deadline, or for no reason. */
void tributary_event_count_sleep(struct tributary_event_count *event, uint32_t key,
                                 int64_t deadline);
void tributary_event_count_wake_all(struct tributary_event_count *event);

TRIBUTARY_PRIVATE_END

static inline uint32_t tributary_event_count_key(struct tributary_event_count *event) {
    return tributary_load_acquire(&event->epoch); /* V1 */
}

#endif
