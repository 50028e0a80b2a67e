/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "shared_wait.h"

#include <errno.h>
#include <sched.h>

#include "clock.h"
#include "shared_turn.h"
#include "spin.h"

/* The rest: what is left of a number that is woken one by one. */
enum { WAKE_ONE = 1, WAKE_FOR_ROOM = 2, WAKE_REST = 4 };
enum { NOT_QUEUED, QUEUED_FOR_HALF, QUEUED_FOR_ANY, QUEUED_FOR_CLOSE };

static uint64_t half(const struct tributary_channel *channel) {
    return (channel->options.capacity + 1) / 2;
}

/* ---- The queue, under the mutex ---- */

static void append(struct tributary_shared_waiting *waiting, tributary_shared_waiter *waiter,
                   uint32_t state) {
    waiter->state = state;
    waiter->next = NULL;
    waiter->previous = waiting->last;
    if (waiting->last != NULL)
        waiting->last->next = waiter;
    else
        tributary_store_relaxed(&waiting->first, waiter);
    waiting->last = waiter;
    if (state == QUEUED_FOR_ANY) tributary_store_relaxed(&waiting->for_any, waiting->for_any + 1);
}

static void push_for_close(struct tributary_shared_waiting *waiting, tributary_shared_waiter *waiter) {
    waiter->state = QUEUED_FOR_CLOSE;
    waiter->previous = NULL;
    waiter->next = waiting->for_close;
    if (waiter->next != NULL) waiter->next->previous = waiter;
    waiting->for_close = waiter;
}

static void take_out_for_close(struct tributary_shared_waiting *waiting,
                               tributary_shared_waiter *waiter) {
    if (waiter->previous != NULL)
        waiter->previous->next = waiter->next;
    else
        waiting->for_close = waiter->next;
    if (waiter->next != NULL) waiter->next->previous = waiter->previous;
    waiter->state = NOT_QUEUED;
}

static void take_out(struct tributary_shared_waiting *waiting, tributary_shared_waiter *waiter) {
    if (waiter->state == QUEUED_FOR_CLOSE) {
        take_out_for_close(waiting, waiter);
        return;
    }
    if (waiter->previous != NULL)
        waiter->previous->next = waiter->next;
    else
        tributary_store_relaxed(&waiting->first, waiter->next);
    if (waiter->next != NULL)
        waiter->next->previous = waiter->previous;
    else
        waiting->last = waiter->previous;
    if (waiter->state == QUEUED_FOR_ANY) tributary_store_relaxed(&waiting->for_any, waiting->for_any - 1);
    waiter->state = NOT_QUEUED;
}

static void lower_wake_at(struct tributary_channel *channel, uint64_t target) {
    uint64_t wake_at = tributary_load_relaxed(&channel->shared->back.wake_at);
    while (wake_at > target && !tributary_compare_exchange_acquire_release(
                                   &channel->shared->back.wake_at, &wake_at, target)) {
    }
    /* The receiver looks at its lane's word for each message. */
    struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
    for (; lane != NULL; lane = lane->registry_next)
        tributary_store_release(&lane->hot.transition.wake_at, 0);
}

/* ---- Waking ---- */

/* How many are worth waking: one for each free place, or all, if the channel has closed. */
static uint64_t places(struct tributary_channel *channel) {
    if (tributary_shared_is_closed(channel)) return UINT64_MAX;
    uint64_t consumed = tributary_shared_consumed(channel);
    uint64_t used = tributary_shared_published(channel) - consumed;
    return used < channel->options.capacity ? channel->options.capacity - used : 1;
}

/* The first waiter, out of the queue. What is left is woken for the next half, or for the next message. */
static bool pop(struct tributary_channel *channel, tributary_shared_waiter *copy) {
    struct tributary_shared_waiting *waiting = &channel->shared->back.waiting;
    tributary_shared_waiter *first = waiting->first;
    if (first == NULL) return false;
    take_out(waiting, first);
    *copy = *first; /* the waiter's memory may be gone when it is notified */
    if (waiting->first != NULL)
        lower_wake_at(channel, tributary_shared_consumed(channel) +
                                   (waiting->for_any != 0 ? 1 : half(channel)));
    return true;
}

