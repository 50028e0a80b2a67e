/* SPDX-License-Identifier: Apache-2.0 */
/* A mailbox with one taker: its thread or an event loop is woken for every job, and ends after the last. */
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include <CTributaryExecutors.h>

#include "support/jobs.h"
#include "support/random.h"
#include "support/threads.h"

static struct tributary_thread_mailbox *mailbox;
static atomic_size_t runs;

static void create(bool eventfd) {
    int error = 1;
    mailbox = tributary_thread_mailbox_create(eventfd, &error);
    require(mailbox != NULL);
    atomic_store(&runs, 0);
}

static void empty_as_thread(void *context, size_t index) {
    struct tributary_thread_mailbox *outer = tributary_thread_mailbox_enter(mailbox);
    struct test_job *job;
    (void)context;
    (void)index;
    require(outer == NULL);
    require(tributary_thread_mailbox_is_current(mailbox));
    while ((job = tributary_thread_mailbox_wait(mailbox)) != NULL) job->run(job);
    tributary_thread_mailbox_leave(outer);
    require(!tributary_thread_mailbox_is_current(mailbox));
    require(tributary_thread_mailbox_has_finished(mailbox));
}

static void prepare(struct test_job *job, unsigned priority, void (*run)(struct test_job *job)) {
    job_prepare(job, priority, 0, 0);
    job->run = run;
}

static void count_run(struct test_job *job) {
    require_equal(++job->times_run, 1);
    atomic_fetch_add(&runs, 1);
}

struct single {
    struct test_job job;
    atomic_bool has_run;
};

static void note_run(struct test_job *job) {
    count_run(job);
    atomic_store(&((struct single *)job)->has_run, true);
}

/* One job after another, after pauses about as long as the taker needs to fall asleep. It learns how long to poll, so
 * that it polls as shortly as it ever does when most pauses are longer. */
static void enqueue_one_by_one(void *context, size_t index) {
    struct random_source source = random_for(index);
    size_t rounds = scaled(6000);
    (void)context;
    for (; rounds > 0; rounds--) {
        struct single single;
        prepare(&single.job, random_one_in(&source, 4) ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, note_run);
        atomic_init(&single.has_run, false);
        require(tributary_thread_mailbox_enqueue(mailbox, &single.job));
        await(atomic_load(&single.has_run));
        uint64_t pauses = rounds % 4 != 0 ? 4000 : random_below(&source, 600);
        for (; pauses > 0; pauses--) tributary_pause();
    }
}

static void single_jobs_wake_the_thread(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct worker taker;
        create(false);
        require_equal(tributary_thread_mailbox_file_descriptor(mailbox), -1);
        worker_start(&taker, empty_as_thread, NULL, 0);
        team_run(threads, enqueue_one_by_one, NULL);
        tributary_thread_mailbox_stop(mailbox);
        worker_join(&taker);
        require_equal(atomic_load(&runs), threads * scaled(6000));
        tributary_thread_mailbox_release(mailbox);
    }
}

static void run_down(struct test_job *job) {
    atomic_fetch_add(&runs, 1);
    if (job->sequence-- > 0) require(tributary_thread_mailbox_enqueue(mailbox, job));
}

static void a_stopping_mailbox_runs_what_its_jobs_enqueue(void **state) {
    enum { CHAINS = 20, LENGTH = 50 };
    struct test_job chains[CHAINS];
    (void)state;
    for (size_t rounds = scaled(1000); rounds > 0; rounds--) {
        struct worker taker;
        create(false);
        worker_start(&taker, empty_as_thread, NULL, 0);
        for (size_t i = 0; i < CHAINS; i++) {
            prepare(&chains[i], i % 2 == 0 ? PRIORITY_MEDIUM : PRIORITY_BACKGROUND, run_down);
            chains[i].sequence = LENGTH - 1;
            require(tributary_thread_mailbox_enqueue(mailbox, &chains[i]));
        }
        tributary_thread_mailbox_stop(mailbox);
        worker_join(&taker);
        require_equal(atomic_load(&runs), CHAINS * LENGTH);
        tributary_thread_mailbox_release(mailbox);
    }
}

