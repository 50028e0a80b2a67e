/* SPDX-License-Identifier: Apache-2.0 */
/* A mailbox without a thread: while it has jobs it stands in the queues of a scheduler, once, like a job.
 *
 *   pending   jobs that were enqueued and not yet counted off as run. Enqueuers add one before they announce; who finds
 *             zero hands the mailbox to the scheduler. J2: the worker subtracts what it has run; at zero the mailbox is
 *             not the worker's any more, and what its jobs have written is the next worker's to read.
 *             RELEASED, beside the count: the executor is gone, and who brings the count to zero frees.
 *
 * An enqueuer that found more than zero does not touch the mailbox after its link (job_queue.h); one that found zero
 * does, since nobody takes its job before it has handed the mailbox over. */
#define _GNU_SOURCE
#include <sched.h>
#include <stdalign.h>

#include "../CTributary/allocator.h"
#include "scheduler.h"

#define RELEASED (UINT64_C(1) << 63)

enum {
    BACKGROUND_FLAGS = 9 << 8, /* as those of a job of that priority */
    /* Jobs in a row; then other mailboxes and tasks of the worker have their turn. */
    BUDGET = 64
};

struct tributary_serial_mailbox {
    struct tributary_job as_job; /* its header has room for Swift's reference to the executor */
    uint64_t pending;
    struct tributary_job_queue queue;
    struct tributary_scheduler *scheduler;
};

static _Thread_local struct tributary_serial_mailbox *current;

bool tributary_is_serial_mailbox(const void *job) {
    return ((const struct tributary_job *)job)->is_mailbox != 0;
}

struct tributary_serial_mailbox *tributary_serial_mailbox_create(
    struct tributary_scheduler *scheduler) {
    struct tributary_serial_mailbox *mailbox =
        tributary_allocate(&tributary_default_allocator, sizeof *mailbox,
                           alignof(struct tributary_serial_mailbox));
    if (mailbox == NULL) return NULL;
    *mailbox = (struct tributary_serial_mailbox){.as_job = {.is_mailbox = true},
                                                 .scheduler = scheduler};
    tributary_job_queue_initialize(&mailbox->queue);
    return mailbox;
}

static void free_mailbox(struct tributary_serial_mailbox *mailbox) {
    tributary_deallocate(&tributary_default_allocator, mailbox, sizeof *mailbox,
                         alignof(struct tributary_serial_mailbox));
}

void tributary_serial_mailbox_release(struct tributary_serial_mailbox *mailbox) {
    if (tributary_fetch_or_acquire_release(&mailbox->pending, RELEASED) == 0) free_mailbox(mailbox);
}

void *tributary_serial_mailbox_executor(struct tributary_serial_mailbox *mailbox) {
    return mailbox->as_job.object_header;
}

bool tributary_serial_mailbox_is_current(const struct tributary_serial_mailbox *mailbox) {
    return current == mailbox;
}

/* The worker will look for its next job at once: it runs the job that is being enqueued, which so suspends itself, and
 * no other job of the mailbox is waiting. */
bool tributary_serial_mailbox_suspends(struct tributary_worker *worker, struct tributary_job *job) {
    if (job != worker->running && !worker->running_yields) return false;
    return current == NULL || tributary_load_relaxed(&current->pending) == worker->mailbox_taken;
}

bool tributary_serial_mailbox_enqueue(struct tributary_serial_mailbox *mailbox, void *raw_job) {
    struct tributary_job *job = raw_job;
    struct tributary_scheduler *scheduler = mailbox->scheduler;
    struct tributary_worker *worker = tributary_current_worker;
    if (worker != NULL && worker->scheduler != scheduler) worker = NULL;
    uint32_t flags = job->flags; /* the job is another's once it is linked */
    bool suspends = worker != NULL && tributary_serial_mailbox_suspends(worker, job);
    uint64_t before = tributary_fetch_add_acquire_release(&mailbox->pending, 1);
    tributary_job_queue_link(tributary_job_queue_announce(&mailbox->queue, job), job);
    if (before != 0) return true;
    mailbox->as_job.flags = flags & ~UINT32_C(0xff); /* it waits with its first job's priority */
    if (worker == NULL) return tributary_scheduler_inject(scheduler, &mailbox->as_job);
    tributary_worker_push(worker, &mailbox->as_job, suspends);
    return true;
}

void *tributary_serial_mailbox_take(struct tributary_serial_mailbox *mailbox,
                                    struct tributary_worker *worker) {
    struct tributary_job *job = NULL;
    if (worker->mailbox_taken < BUDGET) job = tributary_job_queue_take(&mailbox->queue);
    if (job != NULL) {
        /* The job before this one has left for another mailbox, and this one came after it had looked whether it was the
         * last: it may take its time, or wait for what has left. */
        if (tributary_unlikely(worker->wake_owed)) tributary_worker_pay_wake(worker);
        worker->mailbox_taken++;
        tributary_worker_runs(worker, job);
        current = mailbox;
        return job;
    }
    current = NULL;
    uint64_t taken = worker->mailbox_taken;
    uint64_t left = tributary_fetch_sub_acquire_release(&mailbox->pending, taken) - taken; /* J2 */
    if (left == RELEASED) {
        free_mailbox(mailbox);
    } else if (left != 0) {
        /* An enqueuer has counted its job, and not linked it yet. */
        if (taken == 0) sched_yield();
        /* With the class of what is left, as far as it can be seen. */
        bool background = mailbox->queue.background_first != NULL &&
                          tributary_job_queue_inbox_is_empty(&mailbox->queue);
        mailbox->as_job.flags = background ? BACKGROUND_FLAGS : 0;
        /* To the end of the queue. Nobody is woken, since this worker looks for its next job at once, unless the last job has
         * left something before this. */
        tributary_worker_push(worker, &mailbox->as_job, !worker->wake_owed);
    }
    return NULL;
}
