/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that found nothing: polls, yields, then sleeps; or leaves word for a callback or an event loop.
 *
 * Before it sleeps it lets every lane go, so that each next message comes through the inbox, whose tail is the last
 * thing it looks at (F1, then F3), but for shared messages whose enqueuer may stand still: shared.h. Streaming lanes are demoted together,
 * for one heavy fence. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "clock.h"
#include "core.h"
#include "spin.h"

bool tributary_receiver_let_go_all(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->receiver.ring;
    size_t count = channel->receiver.ring_size;
    if (channel->receiver.streaming_any) {
        for (size_t i = 0; i < count; i++, lane = lane->receiver.next)
            if (lane->receiver.streaming) tributary_lane_demote(lane);
        if (channel->receiver.shared_streaming) tributary_shared_demote(channel);
        channel->receiver.streaming_any = false;
        tributary_core_heavy_fence(channel); /* F1 */
        lane = channel->receiver.ring;
    }
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        struct tributary_sender *next = lane->receiver.next;
        /* After the close no lane sends: there is nothing to be told of. And what the inbox holds is looked at while it does. */
        if (!channel->receiver.closed && !tributary_inbox_holds(&channel->inbox, &lane->node)) {
            lane->receiver.carried = 0;
            if (tributary_lane_let_go(lane))
                tributary_ring_remove(channel, lane);
            else
                all = false;
        }
        lane = next;
    }
    if (channel->receiver.shared_ready && !channel->receiver.closed &&
        !tributary_inbox_holds(&channel->inbox, &channel->shared->back.node)) {
        if (tributary_shared_let_go(channel))
            channel->receiver.shared_ready = false;
        else
            all = false;
    }
    return all;
}

bool tributary_receiver_may_sleep(struct tributary_channel *channel) {
    if (!tributary_inbox_empty(&channel->inbox)) return false;
    if (tributary_core_close_requested(channel)) return false;
    if (tributary_shared_came_unannounced(channel)) return false;
    /* E1: the last sender's end comes without an inbox entry when it was a shared one. */
    return channel->receiver.closed || tributary_load_acquire(&channel->open_senders) != 0;
}

/* True when a wake may have come, false when the deadline has passed. */
static bool sleep_until(struct tributary_channel *channel, int64_t deadline) {
    struct tributary_parker_state *parker = &channel->parker;
    bool held_up = tributary_inbox_is_held_up(&channel->inbox);
    /* What is let go now comes back behind the stopped sender: the ring is kept, and looked at now and then. */
    if (!held_up && !tributary_receiver_let_go_all(channel)) return true;
    tributary_parker_prepare(parker);
    tributary_fence_full(); /* F3 */
    if (!tributary_receiver_may_sleep(channel)) {
        /* What came can be taken, unless it is an entry whose enqueuer has stopped before it linked it, and nothing else. */
        if (tributary_core_close_requested(channel) || tributary_shared_came_unannounced(channel) ||
            !tributary_inbox_is_held_up(&channel->inbox)) {
            /* A wake that came in between was counted: so is what it was for. */
            if (!tributary_parker_cancel(parker)) tributary_count(channel->receiver.parks, 1);
            return true;
        }
        held_up = true;
    }
    tributary_count(channel->receiver.parks, 1);
    if (!held_up) return tributary_parker_sleep(parker, deadline);
    int64_t soon = tributary_clock_deadline(TRIBUTARY_HELD_UP_NANOSECONDS);
    return tributary_parker_sleep(parker, soon < deadline ? soon : deadline) || soon < deadline;
}

/* In place of a sleep, where that has paid: true when it has yielded. */
static bool gives_way(struct tributary_channel *channel, int64_t now, int64_t deadline) {
    struct tributary_receiver_yields *yields = &channel->receiver.yields;
    if (!tributary_receiver_judge_yield(yields) || !tributary_receiver_yields_now(yields)) return false;
    if (deadline != TRIBUTARY_FOREVER && deadline - now < TRIBUTARY_YIELD_LEAST_NANOSECONDS) return false;
    sched_yield();
    tributary_receiver_note_yield(yields, now, tributary_clock_now());
    return true;
}

