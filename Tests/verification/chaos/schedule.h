/* SPDX-License-Identifier: Apache-2.0 */
/* What happens at the points: nothing, a delay, a yield, or a stop, as a seed decides.
 *
 * A decision depends on the seed, the thread's number, how many points the thread has passed, and the point; so a seed decides the
 * same each time. What the threads then do to one another it does not decide.
 *
 * A stopped thread waits until the others have passed so many points, as if it had been sent SIGSTOP and later SIGCONT. When none of
 * them moves any more, because all wait for it or are stopped themselves, it goes on. */
#ifndef TRIBUTARY_CHAOS_SCHEDULE_H
#define TRIBUTARY_CHAOS_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "points.h"

enum { CHAOS_THREADS = 16 };

struct chaos_thread {
    uint64_t passed; /* points; the others read it */
    uint64_t steps; /* what it has got done: the watch-dog reads it */
    uint64_t random;
    struct chaos_point *last;
    const char *role;
    bool stopped;
    uint32_t stops;
    unsigned char padding[128 - 6 * 8];
};

/* Before the first run: finds the points. */
void chaos_prepare(void);
/* Chooses what this run does at which points: favours functions with that in their names, where it is not NULL. No other thread runs. */
void chaos_begin_run(uint64_t seed, const char *favoured);
/* The calling thread has points from now on, until it ends. */
struct chaos_thread *chaos_enter(unsigned number, const char *role);
/* It has none any more. */
void chaos_leave(void);

/* Stops the calling thread until the others have passed so many points, or none moves any more. */
void chaos_stand_still(uint64_t points_of_others);

/* Where all threads are. */
void chaos_print_threads(void);
/* The calling thread got something done: messages were accepted, delivered or destroyed, or it has ended. A call that found nothing, or no
 * room, or waited in vain, has done nothing: threads that turn round one another without an end do not move. */
void chaos_step(void);
/* The sum of all threads' steps. */
uint64_t chaos_steps(void);
/* A line for each point: whether it was reached, and which it is. */
void chaos_print_points(void);

/* Ends the program, and says which run it was. */
void chaos_fail(const char *format, ...) __attribute__((noreturn, format(printf, 1, 2)));
/* What chaos_fail calls the run. */
void chaos_name_run(const char *scenario, uint64_t seed);

extern struct chaos_thread chaos_threads[CHAOS_THREADS];

#endif
