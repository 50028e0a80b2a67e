/* SPDX-License-Identifier: Apache-2.0 */
/* liburcu's lock-free queue: that of Michael and Scott, whose nodes are reclaimed after a grace period. The flavour of
 * RCU is the one whose threads need not register. There are no waits. */
#define _LGPL_SOURCE /* inline, as a program has it whose licence allows that */
#include <stdlib.h>
#include <urcu/urcu-bp.h>
/* After the flavour, which its names come from. */
#include <urcu/rculfqueue.h>

#include "../../support/implementation.h"
#include "../../support/message.h"
#include "backoff.h"

typedef struct cds_lfq_queue_rcu queue;
typedef queue queue_sender;

struct lfqueue_node {
    struct cds_lfq_node_rcu node;
    struct rcu_head reclamation;
    uint64_t words[];
};

static void lfqueue_reclaim(struct rcu_head *head) {
    free(caa_container_of(head, struct lfqueue_node, reclamation));
}

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    if (cell->capacity != 0)
        fail("rculfqueue is unbounded");
    queue *queue = malloc(sizeof *queue);
    if (queue == NULL)
        fail("no memory for a queue");
    cds_lfq_init_rcu(queue, urcu_bp_call_rcu);
    return queue;
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    if (cds_lfq_destroy_rcu(queue) != 0)
        fail("the queue is not empty");
    urcu_bp_barrier();
    free(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    return queue;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    (void)sender;
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    struct lfqueue_node *node = malloc(sizeof *node + size);
    if (node == NULL)
        fail("no memory for a message");
    cds_lfq_node_init_rcu(&node->node);
    memcpy(node->words, message, size);
    urcu_bp_read_lock();
    cds_lfq_enqueue_rcu(sender, &node->node);
    urcu_bp_read_unlock();
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    struct cds_lfq_node_rcu *found;
    for (unsigned looks = 0;;) {
        urcu_bp_read_lock();
        found = cds_lfq_dequeue_rcu(queue);
        urcu_bp_read_unlock();
        if (found != NULL)
            break;
        backoff_wait(&looks);
    }
    struct lfqueue_node *node = caa_container_of(found, struct lfqueue_node, node);
    memcpy(message, node->words, size);
    urcu_bp_call_rcu(&node->reclamation, lfqueue_reclaim);
}

/* Received nodes wait for a grace period: what is pending is no memory that the queue keeps. */
#define QUEUE_SETTLE() urcu_bp_barrier()

#include "../../scenarios/announced_wake.h"
#include "../../scenarios/footprint.h"
#include "../../scenarios/one_way_latency.h"
#include "../../scenarios/throughput.h"

const struct implementation liburcu_lfqueue_implementation = {
    .name = "liburcu-lfqueue",
    .throughput = throughput_run,
    .one_way_latency = one_way_latency_run,
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
};
