/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a shared message: the part that each of them pays. */
#ifndef TRIBUTARY_SHARED_RECEIVE_H
#define TRIBUTARY_SHARED_RECEIVE_H

#include "core.h"
#include "lines.h"
#include "shared_wait.h"

TRIBUTARY_PRIVATE_BEGIN

/* The lane with the oldest stamp becomes the current one; false: nothing is known that may be taken. */
bool tributary_shared_find_lane(struct tributary_channel *channel);
/* Looks at the turn and at all lanes: how many messages came since the last time. */
uint64_t tributary_shared_look(struct tributary_channel *channel);
/* The next message after looks, or NULL. */
void *tributary_shared_look_for_next(struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

/* Of the lane's first known message. */
static inline uint64_t tributary_shared_stamp(const struct tributary_sender *lane) {
    return *(const uint64_t *)(const void *)lane->receiver.slot;
}

/* The next message if it is known, else NULL. */
static inline void *tributary_shared_known(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->shared_back.current;
    if (tributary_unlikely(lane == NULL || lane->receiver.known == 0 ||
                           tributary_shared_stamp(lane) > channel->shared_back.until)) {
        if (!tributary_shared_find_lane(channel)) return NULL;
        lane = channel->shared_back.current;
    }
    return lane->receiver.slot + channel->options.shared_offset;
}

/* Ends the message that tributary_shared_known returned. */
static inline void tributary_shared_take(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->shared_back.current;
    uint64_t released = tributary_load_relaxed(&channel->shared_back.released) + 1;
    size_t size = channel->options.shared_geometry.message_size;
    tributary_disown(lane->receiver.slot, size);
    if (lane->receiver.known > TRIBUTARY_RECEIVE_AHEAD / size)
        tributary_prefetch_write(lane->receiver.slot + TRIBUTARY_RECEIVE_AHEAD);
    lane->receiver.slot += size;
    lane->receiver.known--;
    lane->receiver.read++;
    /* M2: a sender's acquire sees that this was read. */
    tributary_store_release(&channel->shared_back.released, released);
    if (channel->options.capacity == TRIBUTARY_UNBOUNDED) return;
    /* M3, as F2 for lanes: without local fences a sender that sleeps without limit runs a heavy one. */
    if (channel->options.local_fences)
        tributary_fence_full();
    else
        tributary_fence_compiler();
    if (tributary_unlikely(tributary_load_relaxed(&channel->shared_back.wake_at) <= released))
        tributary_shared_wake_one(channel);
}

/* The next shared message without a run, while it is their turn: to be taken with tributary_shared_take. NULL: ask
 * tributary_run_next. */
static inline void *tributary_run_next_shared(struct tributary_channel *channel) {
    if (!channel->receiver.shared_turn || channel->receiver.shared_left == 0) return NULL;
    void *message = tributary_shared_known(channel);
    if (message != NULL) channel->receiver.shared_left--;
    return message;
}

#endif
