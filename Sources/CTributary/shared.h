/* SPDX-License-Identifier: Apache-2.0 */
/* Shared messages: any thread sends, in one order.
 *
 * A shared message lies in a lane of the thread that sends it (thread_lane.h). Its stamp is the number of the *turn* in which it
 * was sent. Stamps stand behind the slots of a segment: that of the segment's first message, and those of the first message of each
 * turn. A word that none was written to since the segment was last used is older than the segment's first, so that the newest one up
 * to a message is that message's. `changed_at`, beside `published` (L1), is where the lane's last turn begins: a hint. A thread that finds that the turn is its own sends without a read-modify-write; one that does
 * not takes the next turn, with one (shared_turn.h). The receiver merges the lanes by stamp.
 *
 * The order agrees with real time. Let a's send have returned before b's began. a's stamp was the turn, or an older one,
 * when a's send looked at it; b looks later; so b's stamp is not the smaller one, and where they are equal the two are of one
 * lane. The receiver (shared_receiver.c) looks at the turn first, then at the lanes. What it then finds with an older stamp than that
 * turn was begun before the turn was taken, and whatever came before it was published by then, so it is found too. Of the
 * turn itself only what was there before it looked at the other lanes is taken.
 *
 *   turn      whoever sends and does not have it adds one; sender and receiver load it                      M1
 *   consumed  of each lane, as of any lane; senders without room add them up                                M2
 *   wake_at   against `consumed` a Dekker pair: shared_wait.h                                               M3
 *   state     as a lane's, for all thread lanes together: against their `published` a Dekker pair           F1
 *             and against the parker's word one of those who found READY set                                F3
 *   closed_at of each thread lane: which of its messages the close lets through                             K1
 *   shared    of the channel: the words of tributary_shared, allocated with its first shared sender        T3
 *
 * A sender that stands still in the middle of a send holds up nobody: no order waits for its message. (It keeps the place that it has
 * begun to use.) Nor if it has set READY and is to enqueue them all, or to wake the receiver (unless it has taken the receiver's word:
 * parker.h): the receiver looks at the lanes whenever READY is set (run.c), also as the last thing before it sleeps, and who finds READY
 * without TAKEN looks for a sleeping receiver (lane_sender.c). None streams without TAKEN either: with it the receiver lets go before it sleeps. */
#ifndef TRIBUTARY_SHARED_H
#define TRIBUTARY_SHARED_H

#include <pthread.h>
#include <tributary/shared_sender.h>
#include "inbox.h"

/* What senders write. */
struct tributary_shared_front {
    uint64_t turn;
    uint32_t state; /* TRIBUTARY_LANE_READY, _TAKEN, _STREAMING, _CLOSED */
};

/* What the receiver writes. */
struct tributary_shared_back {
    uint64_t wake_at;
    struct tributary_sender *current; /* the lane of the message before */
    struct tributary_sender *lanes;   /* all threads' lanes: senders push, under the threads' mutex (T1) */
    uint64_t turn;  /* as of the last look (senders load it, for a guess), which looked at this lane first: */
    struct tributary_sender *first;
    struct tributary_inbox_node node;
    struct tributary_shared_waiting { /* who waits for room: shared_wait.h */
        tributary_shared_waiter *first, *last;
        tributary_shared_waiter *for_close; /* who waits for nothing but the close, in no order */
        uint64_t rest;    /* so many are yet to be woken, one by one */
        uint32_t for_any; /* of them, for any room at all: callbacks, and threads without limit */
        uint32_t wake_wanted;
        uint64_t woken_at; /* the receiver alone: messages consumed when it last woke one for having found nothing */
    } waiting;
};

/* What a channel has from its first shared sender on: one that never has one does without. The front is not among it: a send that looks
 * for it here pays 0.2 ns of 3.5 (measured: docs/design.md). */
struct tributary_shared {
    _Alignas(128) struct tributary_shared_back back;
    uint32_t processors; /* of the process, when this was allocated */
    _Alignas(128) pthread_mutex_t mutex; /* of the waiters, and of the lane that shared senders take turns on */
};

#endif
