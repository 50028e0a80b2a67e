/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for liburcu's queue, whose code the checker cannot see: the same steps in the same order, over the checker's accesses.
 * After Mathieu Desnoyers' and Lai Jiangshan's description of it; liburcu's exchange and compare-exchange are full fences on both
 * sides, its shared loads and stores are relaxed, and a link that was read orders what is read through it
 * (a dependency, for which the model has acquire). */
#ifndef CHECKER_WFCQUEUE_H
#define CHECKER_WFCQUEUE_H

#include <tributary/internal/atomics.h>

struct cds_wfcq_node {
    struct cds_wfcq_node *next;
};
struct __cds_wfcq_head {
    struct cds_wfcq_node node;
};
struct cds_wfcq_tail {
    struct cds_wfcq_node *p;
};

#define CDS_WFCQ_WOULDBLOCK ((struct cds_wfcq_node *)-1UL)

static inline void cds_wfcq_node_init(struct cds_wfcq_node *node) {
    tributary_store_relaxed(&node->next, NULL);
}

static inline void __cds_wfcq_init(struct __cds_wfcq_head *head, struct cds_wfcq_tail *tail) {
    head->node.next = NULL;
    tail->p = &head->node;
}

static inline bool cds_wfcq_empty(struct __cds_wfcq_head *head, struct cds_wfcq_tail *tail) {
    return tributary_load_relaxed(&head->node.next) == NULL &&
           tributary_load_relaxed(&tail->p) == &head->node;
}

static inline bool cds_wfcq_enqueue(struct __cds_wfcq_head *head, struct cds_wfcq_tail *tail,
                                    struct cds_wfcq_node *node) {
    tributary_fence_full();
    struct cds_wfcq_node *old = tributary_exchange_acquire_release(&tail->p, node);
    tributary_fence_full();
    /* A producer that stands still here hides what is enqueued behind it. (Behind a full fence a plain store is a release
     * store: said so, because whoever reads the link may then free the node that it stands in.) */
    tributary_store_release(&old->next, node);
    return old != &head->node;
}

static inline struct cds_wfcq_node *checker_wfcq_next(struct cds_wfcq_node *node) {
    struct cds_wfcq_node *next = tributary_load_acquire(&node->next);
    return next != NULL ? next : CDS_WFCQ_WOULDBLOCK;
}

static inline struct cds_wfcq_node *__cds_wfcq_first_nonblocking(struct __cds_wfcq_head *head,
                                                                 struct cds_wfcq_tail *tail) {
    return cds_wfcq_empty(head, tail) ? NULL : checker_wfcq_next(&head->node);
}

static inline struct cds_wfcq_node *__cds_wfcq_next_nonblocking(struct __cds_wfcq_head *head,
                                                                struct cds_wfcq_tail *tail,
                                                                struct cds_wfcq_node *node) {
    (void)head;
    struct cds_wfcq_node *next = tributary_load_acquire(&node->next);
    if (next != NULL) return next;
    return tributary_load_relaxed(&tail->p) == node ? NULL : checker_wfcq_next(node);
}

static inline struct cds_wfcq_node *__cds_wfcq_dequeue_nonblocking(struct __cds_wfcq_head *head,
                                                                   struct cds_wfcq_tail *tail) {
    if (cds_wfcq_empty(head, tail)) return NULL;
    struct cds_wfcq_node *node = checker_wfcq_next(&head->node);
    if (node == CDS_WFCQ_WOULDBLOCK) return node;
    struct cds_wfcq_node *next = tributary_load_acquire(&node->next);
    if (next == NULL) {
        cds_wfcq_node_init(&head->node);
        struct cds_wfcq_node *last = node;
        tributary_fence_full();
        bool emptied = tributary_compare_exchange_acquire_release(&tail->p, &last, &head->node);
        tributary_fence_full();
        if (emptied) return node;
        next = checker_wfcq_next(node);
        if (next == CDS_WFCQ_WOULDBLOCK) {
            tributary_store_relaxed(&head->node.next, node);
            return next;
        }
    }
    tributary_store_relaxed(&head->node.next, next);
    return node;
}

#endif
