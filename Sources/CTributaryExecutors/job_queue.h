/* SPDX-License-Identifier: Apache-2.0 */
/* A queue of jobs from anywhere for one taker: liburcu's wait-free queue, whose nodes are the jobs, and behind it the
 * taker's own list of background jobs that it has passed over.
 *
 *   tail               enqueuers exchange it, and the taker when it takes the last node
 *   head, background   the taker's; the enqueuer into an empty queue links to head
 *
 * First in, first out within a class. An enqueue is wait-free: an exchange (announce) and a store (link). J1: what the
 * enqueuer wrote before is the taker's to read.
 *
 * The link is the enqueuer's last access to the queue. A job that can be taken can be run, and may end the executor with its
 * queue; one that is announced only cannot. So whatever the enqueuer has to look at (does the taker sleep, has it
 * stopped) it looks at between the two. An enqueuer stopped there hides what was enqueued behind it until it goes on.
 *
 * wfcqueue: Mathieu Desnoyers and Lai Jiangshan. Only its nonblocking calls are used, and its append is written out here
 * to have its two steps apart. */
#ifndef TRIBUTARY_EXECUTORS_JOB_QUEUE_H
#define TRIBUTARY_EXECUTORS_JOB_QUEUE_H

#include <tributary/internal/atomics.h>
#include "job.h"

struct tributary_job_queue {
    struct cds_wfcq_tail tail;
    struct __cds_wfcq_head head;
    struct cds_wfcq_node *background_first;
    struct cds_wfcq_node *background_last;
    uint32_t streak; /* foreground jobs in a row while background ones waited */
};

static inline void tributary_job_queue_initialize(struct tributary_job_queue *queue) {
    __cds_wfcq_init(&queue->head, &queue->tail);
    queue->background_first = queue->background_last = NULL;
    queue->streak = 0;
}

/* From any thread: returns what `link` needs. A full fence, where read-modify-writes are fences. */
static inline struct cds_wfcq_node *tributary_job_queue_announce(struct tributary_job_queue *queue,
                                                                 struct tributary_job *job) {
    cds_wfcq_node_init(&job->node);
    tributary_sanitizer_release(&job->node); /* J1, for the dequeue that the sanitizer does not see */
    return tributary_exchange_acquire_release(&queue->tail.p, &job->node);
}

/* The queue is not the caller's to touch any more. */
static inline void tributary_job_queue_link(struct cds_wfcq_node *previous, struct tributary_job *job) {
    tributary_store_release(&previous->next, &job->node); /* J1 */
}

/* True when nothing was announced that has not been dequeued. */
static inline bool tributary_job_queue_inbox_is_empty(struct tributary_job_queue *queue) {
    return cds_wfcq_empty(&queue->head, &queue->tail);
}

/* The taker's: no job at all. */
static inline bool tributary_job_queue_is_empty(struct tributary_job_queue *queue) {
    return queue->background_first == NULL && tributary_job_queue_inbox_is_empty(queue);
}

/* The taker's: a job that can be taken now. */
static inline bool tributary_job_queue_has_job(struct tributary_job_queue *queue) {
    if (queue->background_first != NULL) return true;
    struct cds_wfcq_node *node = __cds_wfcq_first_nonblocking(&queue->head, &queue->tail);
    return node != NULL && node != CDS_WFCQ_WOULDBLOCK;
}

/* The oldest job of any class, or NULL when there is none or its enqueuer has not linked it yet. */
static inline struct tributary_job *tributary_job_queue_dequeue(struct tributary_job_queue *queue) {
    /* J1, twice: the link to the job lies in the head or in the job before it, and a job that was taken is not written
     * any more by whoever linked another to it. The queue's own functions read both in a way that the sanitizer does not see. */
    (void)tributary_load_acquire(&queue->head.node.next);
    struct cds_wfcq_node *node = __cds_wfcq_dequeue_nonblocking(&queue->head, &queue->tail);
    if (node == NULL || node == CDS_WFCQ_WOULDBLOCK) return NULL;
    (void)tributary_load_acquire(&node->next);
    tributary_sanitizer_acquire(node);
    return tributary_job_of_node(node);
}

static inline void tributary_job_queue_pass_over(struct tributary_job_queue *queue,
                                                 struct tributary_job *job) {
    job->node.next = NULL;
    if (queue->background_first == NULL)
        queue->background_first = &job->node;
    else
        queue->background_last->next = &job->node;
    queue->background_last = &job->node;
}

static inline struct tributary_job *
tributary_job_queue_take_background(struct tributary_job_queue *queue) {
    struct cds_wfcq_node *node = queue->background_first;
    if (node == NULL) return NULL;
    queue->background_first = node->next;
    queue->streak = 0;
    return tributary_job_of_node(node);
}

/* The next job: the oldest foreground one, else the oldest background one. O(1), amortized: each job is passed over once
 * at most. */
static inline struct tributary_job *tributary_job_queue_take(struct tributary_job_queue *queue) {
    if (queue->streak >= TRIBUTARY_CLASS_STREAK && queue->background_first != NULL)
        return tributary_job_queue_take_background(queue);
    struct tributary_job *job;
    while ((job = tributary_job_queue_dequeue(queue)) != NULL) {
        if (tributary_job_class(job) == TRIBUTARY_CLASS_FOREGROUND) {
            if (queue->background_first != NULL) queue->streak++;
            return job;
        }
        tributary_job_queue_pass_over(queue, job);
    }
    return tributary_job_queue_take_background(queue);
}

#endif
