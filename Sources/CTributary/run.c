/* SPDX-License-Identifier: Apache-2.0 */
/* Runs: which messages the receiver takes next.
 *
 * A round visits the inbox, then each lane of the ready ring; each gives at most a budget of messages. A try ends
 * after one round that began inside the call and found nothing, so it never reports empty over a message
 * whose send had returned before. */
#define _GNU_SOURCE
#include <errno.h>

#include "clock.h"
#include "core.h"
#include "fence.h"
#include "overwrite.h"

enum {
    PROMOTE_AFTER = 2048,     /* messages a lane carries, without leaving the ring, before it streams */
    SILENT_LET_GO = 256,      /* rounds before a silent lane leaves the ring */
    SILENT_DEMOTE = 4096,     /* rounds before a silent streaming lane costs a heavy fence */
    SILENT_DEMOTE_TOO = 1024, /* ...and takes others along */
    PACE_ENOUGH = 16 * 1024,  /* bytes of messages worth a change of cache lines */
    PACE_PAYS = 32,           /* messages that must come meanwhile */
    PACE_NANOSECONDS = 1000,  /* the most that pacing delays a message */
    PACE_PAUSES = 4           /* between looks at the clock */
};

enum visit { VISIT_NOTHING, VISIT_LITTLE, VISIT_RUN };

/* A run of messages that do not lie in a lane's own count: a cell, or what was claimed of a lane that drops its
 * oldest. The inline path is closed to it. */
static void open_aside_run(struct tributary_channel *channel, enum tributary_run_kind kind,
                           unsigned char *front, size_t count) {
    channel->receiver.kind = kind;
    channel->receiver.aside = front;
    channel->receiver.aside_count = count;
}

static void open_lane_run(struct tributary_channel *channel, struct tributary_sender *lane,
                          uint64_t available) {
    if (available > lane->receiver.high_water)
        tributary_store_relaxed(&lane->receiver.high_water, available);
    uint64_t count = tributary_lane_front(lane, available, &channel->head.run.base);
    if (count > TRIBUTARY_BUDGET) count = TRIBUTARY_BUDGET;
    channel->receiver.kind = TRIBUTARY_RUN_LANE;
    channel->head.run.lane = &lane->hot;
    channel->head.run.consumed = lane->receiver.read;
    channel->head.run.limit = lane->receiver.read + count;
    /* With local fences every release needs its fence (F2): the inline path is closed to it. */
    bool inlined =
        !channel->options.local_fences || channel->options.capacity == TRIBUTARY_UNBOUNDED;
    channel->head.run.end = inlined ? channel->head.run.limit : channel->head.run.consumed;
    lane->receiver.silent_rounds = 0;
    if (lane->receiver.streaming || channel->options.local_fences) return;
    lane->receiver.carried += (uint32_t)count;
    if (lane->receiver.carried >= PROMOTE_AFTER && tributary_fence_heavy_available()) {
        tributary_lane_promote(lane);
        channel->receiver.streaming_any = true;
    }
}

static enum visit visit_silent(struct tributary_channel *channel, struct tributary_sender *lane) {
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
    if (channel->receiver.closed || lane->receiver.streaming) return VISIT_NOTHING;
    if (lane->receiver.silent_rounds < SILENT_LET_GO) return VISIT_NOTHING;
    if (!tributary_lane_let_go(lane)) return VISIT_LITTLE;
    tributary_ring_remove(channel, lane);
    return VISIT_NOTHING;
}

/* Pacing pays only while the sender writes meanwhile: a lane that had gained almost nothing when it was next looked at is
 * taken as it is, until it is once found with many messages again. */
static bool is_worth_pacing(struct tributary_channel *channel, struct tributary_sender *lane,
                            uint64_t available) {
    if (!lane->receiver.streaming) return false;
    if (available >= PACE_PAYS) lane->receiver.paced = true;
    if (!lane->receiver.paced) return false;
    if (available >= PACE_ENOUGH / channel->options.message_size ||
        available >= channel->options.capacity / 2)
        return false;
    lane->receiver.pace_from = available;
    return true;
}

static enum visit visit(struct tributary_channel *channel, struct tributary_sender *lane,
                        enum tributary_patience patience) {
    if (lane->sender.overwrite != NULL) {
        size_t count;
        unsigned char *front = tributary_overwrite_claim(lane, channel->receiver.wanted, &count);
        if (front == NULL) return visit_silent(channel, lane);
        lane->receiver.silent_rounds = 0;
        channel->receiver.claimed_from = lane;
        open_aside_run(channel, TRIBUTARY_RUN_CLAIMED, front, count);
        return VISIT_RUN;
    }
    uint64_t available = tributary_lane_available(lane);
    if (available == 0) return visit_silent(channel, lane);
    if (patience == TRIBUTARY_PACED && is_worth_pacing(channel, lane, available))
        return VISIT_LITTLE;
    if (lane->receiver.pace_from != 0) {
        lane->receiver.paced = available - lane->receiver.pace_from >= PACE_PAYS;
        lane->receiver.pace_from = 0;
    }
    open_lane_run(channel, lane, available);
    return VISIT_RUN;
}

