/* SPDX-License-Identifier: Apache-2.0 */
/* A worker that searches: what it takes from another one and when, and what it learns for its next search (spin.c has the rule). The first
 * worker is this thread's; the other one comes to the end alone, which needs both. */
#include "../../Sources/CTributaryExecutors/scheduler.h"
#include "support/jobs.h"
#include "support/threads.h"

static struct tributary_scheduler *scheduler;
static struct tributary_worker *searcher, *other;
static struct tributary_spin ended_with;

static void begin(void) {
    scheduler = tributary_scheduler_create(2);
    require(scheduler != NULL);
    searcher = tributary_worker_enter(scheduler, 0);
    other = &scheduler->workers[1];
    require_equal(searcher->spin.looks, 0); /* the shortest */
    searcher->spin.in_vain = 5;
}

static void end_with_the_other(void *context, size_t index) {
    struct tributary_worker *worker;
    (void)context;
    /* At most half of the workers search: this one not before the searcher has. */
    await(tributary_scheduler_sleeping(tributary_load_acquire(&scheduler->state)) > 0);
    worker = tributary_worker_enter(scheduler, index);
    require(tributary_worker_wait(worker) == NULL);
    tributary_worker_leave(worker);
}

static void finish(void) {
    struct worker thread;
    worker_start(&thread, end_with_the_other, NULL, 1);
    tributary_scheduler_stop(scheduler);
    require(tributary_worker_wait(searcher) == NULL);
    worker_join(&thread);
    tributary_worker_leave(searcher);
    ended_with = searcher->spin;
    tributary_scheduler_release(scheduler);
}

static void require_learnt(uint32_t in_vain) { require_equal(searcher->spin.in_vain, in_vain); }

static void put_into_inbox(struct tributary_worker *worker, struct test_job *job) {
    struct tributary_job_queue *queue = &worker->inboxes[TRIBUTARY_CLASS_FOREGROUND].queue;
    job_prepare(job, PRIORITY_MEDIUM, 0, 0);
    tributary_job_queue_link(tributary_job_queue_announce(queue, &job->job), &job->job);
}

static void put_into_queue(struct tributary_worker *worker, struct test_job *job) {
    job_prepare(job, PRIORITY_MEDIUM, 0, 0);
    require(tributary_run_queue_put(&worker->queues[TRIBUTARY_CLASS_FOREGROUND], &job->job));
}

/* It was woken for it. */
static void what_is_there_at_once_says_nothing(void **state) {
    struct test_job own, others;
    (void)state;
    begin();
    put_into_inbox(searcher, &own);
    require(tributary_worker_wait(searcher) == &own);
    require_learnt(5);
    put_into_inbox(other, &others);
    require(tributary_worker_wait(searcher) == &others);
    require_learnt(5);
    finish();
}

static void one_of_two_waiting_jobs_is_taken_at_once(void **state) {
    struct test_job jobs[2];
    (void)state;
    begin();
    put_into_queue(other, &jobs[0]);
    put_into_queue(other, &jobs[1]);
    require(tributary_worker_wait(searcher) == &jobs[0]);
    require_learnt(5);
    require(tributary_run_queue_take(&other->queues[TRIBUTARY_CLASS_FOREGROUND]) == &jobs[1].job);
    finish();
}

/* Also where the search before has seen the queue as it is: that may have been a moment ago. */
static void an_only_job_is_taken_once_it_was_seen_to_stand(void **state) {
    struct test_job job;
    int round;
    (void)state;
    begin();
    for (round = 0; round < 3; round++) {
        size_t *seen = &searcher->seen_heads[other->index * TRIBUTARY_CLASSES + TRIBUTARY_CLASS_FOREGROUND];
        put_into_queue(other, &job);
        *seen = other->queues[TRIBUTARY_CLASS_FOREGROUND].head;
        searcher->spin = (struct tributary_spin){.looks = 0, .in_vain = 5};
        require(tributary_worker_wait(searcher) == &job);
        require_learnt(0); /* not with the first look */
    }
    finish();
}

/* Each of them. */
static void a_search_in_vain_makes_the_next_one_shorter(void **state) {
    enum { LONG = 1 << 6 };
    (void)state;
    begin();
    searcher->spin = (struct tributary_spin){.looks = LONG, .in_vain = 0};
    finish(); /* there is one before the end at least */
    require_at_most(1, ended_with.in_vain);
    require_equal(ended_with.looks, LONG >> (ended_with.in_vain < 5 ? ended_with.in_vain : 5));
}

TEST_MAIN(scenario(what_is_there_at_once_says_nothing), scenario(one_of_two_waiting_jobs_is_taken_at_once),
          scenario(an_only_job_is_taken_once_it_was_seen_to_stand), scenario(a_search_in_vain_makes_the_next_one_shorter))
