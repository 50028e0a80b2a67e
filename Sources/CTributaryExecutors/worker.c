/* SPDX-License-Identifier: Apache-2.0 */
/* What a worker runs next. */
#define _GNU_SOURCE
#include "scheduler.h"

#include <sched.h>

enum {
    PATIENT_SEARCHES = 16, /* two to three microseconds */
    LEAST_SEARCHES = 2 * PATIENT_SEARCHES, /* so that a worker's only job is seen to stand */
    MOST_SEARCHES = 128, /* some 17 microseconds: a sleeper costs its waker as much */
    /* swift/ABI/MetadataValues.h, JobKind::NullaryContinuation: what Task.yield enqueues. A hint, no more: were it
     * another kind, its jobs would not wake a sleeping worker and so wait for this one. */
    KIND_YIELD = 195
};

/* ---- From where ------------------------------------------------------------------------------------------------------ */

/* Moves a batch out of an inbox into the worker's own run queue. False: nothing, or somebody else is at it. */
static bool take_inbox(struct tributary_worker *worker, struct tributary_worker *owner, int class) {
    struct tributary_worker_inbox *inbox = &owner->inboxes[class];
    if (tributary_load_relaxed(&inbox->queue.tail.p) == &inbox->queue.head.node) return false;
    if (tributary_load_relaxed(&inbox->taking) != 0 ||
        tributary_exchange_acquire_release(&inbox->taking, 1) != 0) /* J3: one taker after the other */
        return false;
    size_t most = tributary_run_queue_room(&worker->queues[class]);
    if (most > TRIBUTARY_WORKER_BATCH) most = TRIBUTARY_WORKER_BATCH;
    size_t count = 0;
    struct tributary_job *job;
    while (count < most && (job = tributary_job_queue_dequeue(&inbox->queue)) != NULL) {
        tributary_run_queue_put(&worker->queues[class], job);
        count++;
    }
    tributary_store_release(&inbox->taking, 0); /* J3 */
    return count > 0;
}

static struct tributary_job *take_own(struct tributary_worker *worker) {
    for (int class = 0; class < TRIBUTARY_CLASSES; class++) {
        struct tributary_job *job = tributary_run_queue_take(&worker->queues[class]);
        if (job == NULL && take_inbox(worker, worker, class))
            job = tributary_run_queue_take(&worker->queues[class]);
        if (job != NULL) return job;
    }
    return NULL;
}

/* Now and then the other way round: nothing waits for ever behind what always comes first. */
static struct tributary_job *take_fairly(struct tributary_worker *worker) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    struct tributary_worker *other = &scheduler->workers[worker->victim++ % scheduler->worker_count];
    for (int class = 0; class < TRIBUTARY_CLASSES; class++) {
        take_inbox(worker, other, class);
        take_inbox(worker, worker, class);
    }
    /* A worker that is busy with one long job keeps its queue from nobody: what searches takes from it, and so does what never searches. */
    if (other != worker && worker->tick / TRIBUTARY_WORKER_FAIRNESS % 2 == 0) {
        struct tributary_job *job = tributary_run_queue_steal(
            &other->queues[TRIBUTARY_CLASS_FOREGROUND], &worker->queues[TRIBUTARY_CLASS_FOREGROUND], 1);
        if (job != NULL) return job;
    }
    return tributary_run_queue_take(&worker->queues[TRIBUTARY_CLASS_BACKGROUND]);
}

/* A worker's only waiting job is left to it: it mostly takes it in a moment, and two workers would pass a pair of tasks that
 * resume each other to and fro. Unless it has not moved since it was last seen: `look` is the search's, and its first one only sees, for
 * the search before may have seen it a moment ago. */
static size_t least_to_steal(struct tributary_worker *worker, struct tributary_worker *victim, int class,
                             uint32_t look) {
    size_t *seen = &worker->seen_heads[victim->index * TRIBUTARY_CLASSES + (size_t)class];
    size_t head = tributary_load_relaxed(&victim->queues[class].head);
    if (look % PATIENT_SEARCHES != 0) return 2;
    bool has_stood = look > 0 && *seen == head;
    *seen = head;
    return has_stood ? 1 : 2;
}

