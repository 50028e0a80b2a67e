/* SPDX-License-Identifier: Apache-2.0 */
/* Workers that steal: no job is lost or run twice, no wake-up is lost, and the end comes after the last job. */
#include "support/random.h"
#include "support/workers.h"

static struct crew crew;
static atomic_size_t runs;

static void inject(struct test_job *job) { require(tributary_scheduler_enqueue(crew.scheduler, job)); }

static void count_run(struct test_job *job) {
    require_equal(++job->times_run, 1);
    atomic_fetch_add(&runs, 1);
}

static void prepare(struct test_job *job, unsigned priority, void (*run)(struct test_job *job)) {
    job_prepare(job, priority, 0, 0);
    job->run = run;
}

static const size_t worker_counts[] = {1, 2, 3, 8, 64};
enum { WORKER_COUNTS = sizeof worker_counts / sizeof *worker_counts };

static void begin(size_t workers) {
    test_note("%zu workers", workers);
    atomic_store(&runs, 0);
    crew_start(&crew, workers);
}

/* ---- Wake-ups ----------------------------------------------------------------------------------------------------- */

/* One job after another, each injected when the one before has run, after a pause about as long as workers need to
 * fall asleep. A wake-up that is lost hangs, and the alarm fails the test. */
static void inject_one_by_one(size_t stream) {
    struct random_source source = random_for(stream);
    struct test_job job;
    for (size_t rounds = scaled(5000); rounds > 0; rounds--) {
        size_t before = atomic_load(&runs);
        prepare(&job, random_one_in(&source, 4) ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, count_run);
        inject(&job);
        await(atomic_load(&runs) > before);
        for (uint64_t pauses = random_below(&source, 4000); pauses > 0; pauses--) tributary_pause();
    }
}

static void single_jobs_wake_a_worker(void **state) {
    (void)state;
    for (size_t i = 0; i < WORKER_COUNTS; i++) {
        begin(worker_counts[i]);
        inject_one_by_one(i);
        require_equal(atomic_load(&runs), scaled(5000));
        crew_finish(&crew);
    }
}

/* Several at it: the waits are each for a job of one's own. */
struct single {
    struct test_job job;
    atomic_bool has_run;
};

static void note_run(struct test_job *job) {
    require_equal(++job->times_run, 1);
    atomic_fetch_add(&runs, 1);
    atomic_store(&((struct single *)job)->has_run, true);
}

static void inject_own(void *context, size_t index) {
    struct random_source source = random_for(100 + index);
    struct single single;
    (void)context;
    for (size_t rounds = scaled(2500); rounds > 0; rounds--) {
        prepare(&single.job, random_one_in(&source, 4) ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, note_run);
        atomic_init(&single.has_run, false);
        inject(&single.job);
        await(atomic_load(&single.has_run));
        for (uint64_t pauses = random_below(&source, 4000); pauses > 0; pauses--) tributary_pause();
    }
}

static void single_jobs_of_several_threads_wake_workers(void **state) {
    (void)state;
    for (size_t i = 0; i < WORKER_COUNTS; i++) {
        begin(worker_counts[i]);
        team_run(3, inject_own, NULL);
        require_equal(atomic_load(&runs), 3 * scaled(2500));
        crew_finish(&crew);
    }
}

/* ---- Jobs of workers ---------------------------------------------------------------------------------------------- */

static struct test_job *spawned;
static size_t spawn_count;

static void spawn_all(struct test_job *job) {
    (void)job;
    for (size_t i = 0; i < spawn_count; i++) inject(&spawned[i]);
}

/* Far more than a run queue holds. */
static void one_job_spawns_many(void **state) {
    (void)state;
    spawn_count = scaled(100000) + 2 * 256;
    for (size_t i = 0; i < WORKER_COUNTS; i++) {
        struct test_job spawner;
        spawned = jobs_allocate(spawn_count);
        for (size_t n = 0; n < spawn_count; n++)
            prepare(&spawned[n], n % 3 == 0 ? PRIORITY_BACKGROUND : PRIORITY_MEDIUM, count_run);
        begin(worker_counts[i]);
        prepare(&spawner, 0, spawn_all);
        inject(&spawner);
        crew_finish(&crew);
        require_equal(atomic_load(&runs), spawn_count);
        for (size_t n = 0; n < spawn_count; n++) require_equal(spawned[n].times_run, 1);
        free(spawned);
    }
}

/* A job that does not return until another has run, which it has enqueued behind itself: another worker takes it. */
static struct single left_alone;

static void block_for_the_next(struct test_job *job) {
    struct random_source source = random_for(job->sequence);
    for (uint64_t pauses = random_below(&source, 3000); pauses > 0; pauses--) tributary_pause();
    prepare(&left_alone.job, (unsigned)job->producer, note_run);
    atomic_store(&left_alone.has_run, false);
    inject(&left_alone.job);
    await(atomic_load(&left_alone.has_run));
    atomic_fetch_add(&runs, 1);
}

