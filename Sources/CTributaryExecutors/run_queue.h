/* SPDX-License-Identifier: Apache-2.0 */
/* A work-stealing queue: one worker puts jobs in, that worker and thieves take them out, all in the order they were put
 * in. Bounded: what does not fit goes to the worker's inbox.
 *
 *   tail    the owner's. R1: its release store publishes the slots before it, a thief's acquire load reads them
 *   head    owner and thieves advance it by compare-exchange. R2: its release gives slots back to the owner, whose acquire
 *           load lets it write them again
 *   slots   written by the owner while they are outside of [head, tail). A thief may read one that the owner is already
 *           writing again; then its compare-exchange fails, since head has moved
 *
 * First in, first out for the owner too, unlike the deques of fork-join schedulers (Chase and Lev): a task that yields
 * has to go behind the others. The scheme is that of the run queues of Go's and Tokio's schedulers. The counters are as
 * wide as a word: a thief would have to stand still for 2^64 jobs to mistake head for an old value. */
#ifndef TRIBUTARY_EXECUTORS_RUN_QUEUE_H
#define TRIBUTARY_EXECUTORS_RUN_QUEUE_H

#include <stdalign.h>
#include <tributary/internal/atomics.h>
#include "job.h"

enum { TRIBUTARY_RUN_QUEUE_CAPACITY = 256 };

struct tributary_run_queue {
    alignas(64) size_t head;
    alignas(64) size_t tail;
    struct tributary_job *slots[TRIBUTARY_RUN_QUEUE_CAPACITY];
};

static inline struct tributary_job **tributary_run_queue_slot(struct tributary_run_queue *queue,
                                                              size_t index) {
    return &queue->slots[index % TRIBUTARY_RUN_QUEUE_CAPACITY];
}

/* The owner's: how many more fit. */
static inline size_t tributary_run_queue_room(struct tributary_run_queue *queue) {
    return TRIBUTARY_RUN_QUEUE_CAPACITY - (queue->tail - tributary_load_acquire(&queue->head)); /* R2 */
}

/* From any thread; may be outdated at once. */
static inline bool tributary_run_queue_is_empty(struct tributary_run_queue *queue) {
    return tributary_load_acquire(&queue->head) == tributary_load_acquire(&queue->tail);
}

/* The owner's. False: full. */
static inline bool tributary_run_queue_put(struct tributary_run_queue *queue,
                                           struct tributary_job *job) {
    if (tributary_run_queue_room(queue) == 0) return false;
    tributary_store_relaxed(tributary_run_queue_slot(queue, queue->tail), job);
    tributary_store_release(&queue->tail, queue->tail + 1); /* R1 */
    return true;
}

/* The owner's. */
static inline struct tributary_job *tributary_run_queue_take(struct tributary_run_queue *queue) {
    size_t head = tributary_load_acquire(&queue->head);
    for (;;) {
        if (head == queue->tail) return NULL;
        struct tributary_job *job = tributary_load_relaxed(tributary_run_queue_slot(queue, head));
        if (tributary_compare_exchange_acquire_release(&queue->head, &head, head + 1)) return job;
    }
}

/* Another owner's: moves half of the jobs into its own queue, all but the first, which it returns. NULL: there are
 * fewer than `least`, or others were faster. */
static inline struct tributary_job *tributary_run_queue_steal(struct tributary_run_queue *victim,
                                                              struct tributary_run_queue *own,
                                                              size_t least) {
    size_t head = tributary_load_acquire(&victim->head);
    for (;;) {
        size_t count = tributary_load_acquire(&victim->tail) - head; /* R1 */
        if (count < least) return NULL;
        if (count > TRIBUTARY_RUN_QUEUE_CAPACITY) { /* head is outdated */
            head = tributary_load_acquire(&victim->head);
            continue;
        }
        size_t share = count - count / 2;
        size_t room = tributary_run_queue_room(own) + 1;
        if (share > room) share = room;
        struct tributary_job *first = tributary_load_relaxed(tributary_run_queue_slot(victim, head));
        for (size_t i = 1; i < share; i++)
            tributary_store_relaxed(
                tributary_run_queue_slot(own, own->tail + i - 1),
                tributary_load_relaxed(tributary_run_queue_slot(victim, head + i)));
        if (tributary_compare_exchange_acquire_release(&victim->head, &head, head + share)) { /* R2 */
            tributary_store_release(&own->tail, own->tail + share - 1);                       /* R1 */
            return first;
        }
    }
}

#endif
