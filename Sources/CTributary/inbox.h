/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: what has something to say enqueues itself once, when it becomes ready. A wait-free queue of
 * liburcu plus the receiver's parker. It knows no element type; its nodes name their owner.
 *
 *   enqueuer                                receiver
 *     exchange the tail     (full fence)      parker: prepare
 *     link                                    full fence                       (F3)
 *     parker not EMPTY? wake           (F3)   inbox empty? (reads the tail)    then sleep
 *
 * wfcqueue: Mathieu Desnoyers and Lai Jiangshan; enqueue is wait-free, dequeue is the receiver's alone. Only
 * its nonblocking calls are used. A producer stopped between its exchange and its link hides the entries
 * behind it from the receiver, never the lanes that are in the ready ring already.
 *
 * The entry before it cannot be dequeued either, since its link is what that producer still owes. It is taken all the same, and
 * *held*: its node stays the queue's first, so until it is dequeued its owner must not be freed, and READY not be cleared, or it would be
 * enqueued a second time. */
#ifndef TRIBUTARY_INBOX_H
#define TRIBUTARY_INBOX_H

#include <stdbool.h>
#include <urcu/wfcqueue.h> /* some processors' headers need _GNU_SOURCE */
#include "parker.h"

/* What enqueues itself: a lane, or the shared messages of a channel as a whole. At most once each, by the rule of the
 * ready flag: whoever sets it from clear enqueues. */
struct tributary_inbox_node {
    struct cds_wfcq_node node;
    struct tributary_sender *lane; /* NULL: the channel's shared messages */
};

struct tributary_inbox {
    struct cds_wfcq_tail tail;   /* enqueuers exchange */
    struct __cds_wfcq_head head; /* the receiver, and the enqueuer into an empty inbox */
    struct tributary_parker_state *parker;
    struct tributary_inbox_node *held; /* the receiver alone: taken, and still the queue's first */
};

static inline void tributary_inbox_enqueue(struct tributary_inbox *inbox,
                                           struct tributary_inbox_node *node) {
    cds_wfcq_node_init(&node->node);
    /* I1: what the node's owner wrote before is the dequeuer's to read. */
    tributary_sanitizer_release(node);
    cds_wfcq_enqueue(&inbox->head, &inbox->tail, &node->node);
}

/* After a change that the receiver may wait for, and a read-modify-write or a full fence behind it (F3): an enqueue's exchange of the
 * tail is one. */
static inline bool tributary_inbox_wake_fenced(struct tributary_inbox *inbox) {
    tributary_fence_after_read_modify_write();
    return tributary_parker_wake(inbox->parker);
}

/* After a change without either. */
static inline bool tributary_inbox_wake(struct tributary_inbox *inbox) {
    tributary_fence_full(); /* F3 */
    return tributary_parker_wake(inbox->parker);
}

static inline bool tributary_inbox_empty(struct tributary_inbox *inbox) {
    return cds_wfcq_empty(&inbox->head, &inbox->tail);
}

/* Whether the node was taken and is still in the queue. */
static inline bool tributary_inbox_holds(const struct tributary_inbox *inbox,
                                         const struct tributary_inbox_node *node) {
    return inbox->held == node;
}

/* Whether there is an entry to take, or the held one can be dequeued now. */
static inline bool tributary_inbox_has_entry(struct tributary_inbox *inbox) {
    struct cds_wfcq_node *node = __cds_wfcq_first_nonblocking(&inbox->head, &inbox->tail);
    if (node == NULL || node == CDS_WFCQ_WOULDBLOCK) return false;
    if (inbox->held == NULL || node != &inbox->held->node) return true;
    return __cds_wfcq_next_nonblocking(&inbox->head, &inbox->tail, node) != CDS_WFCQ_WOULDBLOCK;
}

/* A producer stands between its exchange and its link, and nothing can be taken until it goes on. */
static inline bool tributary_inbox_is_held_up(struct tributary_inbox *inbox) {
    return !tributary_inbox_empty(inbox) && !tributary_inbox_has_entry(inbox);
}

/* The next entry: NULL when there is none, or when its producer has not linked it yet. */
static inline struct tributary_inbox_node *tributary_inbox_take(struct tributary_inbox *inbox) {
    struct cds_wfcq_node *node;
    do {
        node = __cds_wfcq_dequeue_nonblocking(&inbox->head, &inbox->tail);
        if (node == NULL) return NULL;
        if (node == CDS_WFCQ_WOULDBLOCK) {
            node = inbox->held != NULL ? NULL : __cds_wfcq_first_nonblocking(&inbox->head, &inbox->tail);
            if (node == NULL || node == CDS_WFCQ_WOULDBLOCK) return NULL;
            inbox->held = (struct tributary_inbox_node *)(void *)node;
            break;
        }
        if (inbox->held == NULL || node != &inbox->held->node) break;
        inbox->held = NULL; /* was taken before */
    } while (true);
    tributary_sanitizer_acquire(node); /* I1 */
    return (struct tributary_inbox_node *)(void *)node;
}

#endif
