/* SPDX-License-Identifier: Apache-2.0 */
/* Shared messages: any thread sends, in one order.
 *
 * A shared message takes a ticket, by an addition to one word, and lies in a lane of the thread that sends it
 * (thread_lane.h), next to its ticket. The receiver takes ticket after ticket: it is in the lane where it found the one
 * before, or at the head of another. So a message costs one read-modify-write of a shared line, and memory is written and
 * read in runs. (With one queue of cells for all, there were two, and neighbouring messages shared lines.)
 *
 *   sent      senders add, once per message; the close sets the top bit                                     M1
 *   released  the receiver stores (release) how many it has taken; a sender that seems to be without room
 *             loads (acquire)                                                                               M2
 *   wake_at   sleeping senders lower it to the `released` they wait for, the receiver resets it; against
 *             `released` a Dekker pair                                                                      M3
 *   ready     as a lane's READY: whoever sets it from clear enqueues the shared messages as a whole into the
 *             inbox; against `sent` a Dekker pair                                                           M4
 *
 *   M4  sender: add to sent; fence; look at ready      receiver: clear ready; fence; look at sent
 *       On x86 the addition is the fence. A receiver that then sees a ticket out and no message runs a heavy fence, and
 *       looks once more: the sender's publish comes before its look at ready.
 *
 *   invariant: released <= sent <= released + capacity
 *
 * The order agrees with real time: the addition lies between the call and the return of each send. Whoever has a
 * ticket publishes without waiting for anyone, so after a close the receiver knows how many messages are still to come. A
 * sender stopped between the two holds up the shared messages behind it, and nobody else. */
#ifndef TRIBUTARY_SHARED_H
#define TRIBUTARY_SHARED_H

#include "event_count.h"
#include "inbox.h"

enum {
    TRIBUTARY_SHARED_QUIET = 0,
    TRIBUTARY_SHARED_READY = 1,
    TRIBUTARY_SHARED_ORPHANED = 2 /* the receiver is gone: a sender destroys what it has published */
};

/* The top bit of `sent`. */
#define TRIBUTARY_SHARED_CLOSED (UINT64_C(1) << 63)

/* What a send writes. */
struct tributary_shared_front {
    uint64_t sent;
    uint64_t limit; /* tickets that may be given out, as last seen by a sender */
    uint32_t ready;
    uint32_t spin;       /* see spin.h */
    uint64_t dropped;    /* the rest: statistics */
    uint64_t calls_full;
    uint64_t retries;
    uint64_t slow_paths;
    uint64_t parks;
};

/* What a receive writes. */
struct tributary_shared_back {
    uint64_t released;
    uint64_t closed_at;              /* tickets that were given out before the close */
    uint64_t wake_at;
    struct tributary_sender *current; /* the lane of the ticket before */
    struct tributary_sender *lanes;   /* all threads' lanes: senders push, under the threads' mutex (T1) */
    struct tributary_inbox_node node;
    struct tributary_event_count room; /* where senders sleep when full */
};

#endif
