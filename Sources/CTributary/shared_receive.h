/* SPDX-License-Identifier: Apache-2.0 */
/* Taking a shared message: the part that each of them pays. */
#ifndef TRIBUTARY_SHARED_RECEIVE_H
#define TRIBUTARY_SHARED_RECEIVE_H

#include "core.h"

TRIBUTARY_PRIVATE_BEGIN

/* The lane whose next known message has the next ticket becomes the current one; false: none has. */
bool tributary_shared_find_lane(struct tributary_channel *channel);
/* Looks into all lanes of which no message is known: how many messages came since the last time. Keeping a distance, what is
 * near a busy sender stays unknown. */
uint64_t tributary_shared_look(struct tributary_channel *channel, bool keep_distance);
/* The next message, after a look if need be. */
void *tributary_shared_next(struct tributary_channel *channel);
void tributary_shared_wake_senders(struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

/* Of the lane's first known message. */
static inline uint64_t tributary_shared_ticket(const struct tributary_sender *lane) {
    return *(const uint64_t *)(const void *)lane->receiver.slot;
}

/* The next message if it is known, else NULL. */
static inline void *tributary_shared_known(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->shared_back.current;
    uint64_t ticket = tributary_load_relaxed(&channel->shared_back.released);
    if (tributary_unlikely(lane == NULL || lane->receiver.known == 0 ||
                           tributary_shared_ticket(lane) != ticket)) {
        if (!tributary_shared_find_lane(channel)) return NULL;
        lane = channel->shared_back.current;
    }
    return lane->receiver.slot + channel->options.shared_offset;
}

/* Ends the message that tributary_shared_known returned. */
static inline void tributary_shared_take(struct tributary_channel *channel) {
    struct tributary_sender *lane = channel->shared_back.current;
    uint64_t released = tributary_load_relaxed(&channel->shared_back.released) + 1;
    lane->receiver.slot += channel->options.shared_geometry.message_size;
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
        tributary_shared_wake_senders(channel);
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
