/* SPDX-License-Identifier: Apache-2.0 */
/* liburcu's wait-free queue with the nodes of a run laid out beforehand, one after another, for each producer: what the
 * queue itself costs, without an allocator. A program that knows its number of messages could do so. */
#define _LGPL_SOURCE /* inline, as a program has it whose licence allows that */
#include <stdlib.h>
#include <urcu/wfcqueue.h>

#include "../../support/implementation.h"
#include "../../support/message.h"
#include "../wfcqueue_batches.h"
#include "backoff.h"

typedef struct wfcqueue_preallocated {
    struct cds_wfcq_head head;
    char padding[128];
    struct cds_wfcq_tail tail;
    struct wfcqueue_own taken; /* by the receiver, in batches */
    size_t node_bytes;
    size_t share; /* messages of the producer that has the most */
} queue;

typedef struct queue_sender {
    queue *queue;
    unsigned char *next;
    unsigned char *nodes;
} queue_sender;

struct wfcqueue_preallocated_node {
    struct cds_wfcq_node node;
    uint64_t words[];
};

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    if (cell->capacity != 0)
        fail("wfcqueue is unbounded");
    queue *queue = malloc(sizeof *queue);
    if (queue == NULL)
        fail("no memory for a queue");
    queue->node_bytes = sizeof(struct wfcqueue_preallocated_node) + cell->payload_bytes;
    queue->share = cell_share(cell, 0);
    cds_wfcq_init(&queue->head, &queue->tail);
    wfcqueue_own_initialize(&queue->taken);
    return queue;
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    cds_wfcq_destroy(&queue->head, &queue->tail);
    free(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    queue_sender *sender = malloc(sizeof *sender);
    size_t bytes = queue->share * queue->node_bytes;
    unsigned char *nodes = malloc(bytes);
    if (sender == NULL || nodes == NULL)
        fail("no memory for %zu nodes", queue->share);
    /* Touched, so that no page fault is timed. */
    memset(nodes, 0, bytes);
    *sender = (queue_sender){queue, nodes, nodes};
    return sender;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    free(sender->nodes);
    free(sender);
}

MESSAGE_INLINE struct cds_wfcq_node *wfcqueue_preallocated_node(queue_sender *sender,
                                                                const void *message, size_t size) {
    struct wfcqueue_preallocated_node *node = (void *)sender->next;
    sender->next += sizeof *node + size;
    cds_wfcq_node_init(&node->node);
    memcpy(node->words, message, size);
    return &node->node;
}

MESSAGE_INLINE void wfcqueue_preallocated_read(struct cds_wfcq_node *found, void *message,
                                               size_t size) {
    memcpy(message, caa_container_of(found, struct wfcqueue_preallocated_node, node)->words, size);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    cds_wfcq_enqueue(&sender->queue->head, &sender->queue->tail,
                     wfcqueue_preallocated_node(sender, message, size));
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    struct cds_wfcq_node *found;
    unsigned looks = 0;
    while ((found = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail)) == NULL ||
           found == CDS_WFCQ_WOULDBLOCK)
        backoff_wait(&looks);
    wfcqueue_preallocated_read(found, message, size);
}

#define QUEUE_HAS_BATCH 1

MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    struct wfcqueue_own own;
    wfcqueue_own_initialize(&own);
    for (size_t index = 0; index < count; index++)
        wfcqueue_own_add(&own, wfcqueue_preallocated_node(
                                   sender, (const char *)messages + index * size, size));
    wfcqueue_own_append_to(&own, &sender->queue->head, &sender->queue->tail);
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t maximum,
                                          size_t size) {
    struct cds_wfcq_node *found;
    for (unsigned looks = 0; (found = wfcqueue_own_next(&queue->taken)) == NULL;)
        if (!wfcqueue_own_take_all(&queue->taken, &queue->head, &queue->tail))
            backoff_wait(&looks);
    size_t count = 0;
    do
        wfcqueue_preallocated_read(found, (char *)messages + count++ * size, size);
    while (count < maximum && (found = wfcqueue_own_next(&queue->taken)) != NULL);
    return count;
}

#include "../../scenarios/announced_wake.h"
#include "../../scenarios/one_way_latency.h"
#include "../../scenarios/throughput.h"

const struct implementation wfcqueue_preallocated_implementation = {
    .name = "wfcqueue-preallocated",
    .throughput = throughput_run,
    .one_way_latency = one_way_latency_run,
    .announced_wake = announced_wake_run,
};
