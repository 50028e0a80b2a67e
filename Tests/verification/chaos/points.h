/* SPDX-License-Identifier: Apache-2.0 */
/* The points of the core: one before each of its atomic accesses and fences (include/), and before each system call and call to the
 * threads' library that its protocols make. Included into every file of the core by the compiler's command line.
 *
 * A point is known by its function, what comes next, and how often that was there before in the same function; not by its line, so
 * that a seed's decisions outlast an edit elsewhere. Inline functions have a copy of a point in each file. */
#ifndef TRIBUTARY_CHAOS_POINTS_H
#define TRIBUTARY_CHAOS_POINTS_H

/* A function of the core is called so. */
#define poll chaos_poll
#include <poll.h>
#undef poll
#include <pthread.h>
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/eventfd.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

struct chaos_point {
    const char *file;
    const char *function;
    const char *what;
    const char *operand;
    int line;
    unsigned char reached; /* of the first copy, as is the rest */
    unsigned char favoured; /* by this run's schedule */
    unsigned char number;   /* of those alike in the function */
    uint64_t hash;             /* of all that it is known by */
    struct chaos_point *first; /* of the copies */
};

void chaos_reach(struct chaos_point *point);

/* Each leaves its address in a section of its own, where schedule.c finds all of them, those too that are never reached. */
#define CHAOS_POINT(what_, operand_)                                                              \
    __extension__({                                                                               \
        static struct chaos_point chaos_point = {                                                 \
            .file = __FILE__, .function = __func__, .what = what_, .operand = operand_,           \
            .line = __LINE__, .first = &chaos_point};                                             \
        static struct chaos_point *const chaos_entry                                              \
            __attribute__((section("chaos_points"), used, no_reorder)) = &chaos_point;            \
        (void)chaos_entry;                                                                        \
        chaos_reach(&chaos_point);                                                                \
    })

#ifdef CHAOS_IN_THE_CORE
#define syscall(...) (CHAOS_POINT("system call", #__VA_ARGS__), syscall(__VA_ARGS__))
#define read(...) (CHAOS_POINT("read", #__VA_ARGS__), read(__VA_ARGS__))
#define write(...) (CHAOS_POINT("write", #__VA_ARGS__), write(__VA_ARGS__))
#define ppoll(...) (CHAOS_POINT("poll", #__VA_ARGS__), ppoll(__VA_ARGS__))
#define sched_yield() (CHAOS_POINT("yield", ""), sched_yield())
#define nanosleep(...) (CHAOS_POINT("sleep", ""), nanosleep(__VA_ARGS__))
#define pthread_mutex_lock(mutex) (CHAOS_POINT("lock", #mutex), pthread_mutex_lock(mutex))
#define pthread_mutex_trylock(mutex) (CHAOS_POINT("try to lock", #mutex), pthread_mutex_trylock(mutex))
#define pthread_mutex_unlock(mutex) (CHAOS_POINT("unlock", #mutex), pthread_mutex_unlock(mutex))
#define pthread_cond_wait(...) (CHAOS_POINT("wait", ""), pthread_cond_wait(__VA_ARGS__))
#define pthread_cond_timedwait(...) (CHAOS_POINT("wait", ""), pthread_cond_timedwait(__VA_ARGS__))
#define pthread_cond_broadcast(condition) (CHAOS_POINT("broadcast", ""), pthread_cond_broadcast(condition))
#endif

#endif
