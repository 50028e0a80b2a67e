/* SPDX-License-Identifier: Apache-2.0 */
/* Baseline: a ring under a mutex with two conditions, which most programs would write. Unbounded,
 * the ring doubles when it is full. Conditions are signalled only if somebody waits. */
#include <pthread.h>
#include <stdlib.h>

#include "../support/implementation.h"
#include "../support/message.h"

enum { INITIAL_ROOM = 1024 };

typedef struct mutex_deque {
    pthread_mutex_t mutex;
    pthread_cond_t not_empty;
    pthread_cond_t not_full;
    unsigned waiting_senders;
    unsigned waiting_receivers;
    size_t payload_bytes;
    size_t capacity; /* 0: unbounded */
    size_t room;     /* a power of two */
    size_t head;     /* sent so far */
    size_t tail;     /* received so far */
    unsigned char *ring;
} queue;

typedef queue queue_sender;

static unsigned char *mutex_deque_ring(size_t room, size_t payload_bytes) {
    unsigned char *ring = malloc(room * payload_bytes);
    if (ring == NULL)
        fail("no memory for a ring of %zu messages", room);
    return ring;
}

static void mutex_deque_grow(queue *queue) {
    unsigned char *ring = mutex_deque_ring(queue->room * 2, queue->payload_bytes);
    for (size_t index = queue->tail; index != queue->head; index++)
        memcpy(ring + (index & (queue->room * 2 - 1)) * queue->payload_bytes,
               queue->ring + (index & (queue->room - 1)) * queue->payload_bytes,
               queue->payload_bytes);
    free(queue->ring);
    queue->ring = ring;
    queue->room *= 2;
}

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    queue *queue = calloc(1, sizeof *queue);
    if (queue == NULL)
        fail("no memory for a queue");
    pthread_mutex_init(&queue->mutex, NULL);
    pthread_cond_init(&queue->not_empty, NULL);
    pthread_cond_init(&queue->not_full, NULL);
    queue->payload_bytes = cell->payload_bytes;
    queue->capacity = cell->capacity;
    queue->room = INITIAL_ROOM;
    while (queue->room < cell->capacity)
        queue->room *= 2;
    queue->ring = mutex_deque_ring(queue->room, queue->payload_bytes);
    return queue;
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    pthread_cond_destroy(&queue->not_full);
    pthread_cond_destroy(&queue->not_empty);
    pthread_mutex_destroy(&queue->mutex);
    free(queue->ring);
    free(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    return queue;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    (void)sender;
}

/* With the mutex held. */
MESSAGE_INLINE void mutex_deque_wait_for_room(queue *queue) {
    while (queue->capacity != 0 && queue->head - queue->tail == queue->capacity) {
        queue->waiting_senders++;
        pthread_cond_wait(&queue->not_full, &queue->mutex);
        queue->waiting_senders--;
    }
    if (queue->head - queue->tail == queue->room)
        mutex_deque_grow(queue);
}

MESSAGE_INLINE void mutex_deque_wait_for_message(queue *queue) {
    while (queue->head == queue->tail) {
        queue->waiting_receivers++;
        pthread_cond_wait(&queue->not_empty, &queue->mutex);
        queue->waiting_receivers--;
    }
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    pthread_mutex_lock(&sender->mutex);
    mutex_deque_wait_for_room(sender);
    memcpy(sender->ring + (sender->head & (sender->room - 1)) * size, message, size);
    sender->head++;
    int wake = sender->waiting_receivers != 0;
    pthread_mutex_unlock(&sender->mutex);
    if (wake)
        pthread_cond_signal(&sender->not_empty);
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    pthread_mutex_lock(&queue->mutex);
    mutex_deque_wait_for_message(queue);
    memcpy(message, queue->ring + (queue->tail & (queue->room - 1)) * size, size);
    queue->tail++;
    int wake = queue->waiting_senders != 0;
    pthread_mutex_unlock(&queue->mutex);
    if (wake)
        pthread_cond_signal(&queue->not_full);
}

#define QUEUE_HAS_BATCH 1

/* As many as there is room for, each time that the mutex is taken. */
MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    const unsigned char *next = messages;
    while (count != 0) {
        pthread_mutex_lock(&sender->mutex);
        mutex_deque_wait_for_room(sender);
        size_t limit = sender->capacity != 0 ? sender->capacity : sender->room;
        for (; count != 0 && sender->head - sender->tail < limit; count--, next += size)
            memcpy(sender->ring + (sender->head++ & (sender->room - 1)) * size, next, size);
        int wake = sender->waiting_receivers != 0;
        pthread_mutex_unlock(&sender->mutex);
        if (wake)
            pthread_cond_signal(&sender->not_empty);
    }
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t maximum,
                                          size_t size) {
    unsigned char *next = messages;
    pthread_mutex_lock(&queue->mutex);
    mutex_deque_wait_for_message(queue);
    size_t count = queue->head - queue->tail < maximum ? queue->head - queue->tail : maximum;
    for (size_t index = 0; index < count; index++, next += size)
        memcpy(next, queue->ring + (queue->tail++ & (queue->room - 1)) * size, size);
    int wake = queue->waiting_senders != 0;
    pthread_mutex_unlock(&queue->mutex);
    if (wake)
        pthread_cond_broadcast(&queue->not_full);
    return count;
}

#include "../scenarios/announced_wake.h"
#include "../scenarios/footprint.h"
#include "../scenarios/one_way_latency.h"
#include "../scenarios/pair_latency.h"
#include "../scenarios/round_trip.h"
#include "../scenarios/send_latency.h"
#include "../scenarios/throughput.h"

const struct implementation mutex_deque_implementation = {
    .name = "mutex-deque",
    .throughput = throughput_run,
    .send_latency = send_latency_run,
    .pair_latency = pair_latency_run,
    .one_way_latency = one_way_latency_run,
    .round_trip = round_trip_run,
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
};