/* The channel whose waiter the thread is calling. */
static _Thread_local struct tributary_channel *serving;

/* Does what is wanted, unless somebody holds the mutex: who does it then. A callback that sends comes back here; then the call that it
 * is in does it after it, or callbacks would nest as deep as there are waiters. */
static void serve(struct tributary_channel *channel) {
    struct tributary_shared_waiting *waiting = &channel->shared->back.waiting;
    if (serving == channel) return;
    while (tributary_load_relaxed(&waiting->wake_wanted) != 0) {
        if (pthread_mutex_trylock(&channel->shared->mutex) != 0) return;
        uint32_t wanted = tributary_exchange_acquire_release(&waiting->wake_wanted, 0);
        if (wanted & WAKE_FOR_ROOM) waiting->rest = places(channel);
        bool rest = (wanted & (WAKE_FOR_ROOM | WAKE_REST)) != 0 && waiting->rest > 0;
        tributary_shared_waiter waiter;
        bool any = (rest || (wanted & WAKE_ONE) != 0) && pop(channel, &waiter);
        if (!any) waiting->rest = 0;
        if (rest && any && --waiting->rest > 0)
            tributary_fetch_or_acquire_release(&waiting->wake_wanted, WAKE_REST);
        pthread_mutex_unlock(&channel->shared->mutex);
        if (any) {
            struct tributary_channel *outer = serving;
            serving = channel;
            waiter.notify(waiter.context);
            serving = outer;
        }
        tributary_fence_full(); /* W2 */
    }
}

static void unlock(struct tributary_channel *channel) {
    pthread_mutex_unlock(&channel->shared->mutex);
    tributary_fence_full(); /* W2 */
    serve(channel);
}

static void wake(struct tributary_channel *channel, uint32_t wanted) {
    tributary_exchange_acquire_release(&channel->shared->back.wake_at, TRIBUTARY_NOBODY);
    tributary_fetch_or_acquire_release(&channel->shared->back.waiting.wake_wanted, wanted);
    tributary_fence_after_read_modify_write(); /* W2 */
    serve(channel);
}

void tributary_shared_settle(struct tributary_channel *channel, struct tributary_sender *lane) {
    uint64_t *own = &lane->hot.transition.wake_at;
    /* As set below, or by nobody: who waits clears it, fences, and looks for room. */
    if (tributary_load_relaxed(own) == TRIBUTARY_NOBODY) return;
    tributary_exchange_acquire_release(own, TRIBUTARY_NOBODY);
    uint64_t wake_at = tributary_load_acquire(&channel->shared->back.wake_at); /* M3 */
    if (wake_at == TRIBUTARY_NOBODY) return;
    uint64_t consumed = tributary_shared_consumed(channel);
    if (consumed >= wake_at) {
        tributary_shared_wake_one(channel);
        return;
    }
    /* Not before then, unless a waiter has asked meanwhile. */
    uint64_t nobody = TRIBUTARY_NOBODY;
    tributary_compare_exchange_acquire_release(
        own, &nobody, tributary_load_relaxed(&lane->hot.backward.consumed) + (wake_at - consumed));
}

void tributary_shared_wake_one(struct tributary_channel *channel) { wake(channel, WAKE_ONE); }

void tributary_shared_wake_for_room(struct tributary_channel *channel) { wake(channel, WAKE_FOR_ROOM); }

