/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: which messages the receiver takes next.
 *
 * A round takes in who became ready, then visits the shared messages and each lane of the ready ring; each gives at most a
 * budget of messages. A try ends
 * after one round that began inside the call and found nothing, so it never reports empty over a message
 * whose send had returned before. */
#define _GNU_SOURCE
#include <errno.h>

#include "core.h"
#include "lines.h"
#include "overwrite.h"
#include "pace.h"
#include "shared_wait.h"

enum {
    SILENT_LET_GO = 256,      /* rounds before a silent lane leaves the ring, ... */
    SILENT_LET_GO_VISITS = 4096, /* ...fewer where a round has many visits */
    SILENT_LET_GO_LEAST = 2,
    SILENT_DEMOTE = 4096,     /* rounds before a silent streaming lane costs a heavy fence */
    SILENT_DEMOTE_TOO = 1024, /* ...and takes others along */
    PACE_ENOUGH = 16 * 1024,  /* bytes of messages worth a change of cache lines */
    PACE_PAYS = 32,           /* messages that must come meanwhile */
    PACE_AGAIN = 4096         /* messages until it is tried again where it did not pay */
};

enum visit { VISIT_NOTHING, VISIT_LITTLE, VISIT_RUN };

/* A run of messages that do not lie in a lane's own count: what was claimed of a lane that drops its oldest. The inline path is
 * closed to it. */
static void open_aside_run(struct tributary_channel *channel, unsigned char *front, size_t count) {
    channel->receiver.kind = TRIBUTARY_RUN_CLAIMED;
    channel->receiver.aside = front;
    channel->receiver.aside_count = (uint32_t)count;
    channel->receiver.yields.gained += (uint32_t)count;
}

/* The next `count` messages of the lane, at the address `base` + number * size. */
static void open_run(struct tributary_channel *channel, struct tributary_sender *lane, uint64_t count,
                     uintptr_t base) {
    channel->head.run.base = base;
    channel->receiver.kind = TRIBUTARY_RUN_LANE;
    channel->head.run.lane = &lane->hot;
    channel->head.run.consumed = lane->receiver.read;
    channel->head.run.limit = lane->receiver.read + count;
    channel->receiver.yields.gained += (uint32_t)count;
    /* With local fences every release needs its fence (F2): the inline path is closed to it. */
    bool inlined =
        !channel->options.local_fences || channel->options.capacity == TRIBUTARY_UNBOUNDED;
    channel->head.run.end = inlined ? channel->head.run.limit : channel->head.run.consumed;
    tributary_ask_for((void *)(base + (uintptr_t)lane->receiver.read * channel->options.message_size),
                      (size_t)count * channel->options.message_size);
}

static void open_lane_run(struct tributary_channel *channel, struct tributary_sender *lane,
                          uint64_t available) {
    if (available > lane->receiver.high_water)
        tributary_store_relaxed(&lane->receiver.high_water, available);
    uintptr_t base;
    uint64_t count = tributary_lane_front(lane, available, &base);
    if (count > TRIBUTARY_BUDGET) count = TRIBUTARY_BUDGET;
    open_run(channel, lane, count, base);
    lane->receiver.silent_rounds = 0;
    lane->receiver.carried += count;
    if (!lane->receiver.streaming)
        tributary_lane_streams(channel, lane, tributary_load_relaxed(&lane->hot.transition.state));
}

static uint32_t silent_rounds_allowed(const struct tributary_channel *channel) {
    size_t rounds = SILENT_LET_GO_VISITS / channel->receiver.ring_size;
    if (rounds > SILENT_LET_GO) return SILENT_LET_GO;
    return rounds < SILENT_LET_GO_LEAST ? SILENT_LET_GO_LEAST : (uint32_t)rounds;
}

