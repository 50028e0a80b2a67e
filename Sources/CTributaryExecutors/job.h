/* SPDX-License-Identifier: Apache-2.0 */
/* What executors queue: jobs of Swift's runtime, and serial mailboxes, which stand in the queues of a work-stealing
 * executor like one job. Both are nodes themselves, so that nothing is allocated to enqueue them.
 *
 * A job belongs to the executor it was enqueued on until it is run: its two words of scheduler's private data are
 * then free for the executor's use (swift/ABI/Task.h, swift/ExecutorImpl.h). */
#ifndef TRIBUTARY_EXECUTORS_JOB_H
#define TRIBUTARY_EXECUTORS_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <urcu/wfcqueue.h> /* some processors' headers need _GNU_SOURCE */

struct tributary_job {
    void *object_header[2];
    /* The scheduler's private data. */
    struct cds_wfcq_node node;
    uintptr_t is_mailbox; /* not a job, but a serial mailbox */
    /* The runtime's: the kind in the lowest byte, the priority in the next. */
    uint32_t flags;
};

_Static_assert(offsetof(struct tributary_job, node) == 2 * sizeof(void *) &&
                   offsetof(struct tributary_job, flags) == 4 * sizeof(void *),
               "as the runtime lays a job out");

enum {
    /* The classes are served in this order. Swift's utility (17) and background (9) are in the second, everything
     * above, and what has no priority, in the first. */
    TRIBUTARY_CLASS_FOREGROUND,
    TRIBUTARY_CLASS_BACKGROUND,
    TRIBUTARY_CLASSES,
    /* So many jobs of the first class in a row, then one of the second that waits. */
    TRIBUTARY_CLASS_STREAK = 61
};

static inline unsigned tributary_job_class(const struct tributary_job *job) {
    uint32_t priority = (job->flags >> 8) & 0xff;
    return priority != 0 && priority < 18 ? TRIBUTARY_CLASS_BACKGROUND : TRIBUTARY_CLASS_FOREGROUND;
}

static inline struct tributary_job *tributary_job_of_node(struct cds_wfcq_node *node) {
    return (struct tributary_job *)((char *)node - offsetof(struct tributary_job, node));
}

#endif
