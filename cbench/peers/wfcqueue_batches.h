/* SPDX-License-Identifier: Apache-2.0 */
/* Batches of liburcu's wait-free queue, as its users write them: who sends many gathers them in a queue of its own and
 * appends that with one exchange; the receiver takes all that is there with one exchange and walks through it. */
#ifndef CBENCH_WFCQUEUE_BATCHES_H
#define CBENCH_WFCQUEUE_BATCHES_H

#include <stdbool.h>
#include <urcu/wfcqueue.h>

/* What one thread alone uses. */
struct wfcqueue_own {
    struct __cds_wfcq_head head;
    struct cds_wfcq_tail tail;
};

static inline void wfcqueue_own_initialize(struct wfcqueue_own *own) {
    __cds_wfcq_init(&own->head, &own->tail);
}

static inline void wfcqueue_own_add(struct wfcqueue_own *own, struct cds_wfcq_node *node) {
    cds_wfcq_enqueue(&own->head, &own->tail, node);
}

static inline void wfcqueue_own_append_to(struct wfcqueue_own *own, struct cds_wfcq_head *head,
                                          struct cds_wfcq_tail *tail) {
    __cds_wfcq_splice_blocking(head, tail, &own->head, &own->tail);
}

/* False if there was nothing, or if a producer is in the middle of adding the first. */
static inline bool wfcqueue_own_take_all(struct wfcqueue_own *own, struct cds_wfcq_head *head,
                                         struct cds_wfcq_tail *tail) {
    enum cds_wfcq_ret result =
        __cds_wfcq_splice_nonblocking(&own->head, &own->tail, head, tail);
    return result == CDS_WFCQ_RET_DEST_EMPTY || result == CDS_WFCQ_RET_DEST_NON_EMPTY;
}

/* NULL when it is empty. A producer that is in the middle of adding its node is waited for. */
static inline struct cds_wfcq_node *wfcqueue_own_next(struct wfcqueue_own *own) {
    return __cds_wfcq_dequeue_blocking(&own->head, &own->tail);
}

#endif
