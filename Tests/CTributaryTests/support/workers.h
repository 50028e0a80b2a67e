/* SPDX-License-Identifier: Apache-2.0 */
/* A scheduler with threads, as Swift's half has them: to run a job is to call the function in it. */
#ifndef TRIBUTARY_TESTS_WORKERS_H
#define TRIBUTARY_TESTS_WORKERS_H

#include <CTributaryExecutors.h>

#include "jobs.h"
#include "threads.h"

struct crew {
    struct tributary_scheduler *scheduler;
    atomic_size_t last_leavers; /* workers that were told they were the last: one */
    struct team team;
};

static void crew_work(void *context, size_t index) {
    struct crew *crew = context;
    struct tributary_scheduler *scheduler = crew->scheduler;
    struct tributary_worker *worker = tributary_worker_enter(scheduler, index);
    void *job;
    require(tributary_scheduler_is_current(scheduler));
    while ((job = tributary_worker_wait(worker)) != NULL) {
        if (tributary_is_serial_mailbox(job)) {
            struct tributary_serial_mailbox *mailbox = job;
            struct test_job *inner;
            while ((inner = tributary_serial_mailbox_take(mailbox, worker)) != NULL) {
                require(tributary_serial_mailbox_is_current(mailbox));
                inner->run(inner);
            }
        } else {
            ((struct test_job *)job)->run(job);
        }
    }
    if (tributary_worker_leave(worker)) atomic_fetch_add(&crew->last_leavers, 1);
    require(!tributary_scheduler_is_current(scheduler));
    tributary_scheduler_release(scheduler);
}

static inline void crew_start(struct crew *crew, size_t workers) {
    crew->scheduler = tributary_scheduler_create(workers);
    require(crew->scheduler != NULL);
    atomic_init(&crew->last_leavers, 0);
    for (size_t i = 0; i < workers; i++) tributary_scheduler_retain(crew->scheduler);
    team_start(&crew->team, workers, crew_work, crew);
}

/* After the scheduler was told to stop. */
static inline void crew_join(struct crew *crew) {
    team_join(&crew->team);
    require_equal(atomic_load(&crew->last_leavers), 1);
    require(tributary_scheduler_has_finished(crew->scheduler));
    tributary_scheduler_release(crew->scheduler);
}

static inline void crew_finish(struct crew *crew) {
    tributary_scheduler_stop(crew->scheduler);
    crew_join(crew);
}

#endif
