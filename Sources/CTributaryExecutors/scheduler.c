/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "scheduler.h"

#include <stdlib.h>
#include "../CTributary/allocator.h"
#include "../CTributary/clock.h"
#include "../CTributary/spin.h"

enum {
    /* How often the watch looks: doubled each time that it finds nothing. */
    LEAST_WATCH_MICROSECONDS = 100,
    MOST_WATCH_MICROSECONDS = 1600
};

_Thread_local struct tributary_worker *tributary_current_worker;

static void free_scheduler(struct tributary_scheduler *scheduler, size_t parkers) {
    for (size_t i = 0; i < parkers; i++)
        tributary_parker_finish(&scheduler->workers[i].parker, &tributary_default_allocator);
    size_t seen = scheduler->worker_count * scheduler->worker_count * TRIBUTARY_CLASSES;
    if (scheduler->seen_heads != NULL)
        tributary_deallocate(&tributary_default_allocator, scheduler->seen_heads,
                             seen * sizeof *scheduler->seen_heads, alignof(size_t));
    if (scheduler->workers != NULL)
        tributary_deallocate(&tributary_default_allocator, scheduler->workers,
                             scheduler->worker_count * sizeof *scheduler->workers,
                             alignof(struct tributary_worker));
    pthread_mutex_destroy(&scheduler->lock);
    tributary_deallocate(&tributary_default_allocator, scheduler, sizeof *scheduler,
                         alignof(struct tributary_scheduler));
}

struct tributary_scheduler *tributary_scheduler_create(size_t workers) {
    struct tributary_scheduler *scheduler = tributary_allocate(
        &tributary_default_allocator, sizeof *scheduler, alignof(struct tributary_scheduler));
    if (scheduler == NULL) return NULL;
    *scheduler = (struct tributary_scheduler){.references = 1, .worker_count = workers};
    pthread_mutex_init(&scheduler->lock, NULL);
    size_t seen = workers * workers * TRIBUTARY_CLASSES;
    scheduler->workers =
        tributary_allocate(&tributary_default_allocator, workers * sizeof *scheduler->workers,
                           alignof(struct tributary_worker));
    scheduler->seen_heads = tributary_allocate(
        &tributary_default_allocator, seen * sizeof *scheduler->seen_heads, alignof(size_t));
    if (scheduler->workers == NULL || scheduler->seen_heads == NULL) {
        free_scheduler(scheduler, 0);
        return NULL;
    }
    for (size_t i = 0; i < seen; i++) scheduler->seen_heads[i] = SIZE_MAX;
    for (size_t i = 0; i < workers; i++) {
        struct tributary_worker *worker = &scheduler->workers[i];
        *worker = (struct tributary_worker){
            .scheduler = scheduler,
            .index = i,
            .victim = (uint32_t)i,
            .spin = tributary_spin_begin(0), /* the shortest: most workers wait for little to do */
            .seen_heads = scheduler->seen_heads + i * workers * TRIBUTARY_CLASSES};
        for (int class = 0; class < TRIBUTARY_CLASSES; class++)
            tributary_job_queue_initialize(&worker->inboxes[class].queue);
        if (tributary_parker_initialize(&worker->parker, TRIBUTARY_PARKER_DEFAULT,
                                        &tributary_default_allocator) != 0) {
            free_scheduler(scheduler, i);
            return NULL;
        }
    }
    return scheduler;
}

void tributary_scheduler_retain(struct tributary_scheduler *scheduler) {
    tributary_fetch_add_relaxed(&scheduler->references, 1);
}

void tributary_scheduler_release(struct tributary_scheduler *scheduler) {
    if (tributary_fetch_sub_acquire_release(&scheduler->references, 1) == 1)
        free_scheduler(scheduler, scheduler->worker_count);
}

/* ---- Sleep ------------------------------------------------------------------------------------------------------- */

/* Under the lock: the worker, which is off the stack, searches from now on. */
static void rouse(struct tributary_scheduler *scheduler, struct tributary_worker *worker) {
    uint64_t change = TRIBUTARY_SCHEDULER_SEARCHING - TRIBUTARY_SCHEDULER_SLEEPING;
    if (worker->watching) change -= TRIBUTARY_SCHEDULER_WATCHED;
    worker->asleep = worker->watching = false;
    tributary_fetch_add_acquire_release(&scheduler->state, change);
}

/* Under the lock. */
static struct tributary_worker *pop_sleeper(struct tributary_scheduler *scheduler) {
    struct tributary_worker *worker = scheduler->sleepers;
    if (worker == NULL) return NULL;
    scheduler->sleepers = worker->next_sleeper;
    rouse(scheduler, worker);
    return worker;
}