static struct tributary_job *steal(struct tributary_worker *worker, uint32_t look) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    size_t first = worker->victim++;
    for (int class = 0; class < TRIBUTARY_CLASSES; class++)
        for (size_t i = 0; i < scheduler->worker_count; i++) {
            struct tributary_worker *victim =
                &scheduler->workers[(first + i) % scheduler->worker_count];
            if (victim == worker) continue;
            struct tributary_job *job = tributary_run_queue_steal(
                &victim->queues[class], &worker->queues[class],
                least_to_steal(worker, victim, class, look));
            if (job != NULL) return job;
            if (take_inbox(worker, victim, class)) job = take_own(worker);
            if (job != NULL) return job;
        }
    return NULL;
}

/* ---- The loop -------------------------------------------------------------------------------------------------------- */

/* At most half of the workers search at a time: the others would only disturb them. */
static void begin_search(struct tributary_worker *worker) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    uint64_t state = tributary_load_relaxed(&scheduler->state);
    if (tributary_scheduler_searching(state) * 2 >= scheduler->worker_count) return;
    tributary_fetch_add_acquire_release(&scheduler->state, TRIBUTARY_SCHEDULER_SEARCHING);
    worker->searching = true;
}

static void end_search(struct tributary_worker *worker) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    worker->searching = false;
    uint64_t before = tributary_fetch_sub_acquire_release(&scheduler->state, TRIBUTARY_SCHEDULER_SEARCHING);
    if (tributary_scheduler_searching(before) != 1) return;
    tributary_fence_after_read_modify_write(); /* Z1 */
    if (tributary_scheduler_wants_worker(scheduler) && tributary_scheduler_has_job(scheduler))
        tributary_scheduler_wake_one(scheduler);
}

static struct tributary_job *find(struct tributary_worker *worker) {
    struct tributary_job *job = NULL;
    if (++worker->tick % TRIBUTARY_WORKER_FAIRNESS == 0) job = take_fairly(worker);
    if (job == NULL) job = take_own(worker);
    if (job != NULL) return job;
    if (!worker->searching) begin_search(worker);
    uint32_t looks = tributary_spin_looks(worker->spin, MOST_SEARCHES);
    if (looks < LEAST_SEARCHES) looks = LEAST_SEARCHES;
    for (uint32_t look = 0; worker->searching && look < looks; look++) {
        job = steal(worker, look);
        if (job == NULL) job = take_own(worker);
        if (job != NULL) {
            /* What is there at once says nothing: mostly the worker was woken for it. */
            if (look > 0) tributary_spin_learn(&worker->spin, MOST_SEARCHES, TRIBUTARY_SPIN_KEPT_BY_TASK, true);
            return job;
        }
        for (int pause = 0; pause < TRIBUTARY_PAUSES_PER_LOOK; pause++) tributary_pause();
    }
    if (worker->searching) tributary_spin_learn(&worker->spin, MOST_SEARCHES, TRIBUTARY_SPIN_KEPT_BY_TASK, false);
    return NULL;
}

void tributary_worker_runs(struct tributary_worker *worker, struct tributary_job *job) {
    worker->running = job;
    worker->running_yields = (job->flags & 0xff) == KIND_YIELD;
}

void *tributary_worker_wait(struct tributary_worker *worker) {
    for (;;) {
        struct tributary_job *job = find(worker);
        if (job != NULL) {
            if (worker->searching) end_search(worker);
            tributary_worker_runs(worker, job);
            worker->mailbox_taken = 0;
            worker->wake_owed = false;
            worker->watch_microseconds = 0;
            return job;
        }
        if (!tributary_scheduler_sleep(worker)) return NULL;
    }
}