/* A job that waits keeps the end away, so that another thread may still enqueue. */
static atomic_bool second_enqueued;

static void await_second(struct test_job *job) {
    await(atomic_load(&second_enqueued));
    count_run(job);
}

static void a_job_that_waits_keeps_the_end_away(void **state) {
    (void)state;
    for (size_t round = 0; round < scaled(2000); round++) {
        struct random_source source = random_for(round);
        struct test_job first, second;
        struct worker taker;
        create(false);
        worker_start(&taker, empty_as_thread, NULL, 0);
        prepare(&first, PRIORITY_BACKGROUND, await_second);
        prepare(&second, PRIORITY_MEDIUM, count_run);
        atomic_store(&second_enqueued, false);
        for (uint64_t pauses = random_below(&source, 4000); pauses > 0; pauses--) tributary_pause();
        require(tributary_thread_mailbox_enqueue(mailbox, &first));
        tributary_thread_mailbox_stop(mailbox);
        for (uint64_t pauses = random_below(&source, 400); pauses > 0; pauses--) tributary_pause();
        require(tributary_thread_mailbox_enqueue(mailbox, &second));
        atomic_store(&second_enqueued, true);
        worker_join(&taker);
        require_equal(atomic_load(&runs), 2);
        tributary_thread_mailbox_release(mailbox);
    }
}

/* The job ends the mailbox, and with it the memory that its enqueuer has just used. */
static void release_own(struct test_job *job) {
    (void)job;
    tributary_thread_mailbox_stop(mailbox);
    tributary_thread_mailbox_release(mailbox);
}

static void empty_and_release(void *context, size_t index) {
    struct tributary_thread_mailbox *own = mailbox;
    struct test_job *job;
    (void)context;
    (void)index;
    tributary_thread_mailbox_enter(own);
    while ((job = tributary_thread_mailbox_wait(own)) != NULL) job->run(job);
    tributary_thread_mailbox_leave(NULL);
    tributary_thread_mailbox_release(own);
}

static void a_job_may_end_its_mailbox(void **state) {
    (void)state;
    for (size_t round = 0; round < scaled(2000); round++) {
        struct random_source source = random_for(round);
        struct test_job job;
        struct worker taker;
        create(false);
        tributary_thread_mailbox_retain(mailbox);
        worker_start(&taker, empty_and_release, NULL, 0);
        for (uint64_t pauses = random_below(&source, 3000); pauses > 0; pauses--) tributary_pause();
        prepare(&job, 0, release_own);
        require(tributary_thread_mailbox_enqueue(mailbox, &job));
        worker_join(&taker);
    }
}

/* Nothing keeps the end away from a job that comes about then: it is run, or its enqueuer is told that it is too late. */
static atomic_bool go;
static bool was_accepted;

static void enqueue_at_the_end(void *context, size_t index) {
    struct test_job *job = context;
    struct random_source source = random_for(job->sequence);
    (void)index;
    while (!atomic_load(&go)) tributary_pause();
    for (uint64_t pauses = random_below(&source, 200); pauses > 0; pauses--) tributary_pause();
    was_accepted = tributary_thread_mailbox_enqueue(mailbox, job);
}

static void a_job_at_the_end_is_run_or_refused(void **state) {
    (void)state;
    for (size_t round = 0; round < scaled(3000); round++) {
        struct test_job job;
        struct worker taker, enqueuer;
        create(false);
        atomic_store(&go, false);
        prepare(&job, 0, count_run);
        job.sequence = round;
        worker_start(&enqueuer, enqueue_at_the_end, &job, 0);
        worker_start(&taker, empty_as_thread, NULL, 0);
        atomic_store(&go, true);
        tributary_thread_mailbox_stop(mailbox);
        worker_join(&taker);
        worker_join(&enqueuer);
        if (was_accepted) require_equal(job.times_run, 1);
        require_equal(job.times_run, atomic_load(&runs));
        tributary_thread_mailbox_release(mailbox);
    }
}