void tributary_scheduler_wake_one(struct tributary_scheduler *scheduler) {
    struct tributary_worker *worker = NULL;
    pthread_mutex_lock(&scheduler->lock);
    if (tributary_scheduler_wants_worker(scheduler)) worker = pop_sleeper(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    if (worker != NULL) tributary_parker_wake(&worker->parker);
}

static void wake_all(struct tributary_scheduler *scheduler) {
    for (;;) {
        pthread_mutex_lock(&scheduler->lock);
        struct tributary_worker *worker = pop_sleeper(scheduler);
        pthread_mutex_unlock(&scheduler->lock);
        if (worker == NULL) return;
        tributary_parker_wake(&worker->parker);
    }
}

bool tributary_scheduler_has_job(struct tributary_scheduler *scheduler) {
    for (size_t i = 0; i < scheduler->worker_count; i++) {
        struct tributary_worker *worker = &scheduler->workers[i];
        for (int class = 0; class < TRIBUTARY_CLASSES; class++) {
            if (!tributary_run_queue_is_empty(&worker->queues[class])) return true;
            if (!tributary_job_queue_inbox_is_empty(&worker->inboxes[class].queue)) return true;
        }
    }
    return false;
}

bool tributary_scheduler_has_linked_job(struct tributary_scheduler *scheduler) {
    for (size_t i = 0; i < scheduler->worker_count; i++) {
        struct tributary_worker *worker = &scheduler->workers[i];
        for (int class = 0; class < TRIBUTARY_CLASSES; class++) {
            if (!tributary_run_queue_is_empty(&worker->queues[class])) return true;
            /* The head's link, as a taker sees it; the takers' lock is not needed to read it. */
            if (tributary_load_acquire(&worker->inboxes[class].queue.head.node.next) != NULL) return true;
        }
    }
    return false;
}

/* Under the lock, by a worker that is on the stack: the last one asleep ends a scheduler that is to stop. */
static bool finish_if_idle(struct tributary_scheduler *scheduler) {
    uint64_t state = tributary_load_relaxed(&scheduler->state);
    if (!(state & TRIBUTARY_SCHEDULER_STOPPING) ||
        tributary_scheduler_sleeping(state) != scheduler->worker_count)
        return false;
    /* A job that came after this worker had looked: not the end, nor may it look like it to those who enqueue more while
     * this one keeps the end away. */
    if (tributary_scheduler_has_job(scheduler)) return false;
    tributary_fetch_or_acquire_release(&scheduler->state, TRIBUTARY_SCHEDULER_FINISHED);
    /* Z2: a job that comes too late is seen here, or its enqueuer sees that it is too late. */
    tributary_fence_full();
    if (!tributary_scheduler_has_job(scheduler)) return true;
    tributary_fetch_and_acquire_release(&scheduler->state, ~TRIBUTARY_SCHEDULER_FINISHED);
    return false;
}

/* Takes the worker off the stack, to search, unless a waker has done so. */
static void rise(struct tributary_worker *worker) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    pthread_mutex_lock(&scheduler->lock);
    if (worker->asleep) {
        struct tributary_worker **link = &scheduler->sleepers;
        while (*link != worker) link = &(*link)->next_sleeper;
        *link = worker->next_sleeper;
        rouse(scheduler, worker);
    }
    pthread_mutex_unlock(&scheduler->lock);
    worker->searching = true;
}

bool tributary_scheduler_sleep(struct tributary_worker *worker) {
    struct tributary_scheduler *scheduler = worker->scheduler;
    /* Before it can be found on the stack: who takes it from there wakes it. */
    tributary_parker_prepare(&worker->parker);
    pthread_mutex_lock(&scheduler->lock);
    worker->next_sleeper = scheduler->sleepers;
    scheduler->sleepers = worker;
    worker->asleep = true;
    uint64_t state = tributary_load_relaxed(&scheduler->state);
    uint64_t change = TRIBUTARY_SCHEDULER_SLEEPING;
    if (worker->searching) change -= TRIBUTARY_SCHEDULER_SEARCHING;
    if (!(state & TRIBUTARY_SCHEDULER_WATCHED) &&
        tributary_scheduler_sleeping(state) + 1 < scheduler->worker_count) {
        worker->watching = true;
        change += TRIBUTARY_SCHEDULER_WATCHED;
    }
    bool watches = worker->watching;
    tributary_fetch_add_acquire_release(&scheduler->state, change);
    bool finished = finish_if_idle(scheduler);
    pthread_mutex_unlock(&scheduler->lock);
    if (finished) wake_all(scheduler);
    tributary_fence_full(); /* Z1 */
    int64_t nanoseconds = TRIBUTARY_FOREVER;
    if (watches) {
        uint32_t *watch = &worker->watch_microseconds;
        *watch = *watch == 0 ? LEAST_WATCH_MICROSECONDS
                 : *watch < MOST_WATCH_MICROSECONDS ? *watch * 2
                                                    : *watch;
        nanoseconds = *watch * INT64_C(1000);
    }
    if (!tributary_scheduler_has_job(scheduler))
        tributary_parker_sleep(&worker->parker, tributary_clock_deadline(nanoseconds));
    else if (tributary_scheduler_has_linked_job(scheduler))
        tributary_parker_cancel(&worker->parker);
    else
        tributary_parker_sleep(&worker->parker, tributary_clock_deadline(TRIBUTARY_HELD_UP_NANOSECONDS));
    /* A wake that was meant for an earlier sleep may have ended this one: the stack says. */
    rise(worker);
    return !tributary_scheduler_has_finished(scheduler);
}

/* ---- The end ----------------------------------------------------------------------------------------------------- */

void tributary_scheduler_stop(struct tributary_scheduler *scheduler) {
    tributary_fetch_or_acquire_release(&scheduler->state, TRIBUTARY_SCHEDULER_STOPPING);
    wake_all(scheduler);
}

bool tributary_scheduler_has_finished(const struct tributary_scheduler *scheduler) {
    return (tributary_load_acquire(&scheduler->state) & TRIBUTARY_SCHEDULER_FINISHED) != 0;
}

bool tributary_scheduler_is_current(const struct tributary_scheduler *scheduler) {
    return tributary_current_worker != NULL && tributary_current_worker->scheduler == scheduler;
}

ptrdiff_t tributary_scheduler_current_worker(const struct tributary_scheduler *scheduler) {
    return tributary_scheduler_is_current(scheduler) ? (ptrdiff_t)tributary_current_worker->index : -1;
}
