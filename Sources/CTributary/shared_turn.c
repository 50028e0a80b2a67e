/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "shared_turn.h"

#include <errno.h>

#include "pace.h"
#include "shared_wait.h"

enum {
    LITTLE = 64,     /* messages of room that are worth waiting a moment for more */
    MOST_PAUSES = 64, /* between attempts that fail one after another */
    LOOKS_AT_BEGUN = 3
};

uint64_t tributary_shared_published(const struct tributary_channel *channel) {
    uint64_t published = 0;
    const struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
    for (; lane != NULL; lane = lane->registry_next)
        published += tributary_load_acquire(&lane->hot.forward.published);
    return published;
}

uint64_t tributary_shared_consumed(const struct tributary_channel *channel) {
    uint64_t consumed = 0;
    const struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
    for (; lane != NULL; lane = lane->registry_next)
        consumed += tributary_load_acquire(&lane->hot.backward.consumed); /* M2 */
    return consumed;
}

bool tributary_shared_has_room(const struct tributary_channel *channel, uint64_t wanted) {
    /* May be the older of the two, never the newer. */
    uint64_t consumed = tributary_shared_consumed(channel);
    return tributary_shared_published(channel) - consumed + wanted <= channel->options.capacity;
}

bool tributary_shared_is_crowded(const struct tributary_channel *channel) {
    uint32_t threads = 0;
    const struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
    for (; lane != NULL && threads <= channel->shared->processors; lane = lane->registry_next) /* a guess: it orders nothing */
        if (tributary_load_relaxed(&lane->hot.forward.published) != tributary_load_relaxed(&lane->hot.backward.consumed)) threads++;
    return threads > channel->shared->processors;
}

static bool is_settled(const struct tributary_sender *lane) {
    uint64_t taken = tributary_load_acquire(&lane->thread->taken);
    return taken == 0 || taken < tributary_load_acquire(&lane->thread->settled_through);
}

/* What another lane has used, or may use, if the turn is `turn`. `unsettled` grows by the latter. */
static uint64_t used_by(const struct tributary_sender *lane, const struct tributary_sender *own,
                        uint64_t turn, uint64_t *unsettled) {
    /* G2: first. What was settled makes `begun` final for whoever reads it after that. */
    bool settled = is_settled(lane);
    /* Before `begun`, which is stored before it: a grant that is just being taken is not seen without what it begins. */
    uint64_t granted = tributary_load_acquire(&lane->hot.forward.granted); /* G1 */
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published);
    uint64_t begun = tributary_load_acquire(&lane->hot.forward.begun);
    /* G3: last. An attempt stores it first, so that one whose words were read here is known as such. Its thread sends nothing
     * meanwhile; and should it get the turn after all, `turn` is over. */
    uint64_t taken = tributary_load_acquire(&lane->thread->taken);
    bool fails = turn == own->thread->turn && taken >= own->thread->held_from;
    if (taken > turn || fails) return tributary_load_acquire(&lane->hot.forward.published);
    if (begun < published) begun = published;
    if (settled || granted <= begun) return begun;
    *unsettled += granted - begun;
    return granted;
}

/* What is free for this lane, if the turn is `turn`. */
static uint64_t find_room(struct tributary_channel *channel, struct tributary_sender *own,
                          uint64_t turn, uint64_t *unsettled) {
    *unsettled = 0;
    /* First, so that too little is free rather than too much. */
    uint64_t consumed = tributary_shared_consumed(channel);
    uint64_t used = tributary_lane_sent(own);
    struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
    for (; lane != NULL; lane = lane->registry_next)
        if (lane != own) used += used_by(lane, own, turn, unsettled);
    used -= consumed;
    return used < channel->options.capacity ? channel->options.capacity - used : 0;
}

static void begin_nothing(struct tributary_sender *lane) {
    uint64_t number = tributary_lane_sent(lane);
    tributary_store_release(&lane->hot.forward.begun, number);
    tributary_store_release(&lane->hot.forward.granted, number);
}

/* Takes the turn after `turn`, with a grant up to `granted` of which `begun` are sent at once; false: it has changed. */
static bool take_turn(struct tributary_channel *channel, struct tributary_sender *lane, uint64_t turn,
                      uint64_t granted, uint64_t begun) {
    tributary_store_release(&lane->thread->taken, turn + 1); /* G3: before the others are */
    tributary_store_release(&lane->hot.forward.begun, begun);
    tributary_store_release(&lane->hot.forward.granted, granted);
    if (!tributary_compare_exchange_acquire_release(&channel->shared_front.turn, &turn,
                                                    turn + 1)) { /* M1, G1 */
        begin_nothing(lane); /* at once: the others count it */
        tributary_count(lane->thread->retries, 1);
        return false;
    }
    if (lane->thread->turn != turn) lane->thread->held_from = turn + 1;
    lane->thread->turn = turn + 1;
    return true;
}

/* Of turns before this lane's nothing is to come but what was begun. */
static void settle(struct tributary_channel *channel, struct tributary_sender *own) {
    tributary_core_heavy_fence(channel); /* G2 */
    struct tributary_sender *lane = tributary_load_acquire(&channel->shared->back.lanes);
    for (; lane != NULL; lane = lane->registry_next)
        if (lane != own) tributary_store_release(&lane->thread->settled_through, own->thread->turn);
}

/* How much of the room to use before looking again, for a send of `count`: all of it where nobody else has sent since the last
 * grant, half of it otherwise. */
static uint64_t part(const struct tributary_channel *channel, uint64_t room, uint64_t count,
                     bool alone) {
    if (channel->options.local_fences) return count;
    uint64_t part = alone ? room : room / 2;
    return part > count ? part : count;
}

