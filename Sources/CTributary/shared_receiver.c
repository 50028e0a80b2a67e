/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's side of shared messages (shared.h). */
#define _GNU_SOURCE
#include "core.h"

#include "shared_turn.h"
#include "shared_wait.h"
#include "thread_lane.h"

/* What says that the receiver has the shared messages in its rounds. */
static const uint32_t OF_RECEIVER = TRIBUTARY_LANE_READY | TRIBUTARY_LANE_TAKEN;

static struct tributary_sender *first_lane(struct tributary_channel *channel) {
    return tributary_load_acquire(&channel->shared->back.lanes); /* T1 */
}

static const uint64_t *stamps_of(const struct tributary_sender *lane, uint64_t *start) {
    struct tributary_segment *segment = lane->receiver.segment;
    *start = lane->receiver.segment_end - segment->slots;
    return tributary_segment_stamps(lane->geometry, segment);
}

/* Makes `stamp` that of message `read`. The first message of a segment has one; a word that none was written to since the
 * segment was last used holds an older one, or 0. So the newest one up to a message counts. */
static void read_stamp(struct tributary_sender *lane) {
    uint64_t start, number = lane->receiver.read;
    const uint64_t *stamps = stamps_of(lane, &start);
    uint64_t stamp = lane->receiver.stamp;
    uint64_t n = lane->receiver.stamps_read > start ? lane->receiver.stamps_read : start;
    for (; n <= number; n++)
        if (stamps[n - start] > stamp) stamp = stamps[n - start];
    lane->receiver.stamp = stamp;
    if (lane->receiver.stamps_read <= number) lane->receiver.stamps_read = number + 1;
}

/* Makes the lane's next messages known, up to the end of their segment, and the stamp of the first. False: none was seen. */
static bool know(struct tributary_sender *lane) {
    uint64_t read = lane->receiver.read;
    if (read == lane->receiver.row_end) {
        uint64_t available = lane->receiver.seen - read;
        if (available == 0) return false;
        lane->receiver.row_end = read + tributary_lane_front(lane, available, &lane->receiver.base);
    }
    read_stamp(lane);
    return true;
}

/* How many of the lane's known messages have no newer stamp than that. At least the first has not. */
static uint64_t count_until(struct tributary_sender *lane, uint64_t until) {
    uint64_t end = lane->receiver.row_end, number = lane->receiver.read;
    /* The sender's hint: all that was seen is of one turn. */
    if (lane->receiver.changed_at <= number) {
        lane->receiver.stamps_read = end;
        return end - number;
    }
    uint64_t start;
    const uint64_t *stamps = stamps_of(lane, &start);
    for (uint64_t n = number + 1; n < end; n++)
        if (stamps[n - start] > until) return n - number;
    return end - number;
}

struct tributary_sender *tributary_shared_known(struct tributary_channel *channel, uint64_t *count) {
    struct tributary_sender *oldest = NULL;
    uint64_t stamp = UINT64_MAX, next = UINT64_MAX; /* the oldest, and that of the others */
    for (struct tributary_sender *lane = first_lane(channel); lane != NULL;
         lane = lane->registry_next) {
        if (!know(lane)) continue;
        uint64_t own = lane->receiver.stamp;
        if (own < stamp) {
            next = stamp;
            stamp = own;
            oldest = lane;
        } else if (own < next) {
            next = own;
        }
    }
    if (oldest == NULL) return NULL;
    /* Of the turn that the look has found only what was there before it looked at the other lanes: what is in the lane that it
     * looked at first. */
    uint64_t turn = channel->shared->back.turn;
    uint64_t until = oldest == channel->shared->back.first ? turn : turn - 1;
    if (next <= until) until = next - 1;
    /* If it is not its time yet, this lane is the first one of the next look. */
    channel->shared->back.current = oldest;
    if (stamp > until) return NULL;
    *count = count_until(oldest, until);
    return oldest;
}

/* How many came since the last look. */
static uint64_t see(struct tributary_sender *lane) {
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published); /* L1 */
    if (published > lane->receiver.bound) published = lane->receiver.bound;
    /* Now, while the line is here. L1: what it is stored with comes before the publish. */
    lane->receiver.changed_at = tributary_load_relaxed(&lane->hot.forward.changed_at);
    uint64_t fresh = published - lane->receiver.seen;
    lane->receiver.seen = published;
    return fresh;
}

