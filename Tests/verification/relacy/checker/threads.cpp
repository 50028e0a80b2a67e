/* SPDX-License-Identifier: Apache-2.0 */
/* The scenario's threads: fibers, of which one runs at a time, from step to step. */
#include "checker.h"

#include <csetjmp>
#include <cstdlib>
#include <cstring>
#include <ucontext.h>

namespace {

enum { STACK = 256 * 1024, LOCAL = 512 };

alignas(64) unsigned char stacks[THREADS][STACK];
alignas(64) unsigned char locals[THREADS + 1][LOCAL]; /* the core's thread-local variables; the last: outside of the threads */
jmp_buf bottom[THREADS], place[THREADS], outside;
ucontext_t contexts[THREADS], back;
bool created[THREADS];
void (*const *bodies)(void);
uint64_t steps;

void switch_to(int next) {
    if (next == current) return;
    if (current != NOBODY && _setjmp(place[current]) != 0) return;
    current = next;
    _longjmp(threads[next].started ? place[next] : bottom[next], 1);
}

void next_thread() {
    int next = explore_thread();
    if (next == NOBODY) _longjmp(outside, 1);
    switch_to(next);
}

/* The bottom of a fiber's stack: each execution begins here again, whatever became of the one before. */
void fiber(int self) {
    if (_setjmp(bottom[self]) == 0) setcontext(&back);
    threads[current].started = true;
    explore_step(threads[current].pending);
    bodies[current]();
    system_thread_exit();
    threads[current].alive = false;
    writes++; /* who has yielded looks again */
    next_thread();
    abort();
}

void create(int number) {
    created[number] = true;
    getcontext(&contexts[number]);
    contexts[number].uc_stack.ss_sp = stacks[number];
    contexts[number].uc_stack.ss_size = STACK;
    contexts[number].uc_link = nullptr;
    makecontext(&contexts[number], (void (*)())fiber, 1, number);
    swapcontext(&back, &contexts[number]);
}

} // namespace

Thread threads[THREADS];
int thread_count, current = NOBODY;
int64_t now;
uint64_t writes;

bool threads_run(int count, void (*const given[])(void)) {
    thread_count = count;
    bodies = given;
    steps = 0;
    writes = 0;
    for (int i = 0; i < count; i++) {
        if (!created[i]) create(i);
        Thread &thread = threads[i];
        view_clear(thread.current);
        view_clear(thread.acquired);
        view_clear(thread.released);
        thread.current.clock[i] = 1;
        thread.pending = {Kind::start, (uint8_t)i, 0, nullptr, "", 0, 0};
        thread.alive = true;
        thread.started = thread.sleeping = false;
        thread.hurried = 0;
        memset(thread.stale, 0, sizeof thread.stale);
        memset(thread.specific, 0, sizeof thread.specific);
    }
    int why = _setjmp(outside);
    if (why == 0) next_thread();
    current = NOBODY;
    return why == 1;
}

void threads_reset() { memset(locals, 0, sizeof locals); }

void threads_abandon() {
    current = NOBODY;
    _longjmp(outside, 2);
}

void thread_step(Kind kind, const void *object, const char *file, int line, int target) {
    if (++steps > 20000) checker_fail("it does not end");
    threads[current].pending = {kind, (uint8_t)current, (uint8_t)target, object, file, line, 0};
    next_thread();
}

bool thread_sleep(const void *object, int64_t deadline, const char *file, int line) {
    Thread &thread = threads[current];
    thread.sleeping = true;
    thread.woken = thread.expired = false;
    thread.deadline = deadline;
    thread_step(Kind::resume, object, file, line);
    bool woken = thread.woken;
    if (!woken) {
        if (threads_runnable() & ~(1u << current)) thread.hurried++;
        /* Time has passed, far more than any store needs to arrive. */
        if (deadline > now) now = deadline;
        for (int i = 0; i < thread_count; i++) memory_catch_up(threads[i]);
    }
    thread.pending.value = woken;
    explore_step(thread.pending);
    thread.sleeping = false;
    return woken;
}

void thread_wake(int thread) { threads[thread].woken = true; }

bool system_may_lock(const void *mutex);

static bool is_runnable(const Thread &thread) {
    if (!thread.alive) return false;
    switch (thread.pending.kind) {
    case Kind::lock: return system_may_lock(thread.pending.object);
    case Kind::resume: return thread.woken;
    case Kind::yield: return writes != thread.yielded_at;
    default: return true;
    }
}

unsigned threads_runnable() {
    unsigned mask = 0;
    for (int i = 0; i < thread_count; i++)
        if (is_runnable(threads[i])) mask |= 1u << i;
    return mask;
}

unsigned threads_sleeping_with_deadline() {
    /* Nobody oversleeps for ever: a thread that is slower than another one's clock is so a few times. */
    enum { HURRIED = 2 };
    unsigned mask = 0;
    bool idle = threads_runnable() == 0;
    for (int i = 0; i < thread_count; i++)
        if (threads[i].alive && (idle || threads[i].hurried < HURRIED) && threads[i].pending.kind == Kind::resume && !threads[i].woken &&
            threads[i].deadline != FOREVER)
            mask |= 1u << i;
    return mask;
}

const void *thread_stack_owner(const void *address) {
    const unsigned char *byte = (const unsigned char *)address;
    return byte >= stacks[0] && byte < stacks[0] + sizeof stacks ? stacks : nullptr;
}

/* The core is linked so that it asks for each of its thread-local variables. */
extern "C" void *__wrap___tls_get_addr(const size_t *module_and_offset) {
    if (module_and_offset[1] + 16 > LOCAL) abort();
    return locals[current == NOBODY ? THREADS : current] + module_and_offset[1];
}
