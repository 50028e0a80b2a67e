/* SPDX-License-Identifier: Apache-2.0 */
/* Baseline: liburcu's wait-free queue as it is commonly used, one malloc and one free a message.
 * It has no bound and no sleep: the receiver polls, and yields when it finds nothing. */
#define _LGPL_SOURCE /* inline, as a program has it whose licence allows that */
#include <sched.h>
#include <stdlib.h>
#include <urcu/wfcqueue.h>

#include "../support/implementation.h"
#include "../support/message.h"
#include "wfcqueue_batches.h"

typedef struct wfcqueue_malloc {
    struct cds_wfcq_head head;
    char padding[128];
    struct cds_wfcq_tail tail;
    struct wfcqueue_own taken; /* by the receiver, in batches */
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
    wfcqueue_own_initialize(&queue->taken);
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

MESSAGE_INLINE struct cds_wfcq_node *wfcqueue_malloc_node(const void *message, size_t size) {
    struct wfcqueue_malloc_node *node = malloc(sizeof *node + size);
    if (__builtin_expect(node == NULL, 0))
        fail("no memory for a message");
    cds_wfcq_node_init(&node->node);
    memcpy(node->words, message, size);
    return &node->node;
}

MESSAGE_INLINE void wfcqueue_malloc_read(struct cds_wfcq_node *found, void *message, size_t size) {
    struct wfcqueue_malloc_node *node = caa_container_of(found, struct wfcqueue_malloc_node, node);
    memcpy(message, node->words, size);
    free(node);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    cds_wfcq_enqueue(&sender->head, &sender->tail, wfcqueue_malloc_node(message, size));
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    struct cds_wfcq_node *found;
    while ((found = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail)) == NULL ||
           found == CDS_WFCQ_WOULDBLOCK)
        sched_yield();
    wfcqueue_malloc_read(found, message, size);
}

#define QUEUE_HAS_BATCH 1

MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    struct wfcqueue_own own;
    wfcqueue_own_initialize(&own);
    for (size_t index = 0; index < count; index++)
        wfcqueue_own_add(&own, wfcqueue_malloc_node((const char *)messages + index * size, size));
    wfcqueue_own_append_to(&own, &sender->head, &sender->tail);
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t maximum,
                                          size_t size) {
    struct cds_wfcq_node *found;
    while ((found = wfcqueue_own_next(&queue->taken)) == NULL)
        if (!wfcqueue_own_take_all(&queue->taken, &queue->head, &queue->tail))
            sched_yield();
    size_t count = 0;
    do
        wfcqueue_malloc_read(found, (char *)messages + count++ * size, size);
    while (count < maximum && (found = wfcqueue_own_next(&queue->taken)) != NULL);
    return count;
}

#include "../scenarios/announced_wake.h"
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
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
};