/* Whoever became ready joins the round. Each node is one transition, so this is short. */
static void serve_inbox(struct tributary_channel *channel) {
    struct tributary_inbox_node *node;
    for (size_t i = 0; i < TRIBUTARY_BUDGET; i++) {
        node = tributary_inbox_dequeue(&channel->inbox);
        if (node == NULL) return;
        if (node->lane == NULL) {
            channel->receiver.shared_ready = true;
            channel->receiver.shared_silent_rounds = 0;
        } else {
            tributary_ring_append(channel, node->lane);
            if (channel->receiver.closed) channel->receiver.lanes_expected--;
        }
    }
}

struct tributary_cell *tributary_run_next_cell(struct tributary_channel *channel) {
    if (!channel->receiver.shared_turn || channel->receiver.cells_left == 0) return NULL;
    struct tributary_cell *cell = tributary_shared_dequeue(channel);
    if (cell != NULL) {
        channel->receiver.cells_left--;
        channel->receiver.shared_silent_rounds = 0;
    }
    return cell;
}

/* The shared messages' turn found nothing. True when something came meanwhile. */
static bool shared_silent(struct tributary_channel *channel) {
    if (++channel->receiver.shared_silent_rounds < SILENT_LET_GO) return false;
    if (!tributary_shared_let_go(channel)) return true;
    channel->receiver.shared_ready = false;
    return false;
}

/* Streaming lanes that have been silent for long leave together, for one heavy fence. */
static void demote_silent(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->receiver.ring;
    bool any = false, streaming = false;
    for (size_t i = 0; i < channel->receiver.ring_size; i++, lane = lane->receiver.next)
        if (lane->receiver.streaming && lane->receiver.silent_rounds >= SILENT_DEMOTE) any = true;
    if (!any) return;
    for (size_t i = 0; i < channel->receiver.ring_size; i++, lane = lane->receiver.next) {
        if (!lane->receiver.streaming) continue;
        if (lane->receiver.silent_rounds >= SILENT_DEMOTE_TOO)
            tributary_lane_demote(lane);
        else
            streaming = true;
    }
    channel->receiver.streaming_any = streaming;
    tributary_count(channel->receiver.heavy_fences, 1);
    tributary_fence_heavy(); /* F1 */
}

/* Leaves the lines of the streaming lanes to their senders for a while: each look would take one away (measured:
 * docs/design.md). By the clock, since a processor's pause takes from 5 to 50 nanoseconds. */
static void pace(void) {
    int64_t until = tributary_clock_now() + PACE_NANOSECONDS;
    do {
        for (int i = 0; i < PACE_PAUSES; i++) tributary_pause();
    } while (tributary_clock_now() < until);
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
            complete = true;
            little = false;
            last = nothing_can_come(channel);
            serve_inbox(channel);
            channel->receiver.shared_turn = channel->receiver.shared_ready;
            channel->receiver.cells_left = TRIBUTARY_BUDGET;
            channel->receiver.position = channel->receiver.ring;
        }
        if (channel->receiver.shared_turn) {
            struct tributary_cell *cell = tributary_run_next_cell(channel);
            if (cell != NULL) {
                channel->receiver.cell = cell;
                open_aside_run(channel, TRIBUTARY_RUN_CELL, tributary_cell_message(channel, cell),
                               1);
                return 0;
            }
            channel->receiver.shared_turn = false;
            if (channel->receiver.cells_left == TRIBUTARY_BUDGET && shared_silent(channel))
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
            if (patience == TRIBUTARY_PACED) pace();
            patience = TRIBUTARY_AT_ONCE;
            complete = false;
            continue;
        }
        if (channel->receiver.streaming_any) demote_silent(channel);
        tributary_cell_returns_flush(&channel->receiver.returns);
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
    tributary_fence_full(); /* F2 */
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
    uint64_t consumed = channel->head.run.consumed + count;
    channel->head.run.consumed = consumed;
    if (channel->head.run.end < consumed) channel->head.run.end = consumed;
    /* L2: the sender's acquire sees that these were read. */
    tributary_store_release(&lane->backward.consumed, consumed);
    settle(channel);
}

static void take_aside(struct tributary_channel *channel, size_t count) {
    channel->receiver.aside += count * channel->options.message_size;
    channel->receiver.aside_count -= count;
    if (channel->receiver.aside_count > 0) return;
    if (channel->receiver.kind == TRIBUTARY_RUN_CLAIMED) {
        tributary_overwrite_done(channel->receiver.claimed_from);
    } else {
        tributary_cell_give_back(channel, channel->receiver.cell);
        tributary_shared_released(channel, 1);
    }
    channel->receiver.kind = TRIBUTARY_RUN_NONE;
}

void tributary_run_take(struct tributary_channel *channel, size_t count) {
    if (channel->receiver.kind == TRIBUTARY_RUN_LANE)
        take_lane(channel, count);
    else
        take_aside(channel, count);
}