static void a_finished_mailbox_refuses(void **state) {
    struct worker taker;
    struct test_job job;
    (void)state;
    create(false);
    worker_start(&taker, empty_as_thread, NULL, 0);
    tributary_thread_mailbox_stop(mailbox);
    worker_join(&taker);
    prepare(&job, 0, count_run);
    require(!tributary_thread_mailbox_enqueue(mailbox, &job));
    require_equal(atomic_load(&runs), 0);
    tributary_thread_mailbox_release(mailbox);
}

#ifdef __linux__
/* ---- An event loop --------------------------------------------------------------------------------------------------- */

static atomic_size_t polls;

static bool is_readable(int timeout) {
    struct pollfd descriptor = {.fd = tributary_thread_mailbox_file_descriptor(mailbox), .events = POLLIN};
    int count = poll(&descriptor, 1, timeout);
    require(count >= 0);
    return count == 1;
}

static void empty_as_event_loop(void *context, size_t index) {
    struct test_job *job;
    (void)context;
    (void)index;
    do {
        struct tributary_thread_mailbox *outer = tributary_thread_mailbox_enter(mailbox);
        while ((job = tributary_thread_mailbox_take(mailbox)) != NULL) job->run(job);
        tributary_thread_mailbox_leave(outer);
        if (tributary_thread_mailbox_arm(mailbox)) {
            require(is_readable(-1));
            atomic_fetch_add(&polls, 1);
        }
    } while (!tributary_thread_mailbox_finish(mailbox));
}

static void single_jobs_wake_the_event_loop(void **state) {
    (void)state;
    for (size_t threads = 1; threads <= 3; threads += 2) {
        struct worker taker;
        create(true);
        atomic_store(&polls, 0);
        require(tributary_thread_mailbox_file_descriptor(mailbox) >= 0);
        worker_start(&taker, empty_as_event_loop, NULL, 0);
        team_run(threads, enqueue_one_by_one, NULL);
        tributary_thread_mailbox_stop(mailbox);
        worker_join(&taker);
        require_equal(atomic_load(&runs), threads * scaled(6000));
        require(atomic_load(&polls) > 0);
        tributary_thread_mailbox_release(mailbox);
    }
}

static void the_descriptor_says_that_there_is_something(void **state) {
    struct test_job job, other;
    (void)state;
    create(true);
    require(!is_readable(0));
    require(tributary_thread_mailbox_arm(mailbox));
    require(!is_readable(0));
    prepare(&job, PRIORITY_BACKGROUND, count_run);
    prepare(&other, PRIORITY_BACKGROUND, count_run);
    require(tributary_thread_mailbox_enqueue(mailbox, &job));
    require(is_readable(0));
    require(!tributary_thread_mailbox_arm(mailbox));
    require(!is_readable(0));
    require(tributary_thread_mailbox_take(mailbox) == &job);
    /* Not armed: nobody is told. */
    require(tributary_thread_mailbox_enqueue(mailbox, &other));
    require(!is_readable(0));
    require(tributary_thread_mailbox_take(mailbox) == &other);
    require(tributary_thread_mailbox_take(mailbox) == NULL);
    require(tributary_thread_mailbox_arm(mailbox));
    require(!tributary_thread_mailbox_finish(mailbox));
    tributary_thread_mailbox_stop(mailbox);
    require(is_readable(0));
    require(!tributary_thread_mailbox_arm(mailbox));
    require(tributary_thread_mailbox_finish(mailbox));
    require(tributary_thread_mailbox_has_finished(mailbox));
    require(!tributary_thread_mailbox_enqueue(mailbox, &job));
    tributary_thread_mailbox_release(mailbox);
}
#else
static void single_jobs_wake_the_event_loop(void **state) { (void)state; }
static void the_descriptor_says_that_there_is_something(void **state) { (void)state; }
#endif

TEST_MAIN(scenario(single_jobs_wake_the_thread), scenario(a_stopping_mailbox_runs_what_its_jobs_enqueue),
          scenario(a_job_that_waits_keeps_the_end_away), scenario(a_job_may_end_its_mailbox),
          scenario(a_job_at_the_end_is_run_or_refused),
          scenario(a_finished_mailbox_refuses), scenario(single_jobs_wake_the_event_loop),
          scenario(the_descriptor_says_that_there_is_something))
