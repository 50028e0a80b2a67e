/* SPDX-License-Identifier: Apache-2.0 */
/* Threads of a test: they start together, and it can be observed that one of them sleeps. */
#ifndef TRIBUTARY_TESTS_THREADS_H
#define TRIBUTARY_TESTS_THREADS_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

enum { TEAM_MAXIMUM = 64 };

struct worker {
    pthread_t thread;
    void (*body)(void *context, size_t index);
    void *context;
    size_t index;
    size_t stack_size;          /* 0: the system's default */
    atomic_size_t *gate;        /* counts those that are not yet there; may be NULL */
    atomic_long kernel_id;
    atomic_bool about_to_sleep;
    atomic_bool finished;
};

void worker_start(struct worker *worker, void (*body)(void *context, size_t index), void *context,
                  size_t index);
/* For a worker whose fields were set by the caller. */
void worker_launch(struct worker *worker);
void worker_join(struct worker *worker);

/* Called by a worker right before the call that is expected to sleep. */
void worker_announces_sleep(void);
/* Returns when the worker has announced it and is asleep in the kernel. */
void worker_await_sleep(struct worker *worker);
/* Whether it is asleep in the kernel now, announced or not. */
bool worker_is_asleep(struct worker *worker);

/* Workers started and not yet joined, in the whole program. */
size_t workers_running(void);

/* Workers 0 to count - 1, of which none begins before all exist. */
struct team {
    struct worker workers[TEAM_MAXIMUM];
    size_t count;
    atomic_size_t gate;
};

void team_start(struct team *team, size_t count, void (*body)(void *context, size_t index),
                void *context);
void team_join(struct team *team);
void team_run(size_t count, void (*body)(void *context, size_t index), void *context);

/* Waits for another thread's progress without a time: gives up the processor until it holds. */
#define await(condition)          \
    do {                          \
        while (!(condition))      \
            give_way();           \
    } while (0)
void give_way(void);

#endif
