/* SPDX-License-Identifier: Apache-2.0 */
/* A sender that found its lane full: polls, yields, then sleeps.
 *
 * It waits for half of the lane, not for one slot, so that it is woken once for many messages. Its first
 * sleep ends after a millisecond at the latest, and whatever room there is then is taken: a receiver that has stopped
 * receiving in the middle delays it by no more. Only after that, asleep without limit, does it wait for any room
 * at all, and only then does it need the heavy fence (F2). */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "clock.h"
#include "core.h"
#include "spin.h"

static bool reached(struct tributary_sender *lane, uint64_t target) {
    return tributary_load_acquire(&lane->hot.backward.consumed) >= target; /* L2 */
}

static bool closed(struct tributary_sender *lane) {
    return (tributary_load_acquire(&lane->hot.transition.state) & TRIBUTARY_LANE_CLOSED) != 0;
}

/* Announces that somebody waits for `target`. False: reached or closed meanwhile. */
static bool announce(struct tributary_sender *lane, uint64_t target, bool exactly) {
    tributary_store_release(&lane->hot.transition.wake_at, target);
    if (exactly && !lane->channel->options.local_fences)
        tributary_core_heavy_fence(lane->channel); /* F2, on behalf of the receiver */
    else
        tributary_fence_full(); /* F2 */
    return !reached(lane, target) && !closed(lane);
}

static void withdraw(struct tributary_sender *lane) {
    tributary_exchange_acquire_release(&lane->hot.transition.wake_at, TRIBUTARY_NOBODY);
}

static void park(struct tributary_sender *lane, uint64_t target, int64_t deadline, bool exactly) {
    tributary_parker_prepare(&lane->parker);
    if (announce(lane, target, exactly)) {
        tributary_count(lane->sender.parks, 1);
        tributary_parker_sleep(&lane->parker, deadline);
    } else {
        tributary_parker_cancel(&lane->parker);
    }
    withdraw(lane);
}

int tributary_lane_wait(struct tributary_sender *lane, int64_t deadline) {
    struct tributary_channel *channel = lane->channel;
    uint64_t capacity = channel->options.capacity;
    uint64_t any = tributary_lane_sent(lane) - capacity + 1;
    uint64_t half = any + (capacity - 1) / 2;
    bool limited = deadline != TRIBUTARY_FOREVER;
    uint32_t most = channel->options.sender_wait.spin;
    uint32_t looks = tributary_spin_looks(lane->sender.spin, most);
    bool polled = false, paid = false, expired = false;
    for (uint32_t i = 0; i < looks && !paid; i++) {
        if (closed(lane)) return -EPIPE;
        expired = limited && i % TRIBUTARY_LOOKS_PER_CLOCK == 0 && tributary_clock_now() >= deadline;
        if (expired) break;
        polled = true;
        for (int pause = 0; pause < TRIBUTARY_SENDER_PAUSES_PER_LOOK; pause++) tributary_pause();
        paid = reached(lane, half);
    }
    /* Where the limit ends the poll, any room is enough for the call. */
    if (polled) tributary_spin_learn(&lane->sender.spin, most, TRIBUTARY_SPIN_KEPT_BY_THREAD, paid || (expired && reached(lane, any)));
    if (paid) return 0;
    for (uint32_t i = 0; i < channel->options.sender_wait.yield; i++) {
        if (reached(lane, half)) return 0;
        if (closed(lane)) return -EPIPE;
        if (limited && tributary_clock_now() >= deadline) break;
        sched_yield();
    }
    /* A callback that is armed has the parker; one that is being called gives it back at once. */
    uint32_t word;
    while ((word = tributary_load_relaxed(&lane->parker.word)) == TRIBUTARY_PARKER_FIRING) sched_yield();
    if (word == TRIBUTARY_PARKER_NOTIFYING) return -EBUSY;
    if (limited && tributary_clock_now() >= deadline) return reached(lane, any) ? 0 : -ETIMEDOUT;
    int64_t patience = tributary_clock_deadline(TRIBUTARY_PATIENCE_NANOSECONDS);
    park(lane, half, patience < deadline ? patience : deadline, false);
    for (;;) {
        if (reached(lane, any)) return 0;
        if (closed(lane)) return -EPIPE;
        if (limited && tributary_clock_now() >= deadline) return -ETIMEDOUT;
        park(lane, any, deadline, true);
    }
}

int tributary_sender_poll(tributary_sender *lane) {
    if (lane == NULL) return -EINVAL;
    struct tributary_channel *channel = lane->channel;
    uint64_t capacity = channel->options.capacity;
    if (tributary_lane_sent(lane) < capacity) return 0;
    uint64_t half = tributary_lane_sent(lane) - capacity + 1 + (capacity - 1) / 2;
    uint32_t most = channel->options.sender_wait.spin;
    if (most > TRIBUTARY_POLL_MOST_LOOKS) most = TRIBUTARY_POLL_MOST_LOOKS;
    uint32_t looks = tributary_spin_looks(lane->sender.spin, most);
    bool paid = reached(lane, half) || closed(lane);
    if (paid || looks == 0) return paid ? 0 : -EAGAIN;
    for (uint32_t look = 0; look < looks && !paid; look++) {
        for (int pause = 0; pause < TRIBUTARY_SENDER_PAUSES_PER_LOOK; pause++) tributary_pause();
        paid = reached(lane, half) || closed(lane);
    }
    tributary_spin_learn(&lane->sender.spin, most, TRIBUTARY_SPIN_KEPT_BY_TASK, paid);
    return paid ? 0 : -EAGAIN;
}

int tributary_sender_notify(tributary_sender *lane, void (*notify)(void *context), void *context) {
    if (lane == NULL || notify == NULL) return -EINVAL;
    struct tributary_channel *channel = lane->channel;
    if (channel->options.overflow != TRIBUTARY_OVERFLOW_WAIT) return -EALREADY;
    if (channel->options.capacity == TRIBUTARY_UNBOUNDED) return -EALREADY;
    uint64_t any = tributary_lane_sent(lane) - channel->options.capacity + 1;
    if (tributary_lane_sent(lane) < channel->options.capacity || reached(lane, any) || closed(lane))
        return -EALREADY;
    int error = tributary_parker_notify(&lane->parker, notify, context);
    if (error != 0) return error;
    if (announce(lane, any, true)) return 0;
    /* Room came: take it back, or leave it to the receiver, which is calling it. */
    if (tributary_parker_notify_cancel(&lane->parker) != 0) return 0;
    withdraw(lane);
    return -EALREADY;
}

int tributary_sender_notify_closed(tributary_sender *lane, void (*notify)(void *context),
                                   void *context) {
    if (lane == NULL || notify == NULL) return -EINVAL;
    if (closed(lane)) return -EALREADY;
    int error = tributary_parker_notify(&lane->parker, notify, context);
    if (error != 0) return error;
    /* No count of received messages gets there: only the close takes this back. */
    tributary_store_release(&lane->hot.transition.wake_at, TRIBUTARY_ONLY_CLOSE);
    tributary_fence_full(); /* F2: the close sets CLOSED, fences, then looks at `wake_at` */
    if (!closed(lane)) return 0;
    if (tributary_parker_notify_cancel(&lane->parker) != 0) return 0;
    withdraw(lane);
    return -EALREADY;
}

int tributary_sender_notify_cancel(tributary_sender *lane) {
    return lane == NULL ? -EINVAL : tributary_parker_notify_cancel(&lane->parker);
}
