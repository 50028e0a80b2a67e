/* SPDX-License-Identifier: Apache-2.0 */
/* The sender's side of a lane: room, segments, and publishing off the fast path. */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>

#include "core.h"
#include "fence.h"
#include "overwrite.h"
#include "pace.h"
#include "shared_turn.h"

void tributary_lane_use_segment(struct tributary_sender *lane, struct tributary_segment *segment) {
    uint64_t number = tributary_lane_sent(lane);
    lane->sender.segment = segment;
    lane->sender.segment_end = number + segment->slots;
    lane->hot.producer.base = (uintptr_t)tributary_segment_slots(lane->geometry, segment) -
                              (uintptr_t)number * lane->geometry->message_size;
}

/* Whether the receiver has moved since memory was last asked for. A guess: it orders nothing. */
static bool receiver_has_moved(struct tributary_sender *lane) {
    uint64_t consumed = tributary_load_relaxed(&lane->hot.backward.consumed);
    if (consumed == lane->sender.stood_at) return false;
    lane->sender.stood_at = consumed;
    lane->sender.stood_since = tributary_lane_sent(lane);
    return true;
}

/* Messages sent since it was last seen to move. */
static uint64_t receiver_stood_for(const struct tributary_sender *lane) {
    return tributary_lane_sent(lane) - lane->sender.stood_since;
}

/* Before memory is asked for: a sender of whose messages none has been taken for long gives its processor away, once for so many bytes
 * of messages. Where threads outnumber processors it would otherwise write its whole time slice to memory that no cache has; the
 * receiver reads it all back from there, and no segment comes back to be used again. Only where nothing is taken: a receiver that
 * runs on another processor needs none of ours. (It may also run, and be with other lanes: then so may others with this processor.)
 * Measured: docs/design.md. */
static bool lets_receiver_catch_up(const struct tributary_sender *lane, size_t wanted, uint64_t stood) {
    const struct tributary_channel *channel = lane->channel;
    size_t size = channel->options.message_size;
    /* First: the quotients are 0 for messages larger than that, and a receiver that has moved does not stand. */
    if (stood == 0) return false;
    if (channel->options.sender_wait.yield == 0 || stood < TRIBUTARY_STOOD_BYTES / size) return false;
    uint64_t each = TRIBUTARY_SEGMENT_LARGEST_BYTES / size;
    if (each != 0 && stood / each == (stood - lane->sender.segment->slots) / each) return false;
    /* Single shared messages: who yields gives the turn away, too, and while no more threads send than there are processors, the
     * receiver is not far from one. With more it waits for several time slices. */
    return !lane->geometry->stamped || wanted > 1 || tributary_shared_is_crowded(channel);
}

/* Messages sent since the receiver was last seen to look at any thread's: it takes them in their order, and this lane's may be a
 * long way off. Asked with the above, so that both count from the same moment on. */
static uint64_t receiver_not_seen_to_look_for(struct tributary_sender *lane) {
    uint64_t looked = tributary_load_relaxed(&lane->channel->shared->back.turn);
    uint64_t sent = tributary_lane_sent(lane);
    if (looked != lane->thread->looked) {
        lane->thread->looked = looked;
        lane->thread->looked_since = sent;
    }
    return sent - lane->thread->looked_since;
}

/* Segments grow while the receiver moves. While it does not they stay as they are, and begin anew when that has lasted: a lane that is
 * drained keeps its last segment, since the sender may be writing into it, so after a burst that one has to be small. A lane of
 * shared messages moves too seldom to tell: its segments grow until nothing has been looked at for as long. */
static size_t next_bytes(struct tributary_sender *lane, uint64_t stood) {
    const struct tributary_segment_geometry *geometry = lane->geometry;
    size_t bytes = lane->sender.segment->bytes;
    uint64_t unseen = geometry->stamped ? receiver_not_seen_to_look_for(lane) : stood;
    if (stood == 0) return tributary_segment_next_bytes(geometry, bytes);
    uint64_t most = TRIBUTARY_STOOD_LONG_BYTES / geometry->message_size;
    if (most > TRIBUTARY_STOOD_LONG_MESSAGES) most = TRIBUTARY_STOOD_LONG_MESSAGES;
    if (stood >= most && unseen >= most) return tributary_segment_first_bytes(geometry);
    return geometry->stamped ? tributary_segment_next_bytes(geometry, bytes) : bytes;
}

/* Before memory is asked for: a receiver that has moved brings a segment back in about the time that the allocator and the first
 * touch of new memory take, and what it brings lies in a cache. A sender that did not wait would draw further ahead of it with each
 * segment. Not for single shared messages: others would wait for the turn as well. And not where none can come: while segments still
 * grow, for smaller ones are not kept, and where the receiver is in the last one. Measured: docs/design.md. */
