/* SPDX-License-Identifier: Apache-2.0 */
/* The work-stealing queue: owner and thieves take every job once, the oldest first. */
#include "../../Sources/CTributaryExecutors/run_queue.h"
#include "support/jobs.h"
#include "support/random.h"
#include "support/threads.h"

enum { CAPACITY = TRIBUTARY_RUN_QUEUE_CAPACITY };

static struct tributary_run_queue *queue_create(void) {
    struct tributary_run_queue *queue = aligned_alloc(64, sizeof *queue);
    require(queue != NULL);
    memset(queue, 0, sizeof *queue);
    return queue;
}

static struct test_job *take(struct tributary_run_queue *queue) {
    return (struct test_job *)tributary_run_queue_take(queue);
}

static struct test_job *steal(struct tributary_run_queue *victim, struct tributary_run_queue *own,
                              size_t least) {
    return (struct test_job *)tributary_run_queue_steal(victim, own, least);
}

/* Puts jobs numbered from `first` on. */
static void put(struct tributary_run_queue *queue, struct test_job *jobs, size_t first, size_t count) {
    size_t i;
    for (i = first; i < first + count; i++) {
        job_prepare(&jobs[i], 0, 0, i);
        require(tributary_run_queue_put(queue, &jobs[i].job));
    }
}

static void a_full_queue_refuses(void **state) {
    struct tributary_run_queue *queue = queue_create();
    struct test_job *jobs = jobs_allocate(CAPACITY + 1);
    size_t i;
    (void)state;
    require(take(queue) == NULL);
    require(tributary_run_queue_is_empty(queue));
    require_equal(tributary_run_queue_room(queue), CAPACITY);
    put(queue, jobs, 0, CAPACITY);
    require_equal(tributary_run_queue_room(queue), 0);
    require(!tributary_run_queue_put(queue, &jobs[CAPACITY].job));
    for (i = 0; i < CAPACITY; i++) {
        require(!tributary_run_queue_is_empty(queue));
        require_equal(take(queue)->sequence, i);
    }
    require(take(queue) == NULL);
    require(tributary_run_queue_is_empty(queue));
    free(jobs);
    free(queue);
}

static void the_slots_are_used_again_and_again(void **state) {
    enum { ROUNDS = 100, SOME = 77 };
    struct tributary_run_queue *queue = queue_create();
    struct test_job *jobs = jobs_allocate(ROUNDS * SOME);
    size_t round, i, next = 0;
    (void)state;
    put(queue, jobs, 0, SOME);
    for (round = 1; round < ROUNDS; round++) {
        put(queue, jobs, round * SOME, SOME);
        for (i = 0; i < SOME; i++) require_equal(take(queue)->sequence, next++);
    }
    for (i = 0; i < SOME; i++) require_equal(take(queue)->sequence, next++);
    require(take(queue) == NULL);
    free(jobs);
    free(queue);
}

/* A thief takes the older half, rounded up, and returns the oldest; the order is kept in both queues. */
static void a_thief_takes_the_older_half(void **state) {
    struct test_job *jobs = jobs_allocate(CAPACITY);
    size_t count, i;
    (void)state;
    for (count = 0; count <= CAPACITY; count++) {
        struct tributary_run_queue *victim = queue_create(), *thief = queue_create();
        size_t share = count - count / 2;
        put(victim, jobs, 0, count);
        struct test_job *first = steal(victim, thief, 1);
        if (count == 0) {
            require(first == NULL);
        } else {
            require_equal(first->sequence, 0);
            for (i = 1; i < share; i++) require_equal(take(thief)->sequence, i);
            for (i = share; i < count; i++) require_equal(take(victim)->sequence, i);
        }
        require(take(thief) == NULL);
        require(take(victim) == NULL);
        free(victim);
        free(thief);
    }
    free(jobs);
}

static void fewer_than_asked_for_are_left_alone(void **state) {
    struct tributary_run_queue *victim = queue_create(), *thief = queue_create();
    struct test_job jobs[2];
    (void)state;
    put(victim, jobs, 0, 1);
    require(steal(victim, thief, 2) == NULL);
    require(!tributary_run_queue_is_empty(victim));
    put(victim, jobs, 1, 1);
    require_equal(steal(victim, thief, 2)->sequence, 0);
    require(steal(victim, thief, 2) == NULL);
    require_equal(steal(victim, thief, 1)->sequence, 1);
    require(tributary_run_queue_is_empty(victim));
    require(tributary_run_queue_is_empty(thief));
    free(victim);
    free(thief);
}

/* A thief whose own queue is nearly full takes what it has room for, and one more in its hand. */
static void a_thief_takes_no_more_than_it_has_room_for(void **state) {
    size_t room, i;
    (void)state;
    for (room = 0; room < CAPACITY; room += 5) {
        struct tributary_run_queue *victim = queue_create(), *thief = queue_create();
        struct test_job *jobs = jobs_allocate(CAPACITY), *own = jobs_allocate(CAPACITY);
        size_t share = room + 1 < CAPACITY / 2 ? room + 1 : CAPACITY / 2;
        put(victim, jobs, 0, CAPACITY);
        put(thief, own, 0, CAPACITY - room);
        require(steal(victim, thief, 1) == &jobs[0]);
        require_equal(tributary_run_queue_room(thief), room - (share - 1));
        for (i = 0; i < CAPACITY - room; i++) require(take(thief) == &own[i]);
        for (i = 1; i < share; i++) require(take(thief) == &jobs[i]);
        require(take(thief) == NULL);
        for (i = share; i < CAPACITY; i++) require(take(victim) == &jobs[i]);
        require(take(victim) == NULL);
        free(jobs);
        free(own);
        free(victim);
        free(thief);
    }
}

