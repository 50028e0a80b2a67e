/* SPDX-License-Identifier: Apache-2.0 */
/* The shared messages of a channel: a wait-free queue of cells (liburcu's wfcqueue), and what bounds it.
 *
 *   tail      senders exchange; what they wrote into the cell before is the receiver's to read              M0
 *   sent      senders add, once per message, before its cell is enqueued; the close sets the top bit        M1
 *   released  the receiver stores (release) how many it has taken; a sender that seems to be without room
 *             loads (acquire)                                                                               M2
 *   wake_at   sleeping senders lower it to the `released` they wait for, the receiver resets it; against
 *             `released` a Dekker pair                                                                      M3
 *   ready     as a lane's READY: whoever sets it from clear enqueues the queue as a whole into the inbox    M4
 *
 *   M4  sender: exchange the tail (a full fence); look at ready     receiver: clear ready; fence; queue empty?
 *
 *   invariant: sent - released <= capacity
 *
 * The order of the messages is that of the tail's exchange, which lies between the call and the return of each
 * send. Whoever was counted enqueues without waiting for anyone, so after a close the receiver knows how many
 * messages are still to come. A queue of its own, and not the inbox: there a lane that becomes ready would wait behind
 * all shared messages that were sent before. */
#ifndef TRIBUTARY_SHARED_H
#define TRIBUTARY_SHARED_H

#include "event_count.h"
#include "inbox.h"

/* The top bit of `sent`. */
#define TRIBUTARY_SHARED_CLOSED (UINT64_C(1) << 63)

/* What a send writes: one line, so that whoever has it for the count has it for the tail. */
struct tributary_shared_front {
    struct cds_wfcq_tail tail;
    uint64_t sent;
    uint64_t limit;     /* messages that may be admitted, as last seen by a sender */
    uint32_t ready;
    uint32_t spin;      /* see spin.h */
    uint64_t withdrawn; /* counted in `sent` by a sender that a close overtook */
    uint64_t dropped;   /* the rest: statistics */
    uint64_t calls_full;
    uint64_t retries;
};

/* What a receive writes. */
struct tributary_shared_back {
    struct __cds_wfcq_head head;
    uint64_t released;
    uint64_t closed_at; /* messages that were admitted before the close */
    uint64_t wake_at;
    struct tributary_inbox_node node;
    struct tributary_event_count room; /* where senders sleep when full */
    uint64_t parks;                    /* statistics of the senders */
};

#endif
