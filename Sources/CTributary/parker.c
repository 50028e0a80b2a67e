/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "parker.h"

#include <errno.h>
#include "clock.h"
#include "condition.h"
#include "eventfd.h"
#include "futex.h"

int tributary_parker_initialize(struct tributary_parker_state *parker, tributary_parker kind,
                                const tributary_allocator *allocator) {
    if (kind == TRIBUTARY_PARKER_DEFAULT)
        kind = tributary_futex_supported() ? TRIBUTARY_PARKER_FUTEX : TRIBUTARY_PARKER_CONDITION;
    *parker = (struct tributary_parker_state){.kind = (uint32_t)kind};
    switch (kind) {
    case TRIBUTARY_PARKER_FUTEX: return tributary_futex_supported() ? 0 : -EINVAL;
    case TRIBUTARY_PARKER_CONDITION:
        parker->condition = tributary_condition_create(allocator);
        return parker->condition != NULL ? 0 : -ENOMEM;
    case TRIBUTARY_PARKER_EVENTFD:
        parker->descriptor = tributary_eventfd_open();
        return parker->descriptor >= 0 ? 0 : parker->descriptor;
    default: return -EINVAL;
    }
}

void tributary_parker_finish(struct tributary_parker_state *parker,
                             const tributary_allocator *allocator) {
    if (parker->kind == TRIBUTARY_PARKER_CONDITION)
        tributary_condition_destroy(parker->condition, allocator);
    else if (parker->kind == TRIBUTARY_PARKER_EVENTFD)
        tributary_eventfd_close(parker->descriptor);
}

static void sleep_once(struct tributary_parker_state *parker, int64_t deadline) {
    if (parker->kind == TRIBUTARY_PARKER_CONDITION)
        tributary_condition_wait(parker->condition, &parker->word, TRIBUTARY_PARKER_PARKED,
                                 deadline);
    else if (parker->kind == TRIBUTARY_PARKER_EVENTFD)
        tributary_eventfd_wait(parker->descriptor, deadline);
    else
        tributary_futex_wait(&parker->word, TRIBUTARY_PARKER_PARKED, deadline);
}

static void wake(struct tributary_parker_state *parker) {
    if (parker->kind == TRIBUTARY_PARKER_CONDITION)
        tributary_condition_wake_all(parker->condition);
    else if (parker->kind == TRIBUTARY_PARKER_EVENTFD)
        tributary_eventfd_signal(parker->descriptor);
    else
        tributary_futex_wake(&parker->word, 1);
}

void tributary_parker_prepare(struct tributary_parker_state *parker) {
    tributary_store_relaxed(&parker->word, TRIBUTARY_PARKER_PARKED);
}

bool tributary_parker_cancel(struct tributary_parker_state *parker) {
    return tributary_exchange_acquire_release(&parker->word, TRIBUTARY_PARKER_EMPTY) !=
           TRIBUTARY_PARKER_EMPTY;
}

bool tributary_parker_sleep(struct tributary_parker_state *parker, int64_t deadline) {
    /* P1: acquires what the waker's exchange released. */
    while (tributary_load_acquire(&parker->word) == TRIBUTARY_PARKER_PARKED) {
        if (deadline != TRIBUTARY_FOREVER && tributary_clock_now() >= deadline)
            return !tributary_parker_cancel(parker);
        sleep_once(parker, deadline);
    }
    return true;
}

void tributary_parker_arm(struct tributary_parker_state *parker) {
    tributary_store_relaxed(&parker->word, TRIBUTARY_PARKER_ARMED);
}

void tributary_parker_disarm(struct tributary_parker_state *parker) {
    uint32_t armed = TRIBUTARY_PARKER_ARMED;
    tributary_compare_exchange_acquire_release(&parker->word, &armed, TRIBUTARY_PARKER_EMPTY);
    tributary_parker_clear(parker);
}

void tributary_parker_clear(struct tributary_parker_state *parker) {
    if (parker->kind == TRIBUTARY_PARKER_EVENTFD) tributary_eventfd_clear(parker->descriptor);
}

int tributary_parker_notify(struct tributary_parker_state *parker, void (*notify)(void *context),
                            void *context) {
    uint32_t word = tributary_load_acquire(&parker->word);
    if (word == TRIBUTARY_PARKER_FIRING) return -EALREADY;
    if (word != TRIBUTARY_PARKER_EMPTY) return -EBUSY;
    parker->notify = notify;
    parker->context = context;
    /* P2: the waker that takes the word reads the two above. */
    tributary_store_release(&parker->word, TRIBUTARY_PARKER_NOTIFYING);
    return 0;
}

int tributary_parker_notify_cancel(struct tributary_parker_state *parker) {
    uint32_t expected = TRIBUTARY_PARKER_NOTIFYING;
    return tributary_compare_exchange_acquire_release(&parker->word, &expected,
                                                      TRIBUTARY_PARKER_EMPTY)
               ? 0
               : -EALREADY;
}

bool tributary_parker_take(struct tributary_parker_state *parker,
                           struct tributary_notification *taken) {
    uint32_t word = tributary_load_relaxed(&parker->word);
    *taken = (struct tributary_notification){0};
    for (;;) {
        uint32_t next = TRIBUTARY_PARKER_EMPTY;
        if (word == TRIBUTARY_PARKER_EMPTY || word == TRIBUTARY_PARKER_FIRING) return false;
        if (word == TRIBUTARY_PARKER_NOTIFYING) next = TRIBUTARY_PARKER_FIRING;
        if (tributary_compare_exchange_acquire_release(&parker->word, &word, next)) break;
    }
    if (word != TRIBUTARY_PARKER_NOTIFYING) {
        wake(parker);
        return true;
    }
    /* While FIRING nobody arms again, so the pair read here is the one that was armed. The word is
     * given back before the call: the callback may lead to the next arming at once. */
    taken->notify = parker->notify;
    taken->context = parker->context;
    /* The owner may be preparing to sleep already: then its word stays. */
    uint32_t firing = TRIBUTARY_PARKER_FIRING;
    tributary_compare_exchange_acquire_release(&parker->word, &firing, TRIBUTARY_PARKER_EMPTY);
    return true;
}

bool tributary_parker_wake_slow(struct tributary_parker_state *parker) {
    struct tributary_notification taken;
    bool woken = tributary_parker_take(parker, &taken);
    if (taken.notify != NULL) taken.notify(taken.context);
    return woken;
}
