/* SPDX-License-Identifier: Apache-2.0 */
/* A parker: one place to sleep, for one thread, descriptor or callback at a time.
 *
 * The owner prepares, fences, looks once more for what it waits for, then sleeps or cancels. A
 * waker changes what is waited for, fences, then calls wake, which costs one load unless somebody sleeps.
 *
 *   owner                                waker
 *     prepare: word = PARKED               change what is waited for
 *     full fence                  (F3)     full fence                 (F3)
 *     look again: changed? cancel          word not EMPTY? exchange EMPTY, and wake what was there
 *     sleep
 *
 * Exactly one waker gets the word: until it has made its system call nobody else wakes the owner. The memory of a parker outlives its
 * wakers: who may call wake holds a reference on the channel or the lane that contains it. */
#ifndef TRIBUTARY_PARKER_H
#define TRIBUTARY_PARKER_H

#include <stdbool.h>
#include <stdint.h>
#include <tributary/options.h>
#include "visibility.h"

enum {
    TRIBUTARY_PARKER_EMPTY = 0,
    TRIBUTARY_PARKER_PARKED = 1,    /* a thread sleeps or is about to */
    TRIBUTARY_PARKER_ARMED = 2,     /* an event loop watches the descriptor */
    TRIBUTARY_PARKER_NOTIFYING = 3, /* a callback is to be called */
    TRIBUTARY_PARKER_FIRING = 4     /* a waker is reading which */
};

struct tributary_condition;

/* A callback that a waker has taken: it is to be called once, after all locks were given back. */
struct tributary_notification {
    void (*notify)(void *context); /* NULL: none */
    void *context;
};

struct tributary_parker_state {
    uint32_t word;
    uint32_t kind;
    union {
        int descriptor; /* kind EVENTFD */
        struct tributary_condition *condition; /* kind CONDITION */
    };
    void (*notify)(void *context);
    void *context;
};

TRIBUTARY_PRIVATE_BEGIN

/* 0, -ENOMEM, or a negative errno of eventfd. */
int tributary_parker_initialize(struct tributary_parker_state *parker, tributary_parker kind,
                                const tributary_allocator *allocator);
void tributary_parker_finish(struct tributary_parker_state *parker,
                             const tributary_allocator *allocator);

void tributary_parker_prepare(struct tributary_parker_state *parker);
/* True when nothing had woken it, false when a wake came in between. */
bool tributary_parker_cancel(struct tributary_parker_state *parker);
/* Until woken (true) or past the deadline (false). Interrupted and spurious wake-ups do not
 * return. The word is EMPTY afterwards. */
bool tributary_parker_sleep(struct tributary_parker_state *parker, int64_t deadline);

/* Arms the descriptor; ends that, and makes the descriptor unreadable. */
void tributary_parker_arm(struct tributary_parker_state *parker);
void tributary_parker_disarm(struct tributary_parker_state *parker);
/* Makes the descriptor unreadable again. */
void tributary_parker_clear(struct tributary_parker_state *parker);
/* 0; -EBUSY: armed already; -EALREADY: being called just now. */
int tributary_parker_notify(struct tributary_parker_state *parker, void (*notify)(void *context),
                            void *context);
/* 0, or -EALREADY. */
int tributary_parker_notify_cancel(struct tributary_parker_state *parker);

/* True when it woke somebody. */
bool tributary_parker_wake_slow(struct tributary_parker_state *parker);
/* The same, but a callback is only taken: for wakers that hold a mutex, which the callback may need. As for wake, the
 * caller has run a full fence. The parker may be gone when the callback is called. */
bool tributary_parker_take(struct tributary_parker_state *parker,
                           struct tributary_notification *taken);

TRIBUTARY_PRIVATE_END

#include <tributary/internal/atomics.h>

/* The caller has run a full fence since it changed what is waited for. */
static inline bool tributary_parker_wake(struct tributary_parker_state *parker) {
    if (tributary_likely(tributary_load_relaxed(&parker->word) == TRIBUTARY_PARKER_EMPTY))
        return false;
    return tributary_parker_wake_slow(parker);
}

#endif
