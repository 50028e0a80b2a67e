/* SPDX-License-Identifier: Apache-2.0 */
/* What the parts of the checker share. README.md says how they fit. */
#ifndef CHECKER_CHECKER_H
#define CHECKER_CHECKER_H

#include <cstddef>
#include <cstdint>
#include <vector>

constexpr int THREADS = 4;        /* of a scenario */
constexpr int NOBODY = -1;        /* before the threads start, and after they have ended */
constexpr int64_t FOREVER = INT64_MAX;
constexpr int LOCATIONS = 512;

/* ---- views.cpp: what a thread has seen ---- */

/* `seen` is by location, the number of its newest store; `clock` is by thread, for races. */
struct View {
    int locations; /* in use: the rest has seen the first store of each */
    uint16_t clock[THREADS];
    uint16_t seen[LOCATIONS];
};

void view_clear(View &view);
void view_join(View &into, const View &from);
/* The stores alone, not the clocks: what a fence gives to other fences. */
void view_join_seen(View &into, const View &from);
void view_see(View &view, int location, int store);
inline int view_seen(const View &view, int location) {
    return location < view.locations ? view.seen[location] : 0;
}
/* A copy that stays until the execution ends. */
View *view_keep(const View &view);
void views_reset();

/* ---- Steps ---- */

enum class Kind : uint8_t {
    start,
    load,
    store,
    update,  /* a read-modify-write, and what else reads and writes one object: wakes, conditions, descriptors */
    fence,   /* a full fence */
    heavy,   /* one for another thread: `target` */
    lock,
    unlock,
    resume,  /* out of a sleep: woken, or past its deadline */
    yield    /* a pause: goes on when another thread has written something */
};

struct Step {
    Kind kind;
    uint8_t thread;
    uint8_t target;
    const void *object;
    const char *file;
    int line;
    uint64_t value; /* for the trace */
};

/* ---- threads.cpp: fibers ---- */

struct Thread {
    View current;  /* what its loads may not go behind */
    View acquired; /* what an acquire fence would add */
    View released; /* what its relaxed stores carry: as of its last fence */
    Step pending;
    bool alive, started;
    bool sleeping, woken, expired; /* pending is Kind::resume */
    int64_t deadline;
    int hurried; /* times that its deadline has passed while others could run */
    uint8_t stale[LOCATIONS]; /* times in a row that it has read the same superseded store */
    uint64_t yielded_at; /* writes of others that it has waited for */
    void *specific[4];
};

extern Thread threads[THREADS];
extern int thread_count, current;
extern int64_t now;
extern uint64_t writes;

/* Runs one execution of the scenario's threads: false when it was given up because others cover it. */
bool threads_run(int count, void (*const bodies[])(void));
void threads_reset(); /* thread-local variables, before the scenario is set up */
/* Until the scheduler lets the current thread take this step. */
void thread_step(Kind kind, const void *object, const char *file, int line, int target = 0);
/* Sleeps until thread_wake or the deadline: true when woken. */
bool thread_sleep(const void *object, int64_t deadline, const char *file, int line);
void thread_wake(int thread);
/* Threads that may go on, and those that only would because time passes. */
unsigned threads_runnable();
unsigned threads_sleeping_with_deadline();
/* Leaves the fibers, to where threads_run was called. */
[[noreturn]] void threads_abandon();
const void *thread_stack_owner(const void *address); /* non-NULL: on a fiber's stack */

/* ---- memory.cpp, heap.cpp, races.cpp ---- */

void memory_reset();
void memory_fence_for(Thread &thread);
/* Time has passed: all stores have arrived. */
void memory_catch_up(Thread &thread);
void memory_publish(View &object);  /* mutexes and descriptors: the thread's writes go with it, ... */
void memory_acquire(const View &object); /* ...and come from it */

void heap_reset();
void *heap_allocate(size_t size, size_t alignment);
void heap_free(void *memory);
bool heap_contains(const void *address);
void heap_check(const void *address, size_t size, const char *what);
int heap_live(size_t *bytes);
int heap_block(const void *address, size_t *offset, size_t *size);

enum class Access : uint8_t { read, write, atomic_read, atomic_write };
void races_reset();
void races_note(const void *address, size_t size, Access access);

/* ---- explore.cpp: which thread, which value ---- */

enum class Search : uint8_t { full, bounded, random };

struct Options {
    Search search;
    int preemptions;
    uint64_t executions; /* at most */
    double seconds;      /* at most */
    uint64_t seed;
    bool trace;
};
extern Options options;

void explore_begin();                    /* of a scenario */
void explore_execution_begin();
bool explore_execution_end();            /* whether there is another */
int explore_thread();                    /* the next one, or NOBODY: all have ended. May abandon. */
int explore_value(int count);            /* 0 is the newest */
void explore_step(const Step &step);     /* the current thread takes it */
void explore_print_trace();
uint64_t explore_steps();
bool explore_complete();

[[noreturn]] void checker_fail(const char *format, ...) __attribute__((format(printf, 1, 2)));

void system_reset();
void system_thread_exit();

#endif
