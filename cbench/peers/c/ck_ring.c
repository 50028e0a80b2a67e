/* SPDX-License-Identifier: Apache-2.0 */
/* Concurrency Kit's ring, many producers and one consumer, messages in place. A ring of 1024 entries holds 1023. There
 * are no waits. */
#include <ck_ring.h>
#include <stdlib.h>

#include "../../support/implementation.h"
#include "../../support/message.h"
#include "backoff.h"

struct message_8 { uint64_t words[1]; };
struct message_64 { uint64_t words[8]; };
struct message_256 { uint64_t words[32]; };

CK_RING_PROTOTYPE(small, message_8)
CK_RING_PROTOTYPE(medium, message_64)
CK_RING_PROTOTYPE(large, message_256)

typedef struct ck_ring_queue {
    ck_ring_t ring;
    void *buffer;
} queue;

typedef queue queue_sender;

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    if (cell->capacity < 4 || (cell->capacity & (cell->capacity - 1)) != 0)
        fail("ck_ring has a power of two as its capacity");
    queue *queue = aligned_alloc(CK_MD_CACHELINE, (sizeof *queue + CK_MD_CACHELINE - 1) /
                                                      CK_MD_CACHELINE * CK_MD_CACHELINE);
    void *buffer = malloc(cell->capacity * cell->payload_bytes);
    if (queue == NULL || buffer == NULL)
        fail("no memory for a queue");
    queue->buffer = buffer;
    ck_ring_init(&queue->ring, (unsigned)cell->capacity);
    return queue;
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    free(queue->buffer);
    free(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    return queue;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    (void)sender;
}

MESSAGE_INLINE bool try_send(queue_sender *sender, const void *message, size_t size) {
    if (size == 8)
        return ck_ring_enqueue_mpsc_small(&sender->ring, sender->buffer,
                                          (struct message_8 *)message);
    if (size == 64)
        return ck_ring_enqueue_mpsc_medium(&sender->ring, sender->buffer,
                                           (struct message_64 *)message);
    return ck_ring_enqueue_mpsc_large(&sender->ring, sender->buffer,
                                      (struct message_256 *)message);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    for (unsigned looks = 0; !try_send(sender, message, size);)
        backoff_wait(&looks);
}

MESSAGE_INLINE bool try_receive(queue *queue, void *message, size_t size) {
    if (size == 8)
        return ck_ring_dequeue_mpsc_small(&queue->ring, queue->buffer, message);
    if (size == 64)
        return ck_ring_dequeue_mpsc_medium(&queue->ring, queue->buffer, message);
    return ck_ring_dequeue_mpsc_large(&queue->ring, queue->buffer, message);
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    for (unsigned looks = 0; !try_receive(queue, message, size);)
        backoff_wait(&looks);
}

#include "../../scenarios/announced_wake.h"
#include "../../scenarios/footprint.h"
#include "../../scenarios/one_way_latency.h"
#include "../../scenarios/throughput.h"

const struct implementation ck_ring_implementation = {
    .name = "ck-ring",
    .throughput = throughput_run,
    .one_way_latency = one_way_latency_run,
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
};