static void a_job_behind_a_blocking_one_is_taken(void **state) {
    (void)state;
    for (size_t i = 1; i < WORKER_COUNTS; i++) {
        size_t rounds = scaled(worker_counts[i] > 8 ? 200 : 2000);
        begin(worker_counts[i]);
        for (size_t round = 0; round < rounds; round++) {
            struct test_job blocking;
            prepare(&blocking, 0, block_for_the_next);
            blocking.sequence = round;
            blocking.producer = round % 2 == 0 ? PRIORITY_MEDIUM : PRIORITY_BACKGROUND;
            inject(&blocking);
            await(atomic_load(&runs) == 2 * (round + 1));
        }
        crew_finish(&crew);
    }
}

/* As many blocking jobs as there are workers, which wait for each other: each worker gets one. */
static atomic_size_t waiting;
static size_t meeting;

static void wait_for_the_others(struct test_job *job) {
    (void)job;
    atomic_fetch_add(&waiting, 1);
    await(atomic_load(&waiting) % meeting == 0);
    atomic_fetch_add(&runs, 1);
}

static void meet(struct test_job *job) {
    for (size_t i = 1; i < meeting; i++) inject(&spawned[i]);
    wait_for_the_others(job);
}

static void all_workers_are_woken_for_as_many_jobs(void **state) {
    (void)state;
    for (size_t i = 0; i < WORKER_COUNTS; i++) {
        meeting = worker_counts[i];
        spawned = jobs_allocate(meeting);
        begin(meeting);
        size_t rounds = scaled(meeting > 8 ? 30 : 1000);
        for (size_t round = 0; round < rounds; round++) {
            atomic_store(&waiting, 0);
            /* From outside, and from one worker. */
            for (size_t n = 0; n < meeting; n++)
                prepare(&spawned[n], n % 2 == 0 ? PRIORITY_MEDIUM : PRIORITY_BACKGROUND,
                        n == 0 && round % 2 == 0 ? meet : wait_for_the_others);
            for (size_t n = 0; n < (round % 2 == 0 ? 1 : meeting); n++) inject(&spawned[n]);
            await(atomic_load(&runs) == (round + 1) * meeting);
        }
        crew_finish(&crew);
        free(spawned);
    }
}

/* ---- Priorities ----------------------------------------------------------------------------------------------------- */

static atomic_bool gate;
static uint64_t urgent_position, background_position;

static void wait_at_the_gate(struct test_job *job) {
    (void)job;
    atomic_fetch_add(&waiting, 1);
    await(atomic_load(&gate));
}

/* Of one worker. */
static void note_position(struct test_job *job) {
    job->sequence = atomic_load(&runs);
    atomic_fetch_add(&runs, 1);
}

/* Far more background jobs than a run queue holds wait; the urgent one comes last and runs first, or nearly. */
static void an_urgent_job_passes_background_jobs(void **state) {
    enum { BACKGROUND = 5000 };
    struct test_job *jobs = jobs_allocate(BACKGROUND), urgent, blocking;
    (void)state;
    begin(1);
    atomic_store(&gate, false);
    atomic_store(&waiting, 0);
    prepare(&blocking, 0, wait_at_the_gate);
    inject(&blocking);
    await(atomic_load(&waiting) == 1);
    for (size_t i = 0; i < BACKGROUND; i++) {
        prepare(&jobs[i], PRIORITY_BACKGROUND, note_position);
        inject(&jobs[i]);
    }
    prepare(&urgent, PRIORITY_HIGH, note_position);
    inject(&urgent);
    atomic_store(&gate, true);
    crew_finish(&crew);
    require_equal(atomic_load(&runs), BACKGROUND + 1);
    require_at_most(urgent.sequence, 2);
    free(jobs);
}

static struct test_job chain;

static void run_chain(struct test_job *job) {
    if (atomic_load(&gate)) return;
    require_at_most(++urgent_position, 100000);
    inject(job);
}

static void end_chain(struct test_job *job) {
    (void)job;
    background_position = urgent_position;
    atomic_store(&gate, true);
}

/* One worker, which always has an urgent job: a background job has its turn all the same. */
static void background_jobs_have_their_turn(void **state) {
    struct test_job background;
    (void)state;
    for (int own = 0; own < 2; own++) {
        begin(1);
        atomic_store(&gate, false);
        urgent_position = 0;
        prepare(&chain, PRIORITY_HIGH, run_chain);
        prepare(&background, PRIORITY_BACKGROUND, end_chain);
        if (own) {
            spawned = &background;
            spawn_count = 1;
            struct test_job spawner;
            prepare(&spawner, 0, spawn_all);
            inject(&chain);
            inject(&spawner);
            await(atomic_load(&gate));
        } else {
            inject(&chain);
            inject(&background);
            await(atomic_load(&gate));
        }
        crew_finish(&crew);
        require(background_position > 0);
    }
}

