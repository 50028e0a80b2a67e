/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox: what has something to say enqueues itself once. A wait-free queue of liburcu plus the
 * receiver's parker. It knows no element type; its nodes name their owner.
 *
 *   enqueuer                                receiver
 *     exchange the tail     (full fence)      parker: prepare
 *     link                                    full fence                       (F3)
 *     parker not EMPTY? wake           (F3)   inbox empty? (reads the tail)    then sleep
 *
 * wfcqueue: Mathieu Desnoyers and Lai Jiangshan; enqueue is wait-free, dequeue is the receiver's alone. Only
 * its nonblocking calls are used. A producer stopped between its exchange and its link hides the entries
 * behind it from the receiver, never the lanes that are in the ready ring already. */
#ifndef TRIBUTARY_INBOX_H
#define TRIBUTARY_INBOX_H

#include <stdbool.h>
#include <urcu/wfcqueue.h>
#include "parker.h"

/* What a node is part of; kept in the low bits of the owner's address. */
enum {
    TRIBUTARY_NODE_LANE = 0,       /* owner: the lane */
    TRIBUTARY_NODE_CELL = 1,       /* owner: the channel; the message lies behind the node */
    TRIBUTARY_NODE_BOXED_CELL = 2, /* owner: the channel; a pointer to the message lies there */
    TRIBUTARY_NODE_KIND_MASK = 3
};

struct tributary_inbox_node {
    struct cds_wfcq_node node;
    uintptr_t owner;
};

/* The tail's line carries the count of shared messages too: an enqueuer that has taken the line for the
 * one has it for the other (see shared_sender.c). */
struct tributary_inbox_tail {
    struct cds_wfcq_tail tail; /* enqueuers exchange */
    uint64_t sent;             /* shared messages admitted, the top bit: closed */
    uint64_t limit;            /* shared messages that may be admitted, as last seen by a sender */
    uint64_t withdrawn;        /* counted in `sent` by a sender that a close overtook */
    uint64_t dropped;          /* shared messages destroyed by the overflow policy */
    uint64_t calls_full;
    uint64_t retries;
    uint64_t parks;
};

struct tributary_inbox {
    struct tributary_inbox_tail *tail;
    struct __cds_wfcq_head *head;
    struct tributary_parker_state *parker;
};

static inline void tributary_inbox_enqueue(struct tributary_inbox *inbox,
                                           struct tributary_inbox_node *node) {
    cds_wfcq_node_init(&node->node);
    /* I1: what the node's owner wrote before is the dequeuer's to read. */
    tributary_sanitizer_release(node);
    cds_wfcq_enqueue(inbox->head, &inbox->tail->tail, &node->node);
}

/* After an enqueue, whose exchange of the tail was the full fence (F3). */
static inline bool tributary_inbox_wake_enqueued(struct tributary_inbox *inbox) {
    tributary_fence_compiler();
    return tributary_parker_wake(inbox->parker);
}

/* After another change that the receiver may wait for. */
static inline bool tributary_inbox_wake(struct tributary_inbox *inbox) {
    tributary_fence_full(); /* F3 */
    return tributary_parker_wake(inbox->parker);
}

static inline bool tributary_inbox_empty(struct tributary_inbox *inbox) {
    return cds_wfcq_empty(inbox->head, &inbox->tail->tail);
}

/* NULL when empty, or when the next entry's producer has not linked it yet. */
static inline struct tributary_inbox_node *tributary_inbox_dequeue(struct tributary_inbox *inbox) {
    struct cds_wfcq_node *node = __cds_wfcq_dequeue_nonblocking(inbox->head, &inbox->tail->tail);
    if (node == NULL || node == CDS_WFCQ_WOULDBLOCK) return NULL;
    tributary_sanitizer_acquire(node); /* I1 */
    return (struct tributary_inbox_node *)(void *)node;
}

#endif
