/* SPDX-License-Identifier: Apache-2.0 */
/* The executors' queue for many enqueuers and one taker: every job once, in order, urgent ones first. */
#include "../../Sources/CTributaryExecutors/job_queue.h"
#include "support/jobs.h"
#include "support/random.h"
#include "support/threads.h"

static void enqueue(struct tributary_job_queue *queue, struct test_job *job) {
    tributary_job_queue_link(tributary_job_queue_announce(queue, &job->job), &job->job);
}

static struct test_job *take(struct tributary_job_queue *queue) {
    return (struct test_job *)tributary_job_queue_take(queue);
}

static void an_empty_queue_has_nothing(void **state) {
    struct tributary_job_queue queue;
    (void)state;
    tributary_job_queue_initialize(&queue);
    require(take(&queue) == NULL);
    require(tributary_job_queue_is_empty(&queue));
    require(tributary_job_queue_inbox_is_empty(&queue));
    require(!tributary_job_queue_has_job(&queue));
}

static void jobs_come_out_in_the_order_they_went_in(void **state) {
    enum { COUNT = 1000 };
    struct tributary_job_queue queue;
    struct test_job *jobs = jobs_allocate(COUNT);
    size_t in = 0, out = 0;
    struct random_source source = random_for(1);
    (void)state;
    tributary_job_queue_initialize(&queue);
    while (out < COUNT) {
        size_t some = random_below(&source, 20);
        for (; some > 0 && in < COUNT; some--, in++) {
            job_prepare(&jobs[in], 0, 0, in);
            enqueue(&queue, &jobs[in]);
            require(tributary_job_queue_has_job(&queue));
        }
        for (some = random_below(&source, 20); some > 0 && out < in; some--, out++)
            require(take(&queue) == &jobs[out]);
        require_equal(tributary_job_queue_is_empty(&queue), in == out);
    }
    require(take(&queue) == NULL);
    free(jobs);
}

/* Swift's utility and background wait; what has no priority, or an unknown high one, does not. */
static void urgent_jobs_come_first(void **state) {
    static const unsigned priorities[] = {9, 17, 0, 21, 9, 25, 33, 18, 17, 255, 1};
    static const size_t order[] = {2, 3, 5, 6, 7, 9, 0, 1, 4, 8, 10};
    enum { COUNT = sizeof priorities / sizeof *priorities };
    struct tributary_job_queue queue;
    struct test_job jobs[COUNT];
    size_t i;
    (void)state;
    tributary_job_queue_initialize(&queue);
    for (i = 0; i < COUNT; i++) {
        job_prepare(&jobs[i], priorities[i], 0, i);
        enqueue(&queue, &jobs[i]);
    }
    for (i = 0; i < COUNT; i++) {
        require(!tributary_job_queue_is_empty(&queue));
        require(tributary_job_queue_has_job(&queue));
        require_equal(take(&queue)->sequence, order[i]);
    }
    require(tributary_job_queue_is_empty(&queue));
    require(take(&queue) == NULL);
}

/* However many urgent jobs there are, each background job has its turn after so many of them. */
static void background_jobs_have_their_turn(void **state) {
    enum { BACKGROUND = 10, COUNT = (BACKGROUND + 1) * (TRIBUTARY_CLASS_STREAK + 1) };
    struct tributary_job_queue queue;
    struct test_job *jobs = jobs_allocate(COUNT + BACKGROUND);
    size_t i, streak = 0, next = 0, urgent = 0;
    (void)state;
    tributary_job_queue_initialize(&queue);
    for (i = 0; i < BACKGROUND; i++) {
        job_prepare(&jobs[COUNT + i], PRIORITY_BACKGROUND, 1, i);
        enqueue(&queue, &jobs[COUNT + i]);
    }
    for (i = 0; i < COUNT; i++) {
        job_prepare(&jobs[i], PRIORITY_MEDIUM, 0, i);
        enqueue(&queue, &jobs[i]);
    }
    while (next < BACKGROUND) {
        struct test_job *job = take(&queue);
        require(job != NULL);
        if (job->producer == 0) {
            require_equal(job->sequence, urgent++);
            require_at_most(++streak, TRIBUTARY_CLASS_STREAK);
        } else {
            require_equal(job->sequence, next++);
            require_equal(streak, TRIBUTARY_CLASS_STREAK);
            streak = 0;
        }
    }
    for (; urgent < COUNT; urgent++) require_equal(take(&queue)->sequence, urgent);
    require(tributary_job_queue_is_empty(&queue));
    free(jobs);
}