static enum visit visit_silent(struct tributary_channel *channel, struct tributary_sender *lane) {
    /* Neither freed nor let go while its node is in the queue. */
    if (tributary_unlikely(tributary_inbox_holds(&channel->inbox, &lane->node))) return VISIT_NOTHING;
    uint32_t state = tributary_load_acquire(&lane->hot.transition.state);
    if (state & TRIBUTARY_LANE_ENDED) {
        /* The end came after the last message: look once more, in that order. */
        if (tributary_lane_available(lane) != 0) return VISIT_LITTLE;
        /* The mutex may be another thread's just now: then next round. */
        if (pthread_mutex_trylock(&channel->mutex) != 0) return VISIT_NOTHING;
        tributary_ring_remove(channel, lane);
        tributary_registry_remove(channel, lane);
        pthread_mutex_unlock(&channel->mutex);
        tributary_lane_free(lane);
        return VISIT_NOTHING;
    }
    lane->receiver.silent_rounds++;
    if (lane->receiver.streaming && lane->receiver.silent_rounds >= SILENT_DEMOTE)
        channel->receiver.demote_due = true;
    /* Let go behind a stopped sender, it would come back behind it. */
    if (channel->receiver.closed || lane->receiver.streaming || channel->inbox.held != NULL) return VISIT_NOTHING;
    if (lane->receiver.silent_rounds < silent_rounds_allowed(channel)) return VISIT_NOTHING;
    if (!tributary_lane_let_go(lane)) return VISIT_LITTLE;
    tributary_ring_remove(channel, lane);
    return VISIT_NOTHING;
}

/* Pacing pays only while the sender writes meanwhile: a lane that had gained almost nothing when it was next looked at is
 * taken as it is, until it is once found with many messages again. It is tried again after some thousand messages: a
 * receiver that looks all the time never finds many, since its looking slows the sender down. */
static bool is_worth_pacing(struct tributary_channel *channel, struct tributary_sender *lane,
                            uint64_t available) {
    /* Passed over once only: the others may keep the receiver for as long as they like. */
    if (!lane->receiver.streaming || lane->receiver.pace_from != 0) return false;
    if (available >= PACE_PAYS) lane->receiver.unpaced = 0;
    if (lane->receiver.unpaced > 0) return false;
    size_t capacity = channel->options.capacity;
    /* Who asks for many gives them back in portions (receive_batch), or works in place for as long: the sender fills the rest
     * meanwhile, and a pause would only come on top. */
    size_t much = channel->receiver.wanted > 1 ? capacity / 8 : capacity / 2;
    if (available >= PACE_ENOUGH / channel->options.message_size || available >= much) return false;
    lane->receiver.pace_from = available;
    return true;
}

static enum visit visit(struct tributary_channel *channel, struct tributary_sender *lane,
                        enum tributary_patience patience) {
    if (lane->overwrites) {
        size_t count;
        uint64_t length = tributary_lane_available(lane);
        if (length > lane->receiver.high_water)
            tributary_store_relaxed(&lane->receiver.high_water, length);
        unsigned char *front = tributary_overwrite_claim(
            lane, channel->receiver.wanted < TRIBUTARY_BUDGET ? channel->receiver.wanted : TRIBUTARY_BUDGET,
            &count);
        if (front == NULL) return visit_silent(channel, lane);
        lane->receiver.silent_rounds = 0;
        channel->receiver.claimed_from = lane;
        open_aside_run(channel, front, count);
        return VISIT_RUN;
    }
    /* Where the lane had nothing the last time the first message to come is waited for: its line is asked for together
     * with that of `published`, not after it. */
    if (lane->receiver.silent_rounds > 0) tributary_lane_prefetch(lane);
    uint64_t available = tributary_lane_available(lane);
    if (available == 0) return visit_silent(channel, lane);
    if (patience == TRIBUTARY_PACED && is_worth_pacing(channel, lane, available))
        return VISIT_LITTLE;
    if (lane->receiver.pace_from != 0) {
        if (available - lane->receiver.pace_from < PACE_PAYS) lane->receiver.unpaced = PACE_AGAIN;
        lane->receiver.pace_from = 0;
    }
    uint32_t unpaced = lane->receiver.unpaced;
    lane->receiver.unpaced = unpaced > available ? unpaced - (uint32_t)available : 0;
    open_lane_run(channel, lane, available);
    return VISIT_RUN;
}

/* Whoever became ready joins the round. Each node is one transition, so this is short. False: there may be more. */
static bool serve_inbox(struct tributary_channel *channel) {
    struct tributary_inbox_node *node;
    for (size_t i = 0; i < TRIBUTARY_BUDGET; i++) {
        node = tributary_inbox_take(&channel->inbox);
        if (node == NULL) return true;
        if (node->lane == NULL) {
            tributary_shared_take(channel);
        } else {
            tributary_ring_append(channel, node->lane);
            if (channel->receiver.closed) channel->receiver.lanes_expected--;
        }
    }
    return false;
}