/* ---- The end -------------------------------------------------------------------------------------------------------- */

static void an_idle_scheduler_ends(void **state) {
    (void)state;
    for (size_t i = 0; i < WORKER_COUNTS; i++)
        for (size_t rounds = scaled(worker_counts[i] > 8 ? 20 : 300); rounds > 0; rounds--) {
            begin(worker_counts[i]);
            if (rounds % 2 == 0) give_way();
            require(!tributary_scheduler_has_finished(crew.scheduler));
            crew_finish(&crew);
        }
}

/* Each job enqueues the next: the scheduler, told to stop, ends after the last. */
static void run_down(struct test_job *job) {
    atomic_fetch_add(&runs, 1);
    if (job->sequence-- > 0) inject(job);
}

static void a_stopping_scheduler_runs_what_its_jobs_enqueue(void **state) {
    enum { CHAINS = 20, LENGTH = 50 };
    struct test_job chains[CHAINS];
    (void)state;
    for (size_t rounds = scaled(1000); rounds > 0; rounds--) {
        begin(1 + rounds % 4);
        for (size_t i = 0; i < CHAINS; i++) {
            prepare(&chains[i], i % 2 == 0 ? PRIORITY_MEDIUM : PRIORITY_BACKGROUND, run_down);
            chains[i].sequence = LENGTH - 1;
            inject(&chains[i]);
        }
        crew_finish(&crew);
        require_equal(atomic_load(&runs), CHAINS * LENGTH);
    }
}

/* As long as one job waits or runs, a scheduler that is to stop takes others from outside: here a second job is
 * enqueued while the first cannot have ended, about when the workers go to sleep. */
static atomic_bool second_enqueued;

static void await_second(struct test_job *job) {
    (void)job;
    await(atomic_load(&second_enqueued));
    atomic_fetch_add(&runs, 1);
}

static void a_job_that_waits_keeps_the_end_away(void **state) {
    (void)state;
    for (size_t round = 0; round < scaled(5000); round++) {
        struct random_source source = random_for(round);
        struct test_job first, second;
        begin(1 + round % 2);
        prepare(&first, 0, await_second);
        prepare(&second, 0, count_run);
        atomic_store(&second_enqueued, false);
        for (uint64_t pauses = random_below(&source, 4000); pauses > 0; pauses--) tributary_pause();
        inject(&first);
        tributary_scheduler_stop(crew.scheduler);
        for (uint64_t pauses = random_below(&source, 400); pauses > 0; pauses--) tributary_pause();
        require(tributary_scheduler_enqueue(crew.scheduler, &second));
        atomic_store(&second_enqueued, true);
        crew_join(&crew);
        require_equal(atomic_load(&runs), 2);
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
    was_accepted = tributary_scheduler_enqueue(crew.scheduler, job);
}

static void a_job_at_the_end_is_run_or_refused(void **state) {
    (void)state;
    for (size_t round = 0; round < scaled(3000); round++) {
        struct test_job job;
        struct worker enqueuer;
        begin(1 + round % 2);
        tributary_scheduler_retain(crew.scheduler);
        atomic_store(&go, false);
        prepare(&job, round % 4 == 0 ? PRIORITY_BACKGROUND : 0, count_run);
        job.sequence = round;
        worker_start(&enqueuer, enqueue_at_the_end, &job, 0);
        atomic_store(&go, true);
        crew_finish(&crew);
        worker_join(&enqueuer);
        if (was_accepted) require_equal(job.times_run, 1);
        require_equal(job.times_run, atomic_load(&runs));
        tributary_scheduler_release(crew.scheduler);
    }
}

static void a_finished_scheduler_refuses(void **state) {
    struct test_job job;
    (void)state;
    begin(2);
    tributary_scheduler_retain(crew.scheduler);
    crew_finish(&crew);
    prepare(&job, 0, count_run);
    require(!tributary_scheduler_enqueue(crew.scheduler, &job));
    tributary_scheduler_release(crew.scheduler);
    require_equal(atomic_load(&runs), 0);
}

TEST_MAIN(scenario(single_jobs_wake_a_worker), scenario(single_jobs_of_several_threads_wake_workers),
          scenario(one_job_spawns_many), scenario(a_job_behind_a_blocking_one_is_taken),
          scenario(all_workers_are_woken_for_as_many_jobs),
          scenario(an_urgent_job_passes_background_jobs), scenario(background_jobs_have_their_turn),
          scenario(an_idle_scheduler_ends), scenario(a_stopping_scheduler_runs_what_its_jobs_enqueue),
          scenario(a_job_that_waits_keeps_the_end_away),
          scenario(a_job_at_the_end_is_run_or_refused), scenario(a_finished_scheduler_refuses))
