/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that take jobs from each other, and who of them sleeps.
 *
 * A job enqueued by a worker goes into its run queue, one from outside into an inbox of some worker. A worker that has
 * neither searches the others, then sleeps. A push wakes one sleeper if nobody searches: a searcher that finds something
 * wakes the next if there is more, so that a burst wakes workers one after another and a single job wakes one.
 *
 *   push                                     worker, before it sleeps
 *     put the job into the queue               lock; state: one more sleeps, one less searches; unlock
 *     full fence                     (Z1)      full fence                                        (Z1)
 *     nobody searches, some sleep?             any queue with a job? then do not sleep
 *     lock; take a sleeper; unlock; wake       sleep
 *
 *                                            worker that searched and found something
 *                                              state: one less searches  (read-modify-write)
 *                                              full fence                                        (Z1)
 *                                              nobody searches, and any queue with a job? as push
 *
 * A push that relied on a searcher is seen by it: the searcher either finds the job, or looks at all queues after it
 * has been counted off, by whichever of the two ways it ends its search (Z1 in either order).
 *
 * The watch: while workers run, one of the sleepers wakes by itself after 0.1 to 1.6 ms (WATCHED) and looks at everything. While there is one,
 * a push wakes nobody for a job that its worker will most probably take in a moment: the only one in its queue, or one that the running job
 * leaves as it suspends. Without it every push wakes as above.
 *
 *   state      read-modify-writes only, under the lock where sleepers change; pushers read it
 *   sleepers   a stack, under the lock
 */
#ifndef TRIBUTARY_EXECUTORS_SCHEDULER_H
#define TRIBUTARY_EXECUTORS_SCHEDULER_H

#include <pthread.h>
#include <stdalign.h>

#include <CTributaryExecutors.h>
#include "../CTributary/parker.h"
#include "../CTributary/spin.h"
#include "job_queue.h"
#include "run_queue.h"

enum {
    /* Every so many jobs a worker looks into its inboxes, those of others and at background jobs first. A prime, so that it
     * falls into step with nothing; the figure is Go's. */
    TRIBUTARY_WORKER_FAIRNESS = 61,
    /* So many jobs are taken from an inbox at once. */
    TRIBUTARY_WORKER_BATCH = 32
};

/* Jobs of one class from outside: enqueuers' line, then the takers', of which `taking` lets one in at a time. One inbox
 * for both classes would hide the urgent jobs behind background ones, as soon as the run queue of these is full. */
struct tributary_worker_inbox {
    alignas(64) struct tributary_job_queue queue;
    uint32_t taking;
};

struct tributary_worker {
    /* The owner's. */
    struct tributary_scheduler *scheduler;
    size_t index;
    struct tributary_job *running; /* only ever compared */
    bool running_yields;
    bool searching;
    bool wake_owed; /* a push woke nobody, since the worker was about to look for its next job */
    uint32_t tick;
    struct tributary_spin spin; /* how long to search */
    size_t *seen_heads; /* of each worker's queues, when this one last looked */
    uint32_t victim;    /* where the next search begins */
    uint32_t mailbox_taken; /* jobs of the mailbox that is being emptied */
    struct tributary_run_queue queues[TRIBUTARY_CLASSES];
    struct tributary_worker_inbox inboxes[TRIBUTARY_CLASSES];
    /* Under the scheduler's lock. */
    alignas(64) struct tributary_worker *next_sleeper;
    bool asleep;
    bool watching;
    uint32_t watch_microseconds; /* the owner's: for how long it last watched */
    struct tributary_parker_state parker;
};

/* The words of `state`. */
#define TRIBUTARY_SCHEDULER_SEARCHING UINT64_C(1)
#define TRIBUTARY_SCHEDULER_SLEEPING (UINT64_C(1) << 20)
#define TRIBUTARY_SCHEDULER_STOPPING (UINT64_C(1) << 40)
#define TRIBUTARY_SCHEDULER_FINISHED (UINT64_C(1) << 41)
#define TRIBUTARY_SCHEDULER_WATCHED (UINT64_C(1) << 42)
#define TRIBUTARY_SCHEDULER_COUNT UINT64_C(0xfffff)

struct tributary_scheduler {
    uint32_t references;
    uint32_t workers_running;
    size_t worker_count;
    struct tributary_worker *workers;
    size_t *seen_heads; /* the workers' */
    alignas(64) uint64_t state;
    alignas(64) pthread_mutex_t lock;
    struct tributary_worker *sleepers;
};

extern _Thread_local struct tributary_worker *tributary_current_worker
    __attribute__((visibility("hidden"), tls_model("initial-exec")));

static inline uint64_t tributary_scheduler_searching(uint64_t state) {
    return state & TRIBUTARY_SCHEDULER_COUNT;
}

static inline uint64_t tributary_scheduler_sleeping(uint64_t state) {
    return state / TRIBUTARY_SCHEDULER_SLEEPING & TRIBUTARY_SCHEDULER_COUNT;
}

/* After a push and a full fence: a sleeper is to be woken. */
static inline bool tributary_scheduler_wants_worker(struct tributary_scheduler *scheduler) {
    uint64_t state = tributary_load_relaxed(&scheduler->state);
    return tributary_scheduler_sleeping(state) != 0 && tributary_scheduler_searching(state) == 0;
}

#pragma GCC visibility push(hidden)

/* Wakes a sleeper, which then counts as searching, unless somebody searches. */
void tributary_scheduler_wake_one(struct tributary_scheduler *scheduler);
/* Announced counts: what is not linked yet as well. */
bool tributary_scheduler_has_job(struct tributary_scheduler *scheduler);
/* One that can be taken at once. */
bool tributary_scheduler_has_linked_job(struct tributary_scheduler *scheduler);
/* Returns when there may be something to do. False: the scheduler has finished. */
bool tributary_scheduler_sleep(struct tributary_worker *worker);

/* A worker's own jobs go into its run queue. `suspends`: the caller is about to run out of work, so
 * nobody is woken for this job. */
void tributary_worker_push(struct tributary_worker *worker, struct tributary_job *job, bool suspends);
/* The worker goes on with another job instead: wakes one for what it has pushed. */
void tributary_worker_pay_wake(struct tributary_worker *worker);
/* Notes what is run from now on. */
void tributary_worker_runs(struct tributary_worker *worker, struct tributary_job *job);
bool tributary_serial_mailbox_suspends(struct tributary_worker *worker, struct tributary_job *job);
/* False: finished. */
bool tributary_scheduler_inject(struct tributary_scheduler *scheduler, struct tributary_job *job);

#pragma GCC visibility pop

#endif
