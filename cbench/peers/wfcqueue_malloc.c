/* SPDX-License-Identifier: Apache-2.0 */
/* Baseline: liburcu's wait-free queue as it is commonly used, one malloc and one free a message.
 * It has no bound and no sleep: the receiver polls, and yields when it finds nothing. */
#include <sched.h>
#include <stdlib.h>
#include <urcu/wfcqueue.h>

#include "../support/implementation.h"
#include "../support/message.h"

typedef struct wfcqueue_malloc {
    struct cds_wfcq_head head;
    char padding[128];
    struct cds_wfcq_tail tail;
} queue;

typedef queue queue_sender;

struct wfcqueue_malloc_node {
    struct cds_wfcq_node node;
    uint64_t words[];
};

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    if (cell->capacity != 0)
        fail("wfcqueue-malloc is unbounded");
    queue *queue = malloc(sizeof *queue);
    if (queue == NULL)
        fail("no memory for a queue");
    cds_wfcq_init(&queue->head, &queue->tail);
    return queue;
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    cds_wfcq_destroy(&queue->head, &queue->tail);
    free(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    return queue;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    (void)sender;
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    struct wfcqueue_malloc_node *node = malloc(sizeof *node + size);
    if (__builtin_expect(node == NULL, 0))
        fail("no memory for a message");
    cds_wfcq_node_init(&node->node);
    memcpy(node->words, message, size);
    cds_wfcq_enqueue(&sender->head, &sender->tail, &node->node);
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    struct cds_wfcq_node *found;
    while ((found = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail)) == NULL ||
           found == CDS_WFCQ_WOULDBLOCK)
        sched_yield();
    struct wfcqueue_malloc_node *node = caa_container_of(found, struct wfcqueue_malloc_node, node);
    memcpy(message, node->words, size);
    free(node);
}

#include "../scenarios/footprint.h"
#include "../scenarios/one_way_latency.h"
#include "../scenarios/pair_latency.h"
#include "../scenarios/send_latency.h"
#include "../scenarios/throughput.h"

const struct implementation wfcqueue_malloc_implementation = {
    .name = "wfcqueue-malloc",
    .throughput = throughput_run,
    .send_latency = send_latency_run,
    .pair_latency = pair_latency_run,
    .one_way_latency = one_way_latency_run,
    .footprint = footprint_run,
};
