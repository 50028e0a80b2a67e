/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for room among shared senders: a queue of threads and callbacks, first come, first served.
 *
 *   waiters      under the mutex of tributary_shared; callbacks are called without it
 *   wake_at      the sum of `consumed` at which the receiver is to act: waiters lower it, the receiver resets it  M3
 *   wake_at of each lane   waiters clear it, the receiver sets it to where that sum is reached, if all comes from this lane
 *   wake_wanted  the receiver sets it, whoever holds the mutex serves it                                        W2
 *
 *   M3  waiter: enter the queue, lower wake_at; fence; look for room     receiver: store consumed; look at the lane's wake_at
 *       The receiver has no fence there (without local fences). A thread that sleeps for a millisecond at most does not mind; one that sleeps
 *       without limit, and a callback, runs a heavy fence before it looks for room.
 *   W2  receiver: set wake_wanted (a read-modify-write); try to lock     holder: unlock; fence; look at wake_wanted
 *       The receiver never waits for the mutex: if it is held, its holder does what is wanted after unlocking.
 *
 * One waiter is woken for half of the capacity, and uses it: waking all for each half had each of them find the others'
 * messages (eight senders, capacity 1024: 13 million messages a second). When the receiver finds nothing it wakes one, too,
 * unless the last one that it has woken is still on its way. Callbacks, and threads that sleep without limit, have no clock to wake
 * them: for such, and before it lets go, the receiver wakes as many as there are free places, each of whom sends, and so brings it
 * back, or declines; and a sender that leaves room wakes the next one as long as there are such. (Waking all of them was quadratic,
 * and put those who found nothing behind the others: 50,000 tasks that wait for 64 places, 80 seconds instead of 1.) */
#ifndef TRIBUTARY_SHARED_WAIT_H
#define TRIBUTARY_SHARED_WAIT_H

#include "core.h"

TRIBUTARY_PRIVATE_BEGIN

/* Sleeps until there is room for one message at least: 0, -EPIPE, -ETIMEDOUT. */
int tributary_shared_wait_for_room(struct tributary_channel *channel, struct tributary_sender *lane,
                                   int64_t deadline);
/* The receiver's: the sum has reached wake_at. */
void tributary_shared_wake_one(struct tributary_channel *channel);
/* The receiver's: as many as there are free places, or all, once it has closed. */
void tributary_shared_wake_for_room(struct tributary_channel *channel);
/* The receiver's: it has found nothing. */
void tributary_shared_wake_for_nothing(struct tributary_channel *channel);
/* The receiver's: it has closed. Calls those who wait for that. */
void tributary_shared_call_closed(struct tributary_channel *channel);
/* A sender's: it has left room. */
void tributary_shared_pass_on(struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

static inline bool tributary_shared_anybody_waits(const struct tributary_channel *channel) {
    return tributary_load_relaxed(&channel->shared->back.waiting.first) != NULL;
}

#endif