void tributary_shared_call_closed(struct tributary_channel *channel) {
    struct tributary_shared_waiting *waiting = &channel->shared->back.waiting;
    for (;;) {
        pthread_mutex_lock(&channel->shared->mutex);
        tributary_shared_waiter copy, *waiter = waiting->for_close;
        if (waiter != NULL) {
            take_out_for_close(waiting, waiter);
            copy = *waiter; /* its memory may be gone when it is notified */
        }
        unlock(channel);
        if (waiter == NULL) return;
        copy.notify(copy.context);
    }
}

void tributary_shared_wake_for_nothing(struct tributary_channel *channel) {
    struct tributary_shared_waiting *waiting = &channel->shared->back.waiting;
    uint64_t consumed = tributary_shared_consumed(channel);
    /* Those that were woken for the same room are still on their way: each sends, or leaves it to the next one. */
    if (waiting->woken_at == consumed) return;
    waiting->woken_at = consumed;
    if (tributary_load_relaxed(&waiting->for_any) != 0)
        tributary_shared_wake_for_room(channel);
    else
        tributary_shared_wake_one(channel);
}

void tributary_shared_pass_on(struct tributary_channel *channel) {
    if (tributary_unlikely(tributary_load_relaxed(&channel->shared->back.waiting.for_any) != 0))
        tributary_shared_wake_one(channel);
}

/* ---- Entering and leaving ---- */

static void enter(struct tributary_channel *channel, tributary_shared_waiter *waiter, uint32_t state) {
    pthread_mutex_lock(&channel->shared->mutex);
    append(&channel->shared->back.waiting, waiter, state);
    uint64_t wanted = state == QUEUED_FOR_ANY ? 1 : half(channel);
    uint64_t limit = tributary_shared_published(channel) + wanted;
    lower_wake_at(channel, limit > channel->options.capacity ? limit - channel->options.capacity : 0);
    unlock(channel);
    if (state == QUEUED_FOR_ANY && !channel->options.local_fences)
        tributary_core_heavy_fence(channel); /* M3, on behalf of the receiver */
    else
        tributary_fence_full(); /* M3 */
}

/* False: it was taken out to be notified, or has been notified. */
static bool leave(struct tributary_channel *channel, tributary_shared_waiter *waiter) {
    pthread_mutex_lock(&channel->shared->mutex);
    bool queued = waiter->state != NOT_QUEUED;
    if (queued) take_out(&channel->shared->back.waiting, waiter);
    unlock(channel);
    return queued;
}

int tributary_shared_sender_notify(tributary_shared_sender *sender, tributary_shared_waiter *waiter) {
    if (sender == NULL || waiter == NULL || waiter->notify == NULL) return -EINVAL;
    if (waiter->state != NOT_QUEUED) return -EBUSY;
    struct tributary_channel *channel = sender->channel;
    if (channel->options.overflow != TRIBUTARY_OVERFLOW_WAIT ||
        !tributary_shared_is_bounded(channel) || tributary_shared_has_room(channel, 1) || tributary_shared_is_closed(channel))
        return -EALREADY;
    enter(channel, waiter, QUEUED_FOR_ANY);
    if (!tributary_shared_has_room(channel, 1) && !tributary_shared_is_closed(channel)) return 0;
    return leave(channel, waiter) ? -EALREADY : 0;
}

int tributary_shared_sender_notify_closed(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter) {
    if (sender == NULL || waiter == NULL || waiter->notify == NULL) return -EINVAL;
    if (waiter->state != NOT_QUEUED) return -EBUSY;
    struct tributary_channel *channel = sender->channel;
    pthread_mutex_lock(&channel->shared->mutex);
    /* The close sets CLOSED before it takes the mutex for calling: it finds this one, or is seen here. */
    bool closed = tributary_shared_is_closed(channel);
    if (!closed) push_for_close(&channel->shared->back.waiting, waiter);
    unlock(channel);
    return closed ? -EALREADY : 0;
}

int tributary_shared_sender_notify_cancel(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter) {
    if (sender == NULL || waiter == NULL) return -EINVAL;
    return leave(sender->channel, waiter) ? 0 : -EALREADY;
}

