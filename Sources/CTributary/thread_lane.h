/* SPDX-License-Identifier: Apache-2.0 */
/* The lanes of shared messages: one per thread and channel.
 *
 * A thread finds its own through a small table of its own, by the channel's number, which is never used again. What the table
 * does not hold is looked for in the channel's list, under one mutex for the whole process: a lane of this thread that another
 * channel displaced, or one whose thread has exited, or a new one. Lanes stay in the list until the channel is
 * freed.
 *
 *   owner   under the mutex: the thread that alone may send on the lane. A thread that exits gives its lanes up, a
 *           channel that is freed takes them out of their owners' lists. What an owner wrote, the next one
 *           reads after the mutex changed hands (T2). */
#ifndef TRIBUTARY_THREAD_LANE_H
#define TRIBUTARY_THREAD_LANE_H

#include "core.h"

enum { TRIBUTARY_THREAD_LANES = 8 /* channels whose lane a thread finds at once */ };

struct tributary_thread_lane {
    uint64_t channel_number; /* 0: none */
    struct tributary_sender *lane;
};

TRIBUTARY_PRIVATE_BEGIN

extern _Thread_local struct tributary_thread_lane tributary_thread_lanes[TRIBUTARY_THREAD_LANES];

/* NULL without memory, or closed. */
struct tributary_sender *tributary_thread_lane_find(struct tributary_channel *channel);
/* Locks the mutex that lanes are added to the list under: the caller unlocks it. */
pthread_mutex_t *tributary_thread_lanes_lock(void);
/* Takes all lanes out of their owners' lists and frees them. The channel has no ends left. */
void tributary_thread_lanes_free(struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

/* The calling thread's lane for the channel. */
static inline struct tributary_sender *tributary_thread_lane(struct tributary_channel *channel) {
    struct tributary_thread_lane *entry =
        &tributary_thread_lanes[channel->number % TRIBUTARY_THREAD_LANES];
    if (tributary_likely(entry->channel_number == channel->number)) return entry->lane;
    return tributary_thread_lane_find(channel);
}

#endif