/* How much came with a look, and whether waiting for it paid. */
static void note_gained(struct tributary_channel *channel, uint64_t gained) {
    uint32_t *unpaced = &channel->receiver.shared_unpaced;
    if (gained > channel->receiver.shared_high_water)
        tributary_store_relaxed(&channel->receiver.shared_high_water, gained);
    if (gained >= PACE_PAYS)
        *unpaced = 0;
    else if (*unpaced == 0)
        *unpaced = PACE_AGAIN;
    else
        *unpaced = *unpaced > gained ? *unpaced - (uint32_t)gained : 0;
    if (gained == 0) return;
    channel->receiver.shared_silent_rounds = 0;
    tributary_shared_streams(channel, tributary_load_relaxed(&channel->shared_front.state));
}

/* The shared messages' turn. Looking for new ones takes lines away from all their senders: paced like a streaming lane. */
static enum visit visit_shared(struct tributary_channel *channel, enum tributary_patience patience) {
    if (channel->receiver.shared_left == 0) return VISIT_NOTHING;
    uint64_t count;
    struct tributary_sender *lane = tributary_shared_known(channel, &count);
    if (lane == NULL) {
        if (patience == TRIBUTARY_PACED && channel->receiver.shared_unpaced == 0 &&
            !channel->receiver.shared_passed_over) {
            channel->receiver.shared_passed_over = true;
            return VISIT_LITTLE;
        }
        channel->receiver.shared_passed_over = false;
        note_gained(channel, tributary_shared_look(channel));
        lane = tributary_shared_known(channel, &count);
        if (lane == NULL && tributary_shared_look_for_next(channel) != NULL)
            lane = tributary_shared_known(channel, &count);
    }
    if (lane == NULL) return VISIT_NOTHING;
    if (count > channel->receiver.shared_left) count = channel->receiver.shared_left;
    channel->receiver.shared_left -= (uint32_t)count;
    open_run(channel, lane, count, lane->receiver.base);
    return VISIT_RUN;
}

/* The shared messages' turn found nothing. True when something came meanwhile. */
static bool shared_silent(struct tributary_channel *channel) {
    uint32_t rounds = ++channel->receiver.shared_silent_rounds;
    if (channel->receiver.closed || !channel->receiver.shared_ready) return false;
    if (channel->receiver.shared_streaming) {
        if (rounds >= SILENT_DEMOTE) channel->receiver.demote_due = true;
        return false;
    }
    if (rounds < SILENT_LET_GO) return false;
    if (channel->inbox.held != NULL) return false;
    if (!tributary_shared_let_go(channel)) return true;
    channel->receiver.shared_ready = false;
    return false;
}

/* Streaming lanes that have been silent for long leave together, for one heavy fence. */
static void demote_silent(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->receiver.ring;
    bool streaming = false;
    channel->receiver.demote_due = false;
    for (size_t i = 0; i < channel->receiver.ring_size; i++, lane = lane->receiver.next) {
        if (!lane->receiver.streaming) continue;
        if (lane->receiver.silent_rounds >= SILENT_DEMOTE_TOO)
            tributary_lane_demote(lane);
        else
            streaming = true;
    }
    if (channel->receiver.shared_streaming) {
        if (channel->receiver.shared_silent_rounds >= SILENT_DEMOTE_TOO)
            tributary_shared_demote(channel);
        else
            streaming = true;
    }
    channel->receiver.streaming_any = streaming;
    tributary_core_heavy_fence(channel); /* F1 */
}

/* Nothing more can come, if a round that began after this found nothing. */
static bool nothing_can_come(struct tributary_channel *channel) {
    /* E1: acquires what the senders did before they ended. */
    return channel->receiver.closed || tributary_load_acquire(&channel->open_senders) == 0;
}