static bool awaits_spare(const struct tributary_sender *lane, size_t wanted) {
    const struct tributary_segment *last = lane->sender.segment;
    if (!lane->channel->options.pacing || (lane->geometry->stamped && wanted == 1)) return false;
    /* One that has read all that came before the last may be in the one before it still. */
    return last->bytes >= lane->geometry->largest && lane->sender.stood_at <= lane->sender.segment_end - last->slots;
}

/* A spare, or NULL after a microsecond. */
static struct tributary_segment *await_spare(struct tributary_sender *lane) {
    int64_t end = tributary_pace_end();
    struct tributary_segment *segment;
    bool goes_on;
    do {
        goes_on = tributary_pace_goes_on(end);
        segment = tributary_segment_take_spare(lane->spares);
    } while (segment == NULL && goes_on);
    return segment;
}

int tributary_lane_add_segment(struct tributary_sender *lane, size_t wanted, enum tributary_patience patience) {
    struct tributary_channel *channel = lane->channel;
    const struct tributary_segment_geometry *geometry = lane->geometry;
    struct tributary_segment *last = lane->sender.segment;
    size_t bytes = tributary_segment_first_bytes(geometry);
    struct tributary_segment *segment = tributary_segment_take_spare(lane->spares);
    if (segment == NULL && last != NULL && channel->options.capacity != TRIBUTARY_UNBOUNDED) {
        bytes = tributary_segment_next_bytes(geometry, last->bytes);
    } else if (segment == NULL && last != NULL) {
        bool moved = receiver_has_moved(lane);
        uint64_t stood = receiver_stood_for(lane);
        bytes = next_bytes(lane, stood);
        if (patience == TRIBUTARY_PACED && lets_receiver_catch_up(lane, wanted, stood)) {
            sched_yield();
            segment = tributary_segment_take_spare(lane->spares);
        } else if (patience == TRIBUTARY_PACED && moved && awaits_spare(lane, wanted)) {
            segment = await_spare(lane);
        }
    }
    if (segment == NULL)
        segment = tributary_segment_create(geometry, &channel->options.allocator, bytes);
    if (segment == NULL) return -ENOMEM;
    /* L1: published with the first message in it. */
    if (last == NULL)
        lane->first = segment;
    else
        last->next = segment;
    tributary_lane_use_segment(lane, segment);
    return 0;
}

/* More room, from what the receiver has taken since the last look. */
static bool find_room(struct tributary_sender *lane) {
    size_t capacity = lane->channel->options.capacity;
    if (capacity == TRIBUTARY_UNBOUNDED) {
        lane->sender.room = UINT64_MAX;
        return true;
    }
    lane->sender.room = tributary_load_acquire(&lane->hot.backward.consumed) + capacity; /* L2 */
    return lane->sender.room != tributary_lane_sent(lane);
}

/* A sender that may wait and finds little room lets the receiver get ahead for a moment: each look takes the line of `consumed`
 * away from it, which it stores to for each message. */
static void find_more_room(struct tributary_sender *lane) {
    enum { LITTLE = 64 }; /* messages */
    const struct tributary_channel *channel = lane->channel;
    uint64_t room = lane->sender.room - tributary_lane_sent(lane);
    if (!channel->options.pacing || room >= LITTLE || room >= channel->options.capacity / 16) return;
    tributary_pace();
    find_room(lane);
}

int tributary_lane_extend(struct tributary_sender *lane, enum tributary_patience patience) {
    tributary_count(lane->sender.slow_paths, 1);
    if (tributary_load_relaxed(&lane->hot.transition.state) & TRIBUTARY_LANE_CLOSED)
        lane->sender.closed = true;
    if (lane->sender.closed) return -EPIPE;
    if (lane->sender.room == tributary_lane_sent(lane)) {
        if (!find_room(lane)) {
            tributary_count(lane->sender.calls_full, 1);
            if (!lane->overwrites) return -EAGAIN;
        } else if (patience == TRIBUTARY_PACED) {
            find_more_room(lane);
        }
    }
    if (lane->overwrites) {
        int error = tributary_overwrite_extend(lane);
        if (error != 0) return error;
        /* Last, so that nothing is dropped for a message that then finds no memory. */
        if (lane->sender.room == tributary_lane_sent(lane)) tributary_overwrite_drop_oldest(lane);
    } else if (lane->sender.segment == NULL ||
               tributary_lane_sent(lane) == lane->sender.segment_end) {
        int error = tributary_lane_add_segment(lane, 1, patience);
        if (error != 0) return error;
    }
    lane->hot.producer.end = lane->sender.room < lane->sender.segment_end ? lane->sender.room
                                                                          : lane->sender.segment_end;
    return 0;
}