struct tributary_worker *tributary_worker_enter(struct tributary_scheduler *scheduler, size_t index) {
    tributary_current_worker = &scheduler->workers[index];
    tributary_fetch_add_relaxed(&scheduler->workers_running, 1);
    return tributary_current_worker;
}

bool tributary_worker_leave(struct tributary_worker *worker) {
    tributary_current_worker = NULL;
    return tributary_fetch_sub_acquire_release(&worker->scheduler->workers_running, 1) == 1;
}

/* ---- Enqueueing ------------------------------------------------------------------------------------------------------ */

void tributary_worker_push(struct tributary_worker *worker, struct tributary_job *job, bool suspends) {
    unsigned class = tributary_job_class(job);
    struct tributary_run_queue *queue = &worker->queues[class];
    bool only = tributary_run_queue_is_empty(queue);
    if (!tributary_run_queue_put(queue, job))
        tributary_job_queue_link(tributary_job_queue_announce(&worker->inboxes[class].queue, job), job);
    struct tributary_scheduler *scheduler = worker->scheduler;
    /* Whoever watches finds the job if this worker does not take it soon after all: the caller may go on, as one that
     * has started a task on the spot does, or wait for this very job. */
    bool watched = (tributary_load_relaxed(&scheduler->state) & TRIBUTARY_SCHEDULER_WATCHED) != 0;
    worker->wake_owed = suspends && watched;
    if (worker->wake_owed) return;
    tributary_fence_full(); /* Z1 */
    if (only && tributary_load_relaxed(&scheduler->state) & TRIBUTARY_SCHEDULER_WATCHED) return;
    if (tributary_scheduler_wants_worker(scheduler)) tributary_scheduler_wake_one(scheduler);
}

void tributary_worker_pay_wake(struct tributary_worker *worker) {
    worker->wake_owed = false;
    tributary_fence_full(); /* Z1 */
    if (tributary_scheduler_wants_worker(worker->scheduler)) tributary_scheduler_wake_one(worker->scheduler);
}

bool tributary_scheduler_inject(struct tributary_scheduler *scheduler, struct tributary_job *job) {
    /* A thread keeps to one inbox, so that its line stays with it; threads begin at different ones. */
    static uint32_t next_thread;
    static _Thread_local uint32_t thread;
    if (thread == 0) thread = tributary_fetch_add_relaxed(&next_thread, 1) + 1;
    struct tributary_worker *worker = &scheduler->workers[thread % scheduler->worker_count];
    struct cds_wfcq_node *previous =
        tributary_job_queue_announce(&worker->inboxes[tributary_job_class(job)].queue, job);
    tributary_fence_after_read_modify_write(); /* Z1, Z2 */
    if (tributary_unlikely(tributary_scheduler_has_finished(scheduler))) {
        /* The end may yet be taken back for this very job, which then must not hold the workers up for ever. */
        tributary_job_queue_link(previous, job);
        return false;
    }
    if (tributary_likely(!tributary_scheduler_wants_worker(scheduler))) {
        tributary_job_queue_link(previous, job);
        return true;
    }
    /* Once linked the job may run, and end the scheduler, before the wake is done. */
    tributary_scheduler_retain(scheduler);
    tributary_job_queue_link(previous, job);
    tributary_scheduler_wake_one(scheduler);
    tributary_scheduler_release(scheduler);
    return true;
}

bool tributary_scheduler_enqueue(struct tributary_scheduler *scheduler, void *raw_job) {
    struct tributary_job *job = raw_job;
    job->is_mailbox = false;
    struct tributary_worker *worker = tributary_current_worker;
    if (worker == NULL || worker->scheduler != scheduler) return tributary_scheduler_inject(scheduler, job);
    /* The running task enqueues itself when it changes its executor, or yields: then this worker looks for its next job at
     * once, unless it is emptying a mailbox. Waking another one would only pass the task to and fro. */
    bool suspends =
        (job->flags & 0xff) == KIND_YIELD || tributary_serial_mailbox_suspends(worker, job);
    tributary_worker_push(worker, job, suspends);
    return true;
}