/* An enqueuer that stands between its two steps: its job counts, and is not taken before its link. */
static void an_announced_job_is_seen_and_not_taken(void **state) {
    struct tributary_job_queue queue;
    struct test_job first, second;
    struct cds_wfcq_node *previous, *after;
    (void)state;
    tributary_job_queue_initialize(&queue);
    job_prepare(&first, 0, 0, 1);
    job_prepare(&second, 0, 0, 2);
    previous = tributary_job_queue_announce(&queue, &first.job);
    require(!tributary_job_queue_inbox_is_empty(&queue));
    require(!tributary_job_queue_is_empty(&queue));
    require(!tributary_job_queue_has_job(&queue));
    require(take(&queue) == NULL);
    /* Whoever comes after it is done, and waits behind it. */
    after = tributary_job_queue_announce(&queue, &second.job);
    tributary_job_queue_link(after, &second.job);
    require(take(&queue) == NULL);
    require(!tributary_job_queue_is_empty(&queue));
    tributary_job_queue_link(previous, &first.job);
    require(tributary_job_queue_has_job(&queue));
    require(take(&queue) == &first);
    require(take(&queue) == &second);
    require(tributary_job_queue_is_empty(&queue));
}

/* ---- Many enqueuers ---------------------------------------------------------------------------------------------- */

enum { ENQUEUERS = 8 };

static struct {
    struct tributary_job_queue queue;
    struct test_job *jobs;
    size_t each;
} many;

static void enqueue_all(void *context, size_t index) {
    struct random_source source = random_for(index);
    size_t i;
    (void)context;
    for (i = 0; i < many.each; i++) {
        struct test_job *job = &many.jobs[index * many.each + i];
        job_prepare(job, random_one_in(&source, 3) ? PRIORITY_UTILITY : PRIORITY_MEDIUM, index, i);
        enqueue(&many.queue, job);
        if (random_one_in(&source, 100)) give_way();
    }
}

static void every_job_of_every_enqueuer_once_and_in_order(void **state) {
    uint64_t least[TRIBUTARY_CLASSES][ENQUEUERS] = {{0}};
    size_t taken = 0, index;
    struct team team;
    (void)state;
    many.each = scaled(100000);
    many.jobs = jobs_allocate(ENQUEUERS * many.each);
    tributary_job_queue_initialize(&many.queue);
    team_start(&team, ENQUEUERS, enqueue_all, NULL);
    while (taken < ENQUEUERS * many.each) {
        struct test_job *job = take(&many.queue);
        if (job == NULL) {
            give_way();
            continue;
        }
        unsigned class = tributary_job_class(&job->job);
        require_equal(++job->times_run, 1);
        require(job->sequence >= least[class][job->producer]);
        least[class][job->producer] = job->sequence + 1;
        taken++;
    }
    team_join(&team);
    require(take(&many.queue) == NULL);
    require(tributary_job_queue_is_empty(&many.queue));
    for (index = 0; index < ENQUEUERS * many.each; index++)
        require_equal(many.jobs[index].times_run, 1);
    free(many.jobs);
}

TEST_MAIN(scenario(an_empty_queue_has_nothing), scenario(jobs_come_out_in_the_order_they_went_in),
          scenario(urgent_jobs_come_first), scenario(background_jobs_have_their_turn),
          scenario(an_announced_job_is_seen_and_not_taken),
          scenario(every_job_of_every_enqueuer_once_and_in_order))