/* ---- Owner against thieves, who steal from each other too ----------------------------------------------------------- */

enum { THIEVES = 3, OWNERS = THIEVES + 1 };

static struct {
    struct tributary_run_queue *queues[OWNERS];
    struct test_job *jobs;
    size_t count;
    size_t shares[OWNERS];
    atomic_size_t taken;
} hunt;

/* The jobs that one worker takes from one queue come in order; stealing from a thief mixes two lines. */
static void accept(struct test_job *job, size_t index) {
    require_equal(++job->times_run, 1);
    hunt.shares[index]++;
    atomic_fetch_add(&hunt.taken, 1);
}

static void own_and_hunt(void *context, size_t index) {
    struct random_source source = random_for(index);
    size_t next = 0;
    (void)context;
    while (atomic_load(&hunt.taken) < hunt.count) {
        struct tributary_run_queue *own = hunt.queues[index];
        struct test_job *job;
        if (index == 0) {
            size_t some = random_below(&source, CAPACITY + 10);
            for (; some > 0 && next < hunt.count; some--, next++) {
                job_prepare(&hunt.jobs[next], 0, 0, next);
                if (!tributary_run_queue_put(own, &hunt.jobs[next].job)) break;
            }
        }
        for (size_t some = random_below(&source, 40); some > 0; some--) {
            job = take(own);
            if (job == NULL) break;
            accept(job, index);
        }
        if (index > 0) {
            size_t victim = random_below(&source, OWNERS);
            if (victim == index) continue;
            job = steal(hunt.queues[victim], own, 1 + random_below(&source, 2));
            if (job != NULL)
                accept(job, index);
            else if (random_one_in(&source, 8))
                give_way();
        } else if (random_one_in(&source, 4)) {
            give_way();
        }
    }
}

static void owner_and_thieves_take_every_job_once(void **state) {
    size_t i;
    (void)state;
    hunt.count = scaled(1000000);
    hunt.jobs = jobs_allocate(hunt.count);
    atomic_init(&hunt.taken, 0);
    for (i = 0; i < OWNERS; i++) {
        hunt.queues[i] = queue_create();
        hunt.shares[i] = 0;
    }
    team_run(OWNERS, own_and_hunt, NULL);
    for (i = 0; i < hunt.count; i++) require_equal(hunt.jobs[i].times_run, 1);
    for (i = 0; i < OWNERS; i++) {
        require(tributary_run_queue_is_empty(hunt.queues[i]));
        require(hunt.shares[i] > 0);
        free(hunt.queues[i]);
    }
    free(hunt.jobs);
}

/* ---- The order against one thief ------------------------------------------------------------------------------------- */

static atomic_bool put_all;

static void steal_in_order(void *context, size_t index) {
    struct tributary_run_queue *own = hunt.queues[1];
    uint64_t least = 0;
    (void)context;
    (void)index;
    for (;;) {
        bool last = atomic_load(&put_all);
        struct test_job *job = steal(hunt.queues[0], own, 1);
        if (job == NULL) {
            if (last) return;
            give_way();
            continue;
        }
        for (; job != NULL; job = take(own)) {
            require(job->sequence >= least);
            least = job->sequence + 1;
            accept(job, 1);
        }
    }
}

static void owner_and_thief_each_see_the_order(void **state) {
    struct worker thief;
    uint64_t least = 0;
    size_t next = 0;
    struct test_job *job;
    (void)state;
    hunt.count = scaled(1000000);
    hunt.jobs = jobs_allocate(hunt.count);
    atomic_init(&hunt.taken, 0);
    atomic_init(&put_all, false);
    for (size_t i = 0; i < 2; i++) {
        hunt.queues[i] = queue_create();
        hunt.shares[i] = 0;
    }
    worker_start(&thief, steal_in_order, NULL, 0);
    while (next < hunt.count) {
        for (size_t some = 8; some > 0 && next < hunt.count; some--, next++) {
            job_prepare(&hunt.jobs[next], 0, 0, next);
            if (!tributary_run_queue_put(hunt.queues[0], &hunt.jobs[next].job)) break;
        }
        for (size_t some = 4; some > 0 && (job = take(hunt.queues[0])) != NULL; some--) {
            require(job->sequence >= least);
            least = job->sequence + 1;
            accept(job, 0);
        }
    }
    /* The rest is the thief's, so that it has some. */
    atomic_store(&put_all, true);
    worker_join(&thief);
    require_equal(hunt.shares[0] + hunt.shares[1], hunt.count);
    require(hunt.shares[0] > 0 && hunt.shares[1] > 0);
    for (size_t i = 0; i < 2; i++) free(hunt.queues[i]);
    free(hunt.jobs);
}

TEST_MAIN(scenario(a_full_queue_refuses), scenario(the_slots_are_used_again_and_again),
          scenario(a_thief_takes_the_older_half), scenario(fewer_than_asked_for_are_left_alone),
          scenario(a_thief_takes_no_more_than_it_has_room_for),
          scenario(owner_and_thieves_take_every_job_once),
          scenario(owner_and_thief_each_see_the_order))