void tributary_shared_sender_decline(tributary_shared_sender *sender) {
    if (sender != NULL && tributary_shared_has_room(sender->channel, 1)) tributary_shared_pass_on(sender->channel);
}

/* ---- Threads ---- */

static void wake_thread(void *context) {
    struct tributary_sender *lane = context;
    tributary_fence_full(); /* F3 */
    tributary_parker_wake(&lane->parker);
}

/* Sleeps until woken, or until the deadline. */
static void park(struct tributary_channel *channel, struct tributary_sender *lane, uint32_t state,
                 int64_t deadline) {
    tributary_shared_waiter waiter = {.notify = wake_thread, .context = lane};
    tributary_parker_prepare(&lane->parker);
    enter(channel, &waiter, state);
    bool woken = false;
    if (!tributary_shared_has_room(channel, state == QUEUED_FOR_ANY ? 1 : half(channel)) && !tributary_shared_is_closed(channel)) {
        tributary_count(lane->sender.parks, 1);
        woken = tributary_parker_sleep(&lane->parker, deadline);
    }
    leave(channel, &waiter);
    /* If it was taken out, a wake is under way: it will find nobody, or end a later sleep for nothing. */
    if (!woken) tributary_parker_cancel(&lane->parker);
}

/* Polls for half of the capacity, then yields: whether it paid. */
static bool poll(struct tributary_channel *channel, struct tributary_sender *lane, int64_t deadline) {
    bool limited = deadline != TRIBUTARY_FOREVER;
    uint32_t most = channel->options.sender_wait.spin;
    uint32_t looks = tributary_spin_looks(lane->sender.spin, most);
    bool polled = false, paid = false;
    for (uint32_t i = 0; i < looks && !paid; i++) {
        if (limited && i % TRIBUTARY_LOOKS_PER_CLOCK == 0 && tributary_clock_now() >= deadline) break;
        polled = true;
        for (int pause = 0; pause < TRIBUTARY_SENDER_PAUSES_PER_LOOK; pause++) tributary_pause();
        paid = tributary_shared_has_room(channel, half(channel)) || tributary_shared_is_closed(channel);
    }
    if (polled) tributary_spin_learn(&lane->sender.spin, most, TRIBUTARY_SPIN_KEPT_BY_THREAD, paid);
    for (uint32_t i = 0; i < channel->options.sender_wait.yield && !paid; i++) {
        if (limited && tributary_clock_now() >= deadline) break;
        sched_yield();
        paid = tributary_shared_has_room(channel, half(channel)) || tributary_shared_is_closed(channel);
    }
    return paid;
}

int tributary_shared_wait_for_room(struct tributary_channel *channel, struct tributary_sender *lane,
                                   int64_t deadline) {
    bool limited = deadline != TRIBUTARY_FOREVER;
    if (poll(channel, lane, deadline)) return tributary_shared_is_closed(channel) ? -EPIPE : 0;
    for (;;) {
        /* There was no room at the attempt before this, nor since the last sleep. */
        if (limited && tributary_clock_now() >= deadline)
            return tributary_shared_is_closed(channel) ? -EPIPE : -ETIMEDOUT;
        uint64_t consumed = tributary_shared_consumed(channel);
        int64_t patience = tributary_clock_deadline(TRIBUTARY_PATIENCE_NANOSECONDS);
        park(channel, lane, QUEUED_FOR_HALF, patience < deadline ? patience : deadline);
        /* Without limit, for any room at all, only while the receiver does nothing: else each message it takes
         * would wake a sender. */
        if (consumed == tributary_shared_consumed(channel) && !tributary_shared_is_closed(channel) &&
            (!limited || tributary_clock_now() < deadline))
            park(channel, lane, QUEUED_FOR_ANY, deadline);
        if (tributary_shared_is_closed(channel)) return -EPIPE;
        if (tributary_shared_has_room(channel, 1)) return 0;
    }
}
