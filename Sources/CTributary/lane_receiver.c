/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's side of a lane. */
#define _GNU_SOURCE
#include "core.h"
#include "overwrite.h"

void tributary_lane_prefetch(const struct tributary_sender *lane) {
    if (lane->receiver.segment == NULL || lane->receiver.read == lane->receiver.segment_end) return;
    uint64_t start = lane->receiver.segment_end - lane->receiver.segment->slots;
    __builtin_prefetch(tributary_segment_slots(lane->geometry, lane->receiver.segment) +
                       (size_t)(lane->receiver.read - start) * lane->geometry->message_size);
}

uint64_t tributary_lane_available(struct tributary_sender *lane) {
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published); /* L1 */
    if (published > lane->receiver.bound) published = lane->receiver.bound;
    uint64_t read = !lane->overwrites
                        ? lane->receiver.read
                        : tributary_load_acquire(&lane->hot.backward.consumed);
    /* A sender that drops its oldest may be ahead of a close's verdict. */
    return published > read ? published - read : 0;
}

/* What was drained is kept for the sender while that one goes on to segments of the same size. A smaller one means that it has begun
 * anew: nothing of the larger ones will be wanted. */
static void retire(struct tributary_sender *lane, struct tributary_segment *drained) {
    const struct tributary_segment_geometry *geometry = lane->geometry;
    const tributary_allocator *allocator = &lane->channel->options.allocator;
    if (lane->receiver.segment->bytes >= drained->bytes) {
        tributary_segment_retire(geometry, allocator, lane->spares, drained);
    } else {
        tributary_segment_trim(geometry, allocator, lane->spares, 0);
        tributary_segment_destroy(geometry, allocator, drained);
    }
}

uint64_t tributary_lane_front(struct tributary_sender *lane, uint64_t available, uintptr_t *base) {
    const struct tributary_segment_geometry *geometry = lane->geometry;
    uint64_t read = lane->receiver.read;
    if (lane->receiver.segment == NULL) {
        lane->receiver.segment = lane->first; /* L1 */
        lane->receiver.segment_end = lane->first->slots;
    } else if (read == lane->receiver.segment_end) {
        struct tributary_segment *drained = lane->receiver.segment;
        lane->receiver.segment = drained->next; /* L1: a message after the last of this one is published */
        lane->receiver.segment_end = read + lane->receiver.segment->slots;
        retire(lane, drained);
    }
    uint64_t segment_start = lane->receiver.segment_end - lane->receiver.segment->slots;
    *base = (uintptr_t)tributary_segment_slots(geometry, lane->receiver.segment) -
            (uintptr_t)segment_start * geometry->message_size;
    uint64_t in_segment = lane->receiver.segment_end - read;
    return available < in_segment ? available : in_segment;
}

void tributary_lane_demote(struct tributary_sender *lane) {
    uint32_t after = lane->hot.transition.promote_after;
    if (lane->receiver.carried >= TRIBUTARY_PROMOTE_LONG)
        after = after / 2 > TRIBUTARY_PROMOTE_LEAST ? after / 2 : TRIBUTARY_PROMOTE_LEAST;
    else
        after = after * 2 < TRIBUTARY_PROMOTE_MOST ? after * 2 : TRIBUTARY_PROMOTE_MOST;
    tributary_store_relaxed(&lane->hot.transition.promote_after, after);
    lane->receiver.streaming = false;
    lane->receiver.carried = 0;
    tributary_fetch_and_acquire_release(&lane->hot.transition.state,
                                        ~(uint32_t)TRIBUTARY_LANE_STREAMING);
}

bool tributary_lane_streams(struct tributary_channel *channel, struct tributary_sender *lane,
                            uint32_t state) {
    if (!(state & TRIBUTARY_LANE_STREAMING)) return false;
    lane->receiver.streaming = true;
    channel->receiver.streaming_any = true;
    return true;
}

void tributary_lane_trim(struct tributary_sender *lane) {
    const struct tributary_segment_geometry *geometry = lane->geometry;
    uint32_t carried = (uint32_t)lane->receiver.read - lane->receiver.trimmed_at;
    lane->receiver.trimmed_at = (uint32_t)lane->receiver.read;
    bool much = carried >= TRIBUTARY_SEGMENT_MUCH_BYTES / geometry->message_size;
    tributary_segment_trim(geometry, &lane->channel->options.allocator, lane->spares,
                           much ? 0 : TRIBUTARY_SEGMENT_SPARES_IDLE);
}

static bool clear_ready(struct tributary_sender *lane) {
    if (tributary_lane_available(lane) != 0) return false;
    struct tributary_channel *channel = lane->channel;
    uint32_t state = tributary_load_relaxed(&lane->hot.transition.state);
    do {
        if (tributary_lane_streams(channel, lane, state)) return false;
    } while (!tributary_compare_exchange_acquire_release(
        &lane->hot.transition.state, &state, state & ~(uint32_t)TRIBUTARY_LANE_READY));
    tributary_fence_full(); /* F1 */
    state = tributary_load_acquire(&lane->hot.transition.state);
    if (tributary_lane_available(lane) == 0 && !(state & TRIBUTARY_LANE_ENDED)) return true;
    /* Something came. Whoever sets READY from clear owns the lane: the receiver keeps it, or the sender is
     * enqueueing it. (ENDED comes with READY, so then the sender is.) */
    state = tributary_fetch_or_acquire_release(&lane->hot.transition.state, TRIBUTARY_LANE_READY);
    return (state & TRIBUTARY_LANE_READY) != 0;
}

bool tributary_lane_let_go(struct tributary_sender *lane) {
    if (!clear_ready(lane)) return false;
    /* Not before: an attempt that fails would begin the count of what the lane carries anew. The lane may be in the inbox already, from
     * which only this thread takes it. */
    tributary_lane_trim(lane);
    return true;
}

void tributary_lane_wake_sender(struct tributary_sender *lane) {
    uint64_t consumed = tributary_load_relaxed(&lane->hot.backward.consumed);
    uint64_t wake_at = tributary_load_acquire(&lane->hot.transition.wake_at);
    while (wake_at != TRIBUTARY_NOBODY && consumed >= wake_at) {
        if (tributary_compare_exchange_acquire_release(&lane->hot.transition.wake_at, &wake_at,
                                                       TRIBUTARY_NOBODY)) {
            tributary_parker_wake(&lane->parker);
            return;
        }
    }
}

void tributary_lane_decide_close(struct tributary_sender *lane) {
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published);
    uint64_t verdict = TRIBUTARY_UNDECIDED;
    /* K1 */
    if (tributary_compare_exchange_acquire_release(&lane->closed_at, &verdict, published))
        verdict = published;
    lane->receiver.bound = verdict;
}
