/* SPDX-License-Identifier: Apache-2.0 */
#include "event_count.h"

#include <limits.h>

#include "condition.h"
#include "futex.h"

void tributary_event_count_sleep(struct tributary_event_count *event, uint32_t key,
                                 int64_t deadline) {
    if (event->condition != NULL)
        tributary_condition_wait(event->condition, &event->epoch, key, deadline);
    else
        tributary_futex_wait(&event->epoch, key, deadline);
}

void tributary_event_count_wake_all(struct tributary_event_count *event) {
    tributary_fetch_add_acquire_release(&event->epoch, 1); /* V1 */
    if (event->condition != NULL)
        tributary_condition_wake_all(event->condition);
    else
        tributary_futex_wake(&event->epoch, INT_MAX);
}