int tributary_run_next(struct tributary_channel *channel, enum tributary_patience patience) {
    bool complete = false, little = false, last = false;
    for (;;) {
        if (channel->receiver.round_begins) {
            channel->receiver.round_begins = false;
            /* Not only when nothing is found: the others may send without a pause. */
            if (tributary_unlikely(tributary_core_close_requested(channel)))
                tributary_channel_close(channel);
            complete = true;
            little = false;
            last = nothing_can_come(channel);
            /* Nothing is concluded from a round that has not taken in all who were ready. */
            if (!serve_inbox(channel)) little = true;
            if (channel->receiver.demote_due) demote_silent(channel);
            /* Also while their node is on its way: behind a sender that has stopped in the middle of the enqueue others see
             * READY, and return. Only what is let go has to be the receiver's, not what is looked at. */
            channel->receiver.shared_turn = channel->receiver.shared_ready || tributary_shared_are_ready(channel);
            channel->receiver.shared_left = TRIBUTARY_BUDGET;
            channel->receiver.position = channel->receiver.ring;
        }
        if (channel->receiver.shared_turn) {
            enum visit found = visit_shared(channel, patience);
            if (found == VISIT_RUN) return 0;
            channel->receiver.shared_turn = false;
            if (found == VISIT_LITTLE ||
                (channel->receiver.shared_left == TRIBUTARY_BUDGET && shared_silent(channel)))
                little = true;
        }
        while (channel->receiver.position != NULL) {
            struct tributary_sender *lane = channel->receiver.position;
            channel->receiver.position =
                lane->receiver.next == channel->receiver.ring ? NULL : lane->receiver.next;
            switch (visit(channel, lane, patience)) {
            case VISIT_RUN: return 0;
            case VISIT_LITTLE: little = true; break;
            case VISIT_NOTHING: break;
            }
        }
        channel->receiver.round_begins = true;
        if (!complete) continue;
        if (little) {
            if (patience == TRIBUTARY_PACED) tributary_pace();
            patience = TRIBUTARY_AT_ONCE;
            complete = false;
            continue;
        }
        return last && channel->receiver.lanes_expected == 0 && tributary_shared_drained(channel)
                   ? -EPIPE
                   : -EAGAIN;
    }
}

/* Brings the lane up to date, wakes its sender, and ends the run if it is used up. */
static void settle(struct tributary_channel *channel) {
    struct tributary_sender *lane = (struct tributary_sender *)(void *)channel->head.run.lane;
    lane->receiver.read = channel->head.run.consumed;
    if (channel->head.run.consumed == channel->head.run.limit)
        channel->receiver.kind = TRIBUTARY_RUN_NONE;
    if (channel->options.capacity == TRIBUTARY_UNBOUNDED) return;
    tributary_fence_full(); /* F2, M3 */
    if (lane->geometry->stamped)
        tributary_shared_settle(channel, lane);
    else
        tributary_lane_wake_sender(lane);
}

void tributary_internal_channel_settle(tributary_channel *channel) { settle(channel); }

unsigned char *tributary_run_front(struct tributary_channel *channel, size_t *count) {
    if (channel->receiver.kind != TRIBUTARY_RUN_LANE) {
        *count = channel->receiver.aside_count;
        return channel->receiver.aside;
    }
    *count = (size_t)(channel->head.run.limit - channel->head.run.consumed);
    return (unsigned char *)(channel->head.run.base +
                             (uintptr_t)channel->head.run.consumed * channel->options.message_size);
}

static void take_lane(struct tributary_channel *channel, size_t count) {
    struct tributary_internal_lane *lane = channel->head.run.lane;
    size_t size = channel->options.message_size;
    uint64_t consumed = channel->head.run.consumed + count;
    tributary_disown(
        (void *)(channel->head.run.base + (uintptr_t)channel->head.run.consumed * size), count * size);
    channel->head.run.consumed = consumed;
    if (channel->head.run.end < consumed) channel->head.run.end = consumed;
    /* L2: the sender's acquire sees that these were read. */
    tributary_store_release(&lane->backward.consumed, consumed);
    settle(channel);
}

static void take_aside(struct tributary_channel *channel, size_t count) {
    channel->receiver.aside += count * channel->options.message_size;
    channel->receiver.aside_count -= (uint32_t)count;
    if (channel->receiver.aside_count > 0) return;
    tributary_overwrite_done(channel->receiver.claimed_from);
    channel->receiver.kind = TRIBUTARY_RUN_NONE;
}

void tributary_run_take(struct tributary_channel *channel, size_t count) {
    if (channel->receiver.kind == TRIBUTARY_RUN_LANE)
        take_lane(channel, count);
    else
        take_aside(channel, count);
}