uint64_t tributary_shared_look(struct tributary_channel *channel) {
    /* M1: in this order. */
    uint64_t turn = tributary_load_acquire(&channel->shared_front.turn);
    tributary_store_relaxed(&channel->shared->back.turn, turn);
    struct tributary_sender *first = channel->shared->back.current;
    channel->shared->back.first = first;
    tributary_fence_multiple_copies();
    uint64_t fresh = first != NULL ? see(first) : 0;
    tributary_fence_multiple_copies(); /* M1 */
    for (struct tributary_sender *lane = first_lane(channel); lane != NULL;
         lane = lane->registry_next)
        if (lane != first) fresh += see(lane);
    return fresh;
}

static struct tributary_sender *look_twice(struct tributary_channel *channel) {
    /* The first look may find nothing but messages of the present turn, of a lane that was not looked at first. */
    for (int looks = 0; looks < 2; looks++) {
        uint64_t count;
        tributary_shared_look(channel);
        struct tributary_sender *lane = tributary_shared_known(channel, &count);
        if (lane != NULL) return lane;
    }
    return NULL;
}

struct tributary_sender *tributary_shared_look_for_next(struct tributary_channel *channel) {
    struct tributary_sender *lane = look_twice(channel);
    if (lane != NULL) return lane;
    if (tributary_unlikely(tributary_shared_anybody_waits(channel)))
        tributary_shared_wake_for_nothing(channel);
    return NULL;
}

bool tributary_shared_streams(struct tributary_channel *channel, uint32_t state) {
    if (!(state & TRIBUTARY_LANE_STREAMING)) return false;
    channel->receiver.shared_streaming = true;
    channel->receiver.streaming_any = true;
    return true;
}

void tributary_shared_demote(struct tributary_channel *channel) {
    channel->receiver.shared_streaming = false;
    tributary_fetch_and_acquire_release(&channel->shared_front.state,
                                        ~(uint32_t)TRIBUTARY_LANE_STREAMING);
}

void tributary_shared_take(struct tributary_channel *channel) {
    channel->receiver.shared_ready = true;
    channel->receiver.shared_silent_rounds = 0;
    tributary_fetch_or_acquire_release(&channel->shared_front.state, TRIBUTARY_LANE_TAKEN);
}

static bool clear_ready(struct tributary_channel *channel) {
    uint32_t *word = &channel->shared_front.state;
    if (tributary_shared_look_for_next(channel) != NULL) return false;
    if (tributary_shared_anybody_waits(channel)) tributary_shared_wake_for_room(channel);
    uint32_t state = tributary_load_relaxed(word);
    do {
        if (tributary_shared_streams(channel, state)) return false;
    } while (!tributary_compare_exchange_acquire_release(word, &state,
                                                         state & ~OF_RECEIVER));
    tributary_fence_full(); /* F1 */
    if (tributary_shared_look_for_next(channel) == NULL) return true;
    /* Whoever sets READY from clear owns them: the receiver keeps them, or a sender is enqueueing them. */
    state &= ~OF_RECEIVER;
    return !tributary_compare_exchange_acquire_release(word, &state, state | OF_RECEIVER);
}

bool tributary_shared_let_go(struct tributary_channel *channel) {
    if (!clear_ready(channel)) return false;
    for (struct tributary_sender *lane = first_lane(channel); lane != NULL;
         lane = lane->registry_next)
        tributary_lane_trim(lane); /* only then, as in tributary_lane_let_go */
    return true;
}

bool tributary_shared_came_unannounced(struct tributary_channel *channel) {
    if (channel->receiver.shared_ready) return false;
    if (!tributary_shared_are_ready(channel)) return false;
    return look_twice(channel) != NULL;
}

void tributary_shared_close(struct tributary_channel *channel) {
    pthread_mutex_t *mutex = tributary_thread_lanes_lock();
    uint32_t state = tributary_fetch_or_acquire_release(
        &channel->shared_front.state, TRIBUTARY_LANE_CLOSED | TRIBUTARY_LANE_READY);
    if (state & TRIBUTARY_LANE_STREAMING)
        tributary_core_heavy_fence(channel); /* F1 */
    else
        tributary_fence_full(); /* F1, M3 */
    /* A lane that is not in the list yet finds CLOSED under the mutex. */
    for (struct tributary_sender *lane = first_lane(channel); lane != NULL;
         lane = lane->registry_next)
        tributary_lane_decide_close(lane); /* K1 */
    pthread_mutex_unlock(mutex);
    /* Their node may still come by the inbox. It is not waited for: all lanes are looked at from now on. */
    channel->receiver.shared_ready = true;
}

bool tributary_shared_drained(struct tributary_channel *channel) {
    if (tributary_load_acquire(&channel->shared) == NULL) return true; /* T3 */
    return tributary_shared_look_for_next(channel) == NULL;
}