/* Takes the turn with a grant for up to `count` messages and begins them: how many, or -EAGAIN. */
static ptrdiff_t take_grant(struct tributary_channel *channel, struct tributary_sender *lane,
                            uint64_t count, enum tributary_patience patience) {
    uint64_t number = tributary_lane_sent(lane);
    int looks_at_begun = 0;
    for (int pauses = 1;; pauses = pauses < MOST_PAUSES ? pauses * 2 : pauses) {
        uint64_t turn = tributary_load_acquire(&channel->shared_front.turn); /* G1 */
        uint64_t unsettled;
        uint64_t room = find_room(channel, lane, turn, &unsettled);
        if (room < LITTLE && room < channel->options.capacity / 16 && patience == TRIBUTARY_PACED &&
            channel->options.pacing) {
            /* Each look takes the line of `consumed` away from the receiver: let it get ahead. */
            tributary_pace();
            patience = TRIBUTARY_AT_ONCE;
            continue;
        }
        if (room > 0) {
            uint64_t now = count < room ? count : room;
            uint64_t grant = part(channel, room, now, turn == lane->thread->turn);
            if (take_turn(channel, lane, turn, number + grant, number + now)) {
                /* Also what others have left of their grants is room for who waits. */
                lane->sender.pass_on_due = now < room + unsettled;
                return (ptrdiff_t)now;
            }
        } else if (unsettled == 0 || channel->options.local_fences) {
            /* Nothing was free at one moment, if nobody was granted anything meanwhile. (Where a place is taken by a send that
             * has only begun, that one may have failed: it is given a moment.) */
            if (tributary_load_acquire(&channel->shared_front.turn) == turn &&
                (looks_at_begun++ == LOOKS_AT_BEGUN || !tributary_shared_has_room(channel, 1)))
                return -EAGAIN;
        } else if (take_turn(channel, lane, turn, number, number)) {
            settle(channel, lane);
            continue;
        }
        for (int i = 0; i < pauses; i++) tributary_pause();
    }
}

/* A turn that was lost at once, to a thread that sends as fast: taking it back at once would have both wait for its line all the
 * time. A moment later there is more to take it back for. */
static void leave_it_to_others(struct tributary_sender *lane) {
    enum { SOON_NANOSECONDS = 500, FEW = 256 };
    uint64_t number = tributary_lane_sent(lane);
    int64_t now = tributary_clock_now();
    if (now - lane->thread->taken_at < SOON_NANOSECONDS && number - lane->thread->taken_from < FEW) {
        tributary_pace();
        now += TRIBUTARY_PACE_NANOSECONDS;
    }
    lane->thread->taken_at = now;
    lane->thread->taken_from = number;
}

/* Stamps the next message if it is the first of its segment or of a turn (shared.h): it is sent now, or nothing is. */
static void stamp(struct tributary_sender *lane, bool first_of_segment) {
    uint64_t number = tributary_lane_sent(lane);
    bool first_of_turn = lane->thread->stamped != lane->thread->turn;
    if (!first_of_turn && !first_of_segment) return;
    struct tributary_segment *segment = lane->sender.segment;
    uint64_t start = lane->sender.segment_end - segment->slots;
    tributary_segment_stamps(lane->geometry, segment)[number - start] = lane->thread->turn;
    if (!first_of_turn) return;
    lane->thread->stamped = lane->thread->turn;
    tributary_store_relaxed(&lane->hot.forward.changed_at, number); /* L1 */
}

ptrdiff_t tributary_shared_prepare(struct tributary_channel *channel, struct tributary_sender *lane,
                                   size_t wanted, enum tributary_patience patience) {
    tributary_count(lane->sender.slow_paths, 1);
    if (tributary_load_relaxed(&channel->shared_front.state) & TRIBUTARY_LANE_CLOSED)
        lane->sender.closed = true;
    ptrdiff_t result = lane->sender.closed ? -EPIPE : 0;
    uint64_t number = tributary_lane_sent(lane);
    if (result == 0 && (lane->sender.segment == NULL || number == lane->sender.segment_end))
        result = tributary_lane_add_segment(lane, wanted, patience);
    uint64_t fits = lane->sender.segment_end - number;
    if (fits > wanted) fits = wanted;
    uint64_t covered = UINT64_MAX;
    if (result == 0 && !tributary_shared_is_bounded(channel)) {
        if (!tributary_shared_begin(channel, lane, (size_t)fits)) {
            if (patience == TRIBUTARY_PACED && channel->options.pacing) leave_it_to_others(lane);
            lane->thread->turn = /* M1 */
                tributary_fetch_add_acquire_release(&channel->shared_front.turn, 1) + 1;
        }
        result = (ptrdiff_t)fits;
    } else if (result == 0) {
        /* A grant is void once the turn was another's. */
        covered = lane->hot.forward.granted;
        uint64_t left = covered - number < fits ? covered - number : fits;
        if (covered > number && tributary_shared_begin(channel, lane, (size_t)left)) {
            result = (ptrdiff_t)left;
        } else {
            if (covered > number) begin_nothing(lane); /* at once: the others count it */
            result = take_grant(channel, lane, fits, patience);
            covered = lane->hot.forward.granted;
        }
    }
    if (result < 0) {
        begin_nothing(lane);
        lane->hot.producer.end = number;
    } else {
        lane->hot.producer.end =
            covered < lane->sender.segment_end ? covered : lane->sender.segment_end;
        stamp(lane, number == lane->sender.segment_end - lane->sender.segment->slots);
    }
    return result;
}