int tributary_receiver_wait(struct tributary_channel *channel, int64_t deadline) {
    enum tributary_patience patience =
        channel->options.pacing ? TRIBUTARY_PACED : TRIBUTARY_AT_ONCE;
    uint32_t most = channel->options.receiver_wait.spin;
    uint32_t spin = tributary_spin_looks(channel->receiver.spin, most);
    uint32_t yield = channel->options.receiver_wait.yield;
    bool limited = deadline != TRIBUTARY_FOREVER;
    for (uint32_t look = 0;; look++) {
        if (channel->receiver.kind != TRIBUTARY_RUN_NONE) return 0;
        int error = tributary_run_next(channel, patience);
        if (error != -EAGAIN) {
            if (look > 0 && look <= spin)
                tributary_spin_learn(&channel->receiver.spin, most, TRIBUTARY_SPIN_KEPT_BY_THREAD, true);
            return error;
        }
        if (limited && look % TRIBUTARY_LOOKS_PER_CLOCK == 0 && tributary_clock_now() >= deadline) {
            /* In vain as well: else who waits for less than a poll, again and again, would poll all the time. */
            if (look > 0 && look <= spin)
                tributary_spin_learn(&channel->receiver.spin, most, TRIBUTARY_SPIN_KEPT_BY_THREAD, false);
            return -ETIMEDOUT;
        }
        if (look < spin) {
            tributary_pause();
            continue;
        }
        if (look == spin)
            tributary_spin_learn(&channel->receiver.spin, most, TRIBUTARY_SPIN_KEPT_BY_THREAD, false);
        if (limited && tributary_clock_now() >= deadline) return -ETIMEDOUT;
        if (look - spin < yield) {
            sched_yield();
            continue;
        }
        uint32_t word = tributary_load_relaxed(&channel->parker.word);
        if (word == TRIBUTARY_PARKER_NOTIFYING) return -EBUSY;
        if (word == TRIBUTARY_PARKER_FIRING) {
            sched_yield();
            continue;
        }
        int64_t now = tributary_clock_now();
        if (gives_way(channel, now, deadline)) continue;
        uint64_t parks = channel->receiver.parks;
        if (sleep_until(channel, deadline)) { /* from the beginning, with what was learnt */
            look = UINT32_MAX;
            spin = tributary_spin_looks(channel->receiver.spin, most);
        }
        /* Not where something came on the way to it. */
        if (channel->receiver.parks != parks) tributary_receiver_note_sleep(&channel->receiver.yields, now);
    }
}

/* Ready for news to come through the parker's word: 0, or -EALREADY when there is some now. */
static int prepare_news(struct tributary_channel *channel) {
    if (channel->receiver.kind != TRIBUTARY_RUN_NONE) return -EALREADY;
    channel->receiver.wanted = 1;
    if (tributary_run_next(channel, TRIBUTARY_AT_ONCE) != -EAGAIN) return -EALREADY;
    /* As in sleep_until: nothing is let go behind a stopped sender, and so nothing would tell of it. */
    if (tributary_inbox_is_held_up(&channel->inbox)) return -EALREADY;
    /* Twice: the first time may only have found that a lane streams. */
    for (int times = 0; times < 2; times++)
        if (tributary_receiver_let_go_all(channel)) return 0;
    return -EALREADY;
}

int tributary_channel_notify(tributary_channel *channel, void (*notify)(void *context),
                             void *context) {
    if (channel == NULL || notify == NULL) return -EINVAL;
    int error = prepare_news(channel);
    if (error == 0) error = tributary_parker_notify(&channel->parker, notify, context);
    if (error != 0) return error;
    tributary_fence_full(); /* F3 */
    if (tributary_receiver_may_sleep(channel)) return 0;
    /* Take it back, or leave it to the sender that is calling it. */
    return tributary_parker_notify_cancel(&channel->parker) == 0 ? -EALREADY : 0;
}

int tributary_channel_notify_cancel(tributary_channel *channel) {
    return channel == NULL ? -EINVAL : tributary_parker_notify_cancel(&channel->parker);
}

int tributary_channel_file_descriptor(tributary_channel *channel) {
    if (channel == NULL || channel->parker.kind != TRIBUTARY_PARKER_EVENTFD) return -EINVAL;
    return channel->parker.descriptor;
}

int tributary_channel_arm(tributary_channel *channel) {
    if (channel == NULL || channel->parker.kind != TRIBUTARY_PARKER_EVENTFD) return -EINVAL;
    uint32_t word = tributary_load_acquire(&channel->parker.word);
    if (word == TRIBUTARY_PARKER_NOTIFYING || word == TRIBUTARY_PARKER_FIRING) return -EBUSY;
    int error = prepare_news(channel);
    if (error != 0) return error;
    tributary_parker_clear(&channel->parker);
    channel->receiver.armed = true;
    tributary_parker_arm(&channel->parker);
    tributary_fence_full(); /* F3 */
    if (tributary_receiver_may_sleep(channel)) return 0;
    tributary_receiver_disarm(channel);
    return -EALREADY;
}

void tributary_receiver_disarm(struct tributary_channel *channel) {
    channel->receiver.armed = false;
    tributary_parker_disarm(&channel->parker);
}