int tributary_lane_settle_close(struct tributary_sender *lane) {
    uint64_t sent = tributary_lane_sent(lane);
    uint64_t verdict = TRIBUTARY_UNDECIDED;
    lane->sender.closed = true;
    lane->hot.producer.end = sent;
    /* K1: the receiver may have taken them already, so the sender's own verdict includes them. */
    if (tributary_compare_exchange_acquire_release(&lane->closed_at, &verdict, sent)) return 0;
    if (verdict >= sent) return 0;
    /* A verdict is a value that `published` had, so it never lies inside of a batch: all of them are the sender's. */
    return -EPIPE;
}

/* Publishes with a fence, one after the other, while the receiver has kept the lane. The sender counts them because it may run for
 * milliseconds before a receiver that shares its processor sees the first one. */
static bool is_worth_streaming(struct tributary_sender *lane) {
    if (++lane->sender.fenced < tributary_load_relaxed(&lane->hot.transition.promote_after)) return false;
    lane->sender.fenced = 0;
    return !lane->channel->options.local_fences && !lane->overwrites &&
           tributary_fence_heavy_available();
}

static void wake_receiver(struct tributary_sender *lane) {
    if (lane->sender.defers_wakes)
        lane->sender.wake_due = true;
    else
        tributary_core_wake_fenced(lane->channel);
}

/* Others have set READY for messages of theirs, and may stand still before the enqueue, or before the wake that follows: then who sees
 * it, and returns, looks for a sleeping receiver itself (who has taken its word by then has only the wake left to do: parker.h). Not
 * once the receiver has taken the entry: it will look before it sleeps. */
static bool may_be_unannounced(const struct tributary_sender *lane, uint32_t state) {
    return (lane->geometry->stamped || lane->sender.defers_wakes) && !(state & TRIBUTARY_LANE_TAKEN);
}

int tributary_lane_published(struct tributary_sender *lane, uint32_t *word,
                             struct tributary_inbox_node *node) {
    tributary_count(lane->sender.slow_paths, 1);
    /* F1: the full half, for a lane that is not streaming. */
    tributary_fence_full();
    uint32_t state = tributary_load_acquire(word);
    if (tributary_unlikely(state & TRIBUTARY_LANE_CLOSED)) return tributary_lane_settle_close(lane);
    uint32_t change = TRIBUTARY_LANE_READY;
    if (state & TRIBUTARY_LANE_READY) {
        if (may_be_unannounced(lane, state)) {
            wake_receiver(lane); /* F3 */
            return 0;
        }
        if (!is_worth_streaming(lane)) return 0;
        change |= TRIBUTARY_LANE_STREAMING;
    }
    /* Both at once: whether the receiver holds the lane or this enqueues it, it cannot let it go without noticing. */
    state = tributary_fetch_or_acquire_release(word, change);
    lane->sender.fenced = 0;
    if (!(state & TRIBUTARY_LANE_READY)) {
        tributary_inbox_enqueue(&lane->channel->inbox, node);
        wake_receiver(lane);
    } else if (!(state & TRIBUTARY_LANE_CLOSED) && may_be_unannounced(lane, state)) {
        /* The close looks at all lanes, and wakes the receiver's callback itself: called from here it might send, by this lane too, before
         * it is settled what becomes of this message. */
        wake_receiver(lane); /* F3 */
    }
    /* The close makes every lane READY: whoever sees CLOSED here has just been overtaken by it. */
    if (tributary_unlikely(state & TRIBUTARY_LANE_CLOSED)) return tributary_lane_settle_close(lane);
    return 0;
}

int tributary_internal_sender_published(tributary_sender *lane) {
    return tributary_lane_published(lane, &lane->hot.transition.state, &lane->node);
}

void tributary_lane_release_storage(struct tributary_sender *lane) {
    struct tributary_channel *channel = lane->channel;
    const struct tributary_segment_geometry *geometry = lane->geometry;
    if (lane->overwrites) {
        if (lane->overwrite != NULL) tributary_overwrite_destroy(lane);
        return;
    }
    struct tributary_segment *segment =
        lane->receiver.segment != NULL ? lane->receiver.segment : lane->first;
    while (segment != NULL) {
        struct tributary_segment *next = segment->next;
        tributary_segment_destroy(geometry, &channel->options.allocator, segment);
        segment = next;
    }
    tributary_segment_trim(geometry, &channel->options.allocator, lane->spares, 0);
}
