/* SPDX-License-Identifier: Apache-2.0 */
/* The operating system as the core sees it: the core is linked so that its calls come here. Memory, mutexes, conditions, futexes,
 * descriptors, membarrier, time, thread-local values. Time stands still unless somebody sleeps until a deadline. */
#include "checker.h"

#include <cerrno>
#include <cstdarg>
#include <ctime>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <sys/syscall.h>

namespace {

struct Object { /* a mutex or a condition */
    const void *address;
    int owner;
    View view;
};
std::vector<Object *> objects;
size_t objects_used;

struct Sleeper {
    const void *object;
    int thread;
};
std::vector<Sleeper> sleepers; /* first come, first woken */

enum { DESCRIPTORS = 8, FIRST_DESCRIPTOR = 1000 };
struct {
    bool open;
    uint64_t count;
    View view;
} descriptors[DESCRIPTORS];

void (*destructors[4])(void *);
unsigned keys;

Object &object_at(const void *address) {
    for (size_t i = 0; i < objects_used; i++)
        if (objects[i]->address == address) return *objects[i];
    if (objects_used == objects.size()) objects.push_back(new Object);
    Object &object = *objects[objects_used++];
    object.address = address;
    object.owner = NOBODY;
    view_clear(object.view);
    return object;
}

void take_step(Kind kind, const void *object, int line) {
    thread_step(kind, object, "system", line);
    explore_step(threads[current].pending);
}

bool sleep_on(const void *object, int64_t deadline, int line) {
    sleepers.push_back({object, current});
    bool woken = thread_sleep(object, deadline, "system", line);
    for (size_t i = 0; i < sleepers.size(); i++)
        if (sleepers[i].thread == current) sleepers.erase(sleepers.begin() + (long)i--);
    return woken;
}

void wake(const void *object, int count) {
    for (size_t i = 0; i < sleepers.size() && count > 0; i++) {
        if (sleepers[i].object != object) continue;
        thread_wake(sleepers[i].thread);
        sleepers.erase(sleepers.begin() + (long)i--);
        count--;
    }
}

int64_t nanoseconds(const timespec *time) { return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec; }

void lock(const void *mutex) {
    if (current == NOBODY) return;
    heap_contains(mutex) ? heap_check(mutex, sizeof(pthread_mutex_t), "lock") : (void)0;
    take_step(Kind::lock, mutex, __LINE__);
    Object &object = object_at(mutex);
    object.owner = current;
    memory_acquire(object.view);
}

void unlock(const void *mutex) {
    if (current == NOBODY) return;
    heap_contains(mutex) ? heap_check(mutex, sizeof(pthread_mutex_t), "unlock") : (void)0;
    take_step(Kind::unlock, mutex, __LINE__);
    Object &object = object_at(mutex);
    if (object.owner != current) checker_fail("a mutex unlocked that is another's");
    object.owner = NOBODY;
    memory_publish(object.view);
    writes++;
}

/* A full fence on every thread, one after the other. */
void heavy_fence() {
    if (current == NOBODY) return;
    take_step(Kind::fence, nullptr, __LINE__);
    memory_fence_for(threads[current]);
    for (int i = 0; i < thread_count; i++) {
        if (i == current) continue;
        if (threads[i].alive) {
            thread_step(Kind::heavy, nullptr, "system", __LINE__, i);
            explore_step(threads[current].pending);
        }
        memory_fence_for(threads[i]);
    }
    take_step(Kind::fence, nullptr, __LINE__);
    memory_fence_for(threads[current]);
}

} // namespace

bool system_may_lock(const void *mutex) { return object_at(mutex).owner == NOBODY; }

void system_reset() {
    objects_used = 0;
    sleepers.clear();
    for (auto &descriptor : descriptors) descriptor.open = false;
    now = 1000000000;
}

void system_thread_exit() {
    for (unsigned i = 0; i < keys; i++) {
        void *value = threads[current].specific[i];
        threads[current].specific[i] = nullptr;
        if (value != nullptr && destructors[i] != nullptr) destructors[i](value);
    }
}

extern "C" {

/* ---- Memory ---- */

void *__wrap_malloc(size_t size) { return heap_allocate(size, 16); }

int __wrap_posix_memalign(void **result, size_t alignment, size_t size) {
    *result = heap_allocate(size, alignment);
    return 0;
}

void __wrap_free(void *memory) { heap_free(memory); }

/* ---- Mutexes and conditions ---- */

int __wrap_pthread_mutex_init(pthread_mutex_t *, const void *) { return 0; }
int __wrap_pthread_mutex_destroy(pthread_mutex_t *) { return 0; }

int __wrap_pthread_mutex_lock(pthread_mutex_t *mutex) {
    lock(mutex);
    return 0;
}

int __wrap_pthread_mutex_trylock(pthread_mutex_t *mutex) {
    if (current == NOBODY) return 0;
    heap_contains(mutex) ? heap_check(mutex, sizeof *mutex, "trylock") : (void)0;
    take_step(Kind::update, mutex, __LINE__);
    Object &object = object_at(mutex);
    if (object.owner != NOBODY) return EBUSY;
    object.owner = current;
    memory_acquire(object.view);
    return 0;
}

int __wrap_pthread_mutex_unlock(pthread_mutex_t *mutex) {
    unlock(mutex);
    return 0;
}

int __wrap_pthread_cond_init(pthread_cond_t *, const void *) { return 0; }
int __wrap_pthread_cond_destroy(pthread_cond_t *) { return 0; }

int __wrap_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex) {
    take_step(Kind::update, condition, __LINE__);
    unlock(mutex);
    sleep_on(condition, FOREVER, __LINE__);
    lock(mutex);
    return 0;
}

int __wrap_pthread_cond_timedwait(pthread_cond_t *condition, pthread_mutex_t *mutex, const timespec *until) {
    take_step(Kind::update, condition, __LINE__);
    unlock(mutex);
    bool woken = sleep_on(condition, nanoseconds(until), __LINE__);
    lock(mutex);
    return woken ? 0 : ETIMEDOUT;
}

int __wrap_pthread_cond_broadcast(pthread_cond_t *condition) {
    if (current == NOBODY) return 0;
    take_step(Kind::update, condition, __LINE__);
    wake(condition, THREADS);
    return 0;
}

/* ---- Futexes and membarrier ---- */

long __wrap_syscall(long number, ...) {
    va_list arguments;
    va_start(arguments, number);
    void *first = va_arg(arguments, void *);
    long operation = va_arg(arguments, long) & FUTEX_CMD_MASK;
    if (number == SYS_membarrier) {
        va_end(arguments);
        if ((long)first == 1 << 3) heavy_fence();
        return 0;
    }
    if (number != SYS_futex) checker_fail("an unknown system call, %ld", number);
    uint32_t *word = static_cast<uint32_t *>(first);
    long value = va_arg(arguments, long);
    const timespec *until = va_arg(arguments, const timespec *);
    va_end(arguments);
    if (current == NOBODY) return 0;
    take_step(Kind::update, word, __LINE__);
    if (heap_contains(word)) heap_check(word, sizeof *word, "futex");
    if (operation == FUTEX_WAKE) {
        wake(word, (int)value);
        return 0;
    }
    if (*word != (uint32_t)value) return EAGAIN;
    sleep_on(word, until == nullptr ? FOREVER : nanoseconds(until), __LINE__);
    return 0;
}

/* ---- Descriptors ---- */

int __wrap_eventfd(unsigned count, int) {
    for (int i = 0; i < DESCRIPTORS; i++) {
        if (descriptors[i].open) continue;
        descriptors[i].open = true;
        descriptors[i].count = count;
        view_clear(descriptors[i].view);
        return FIRST_DESCRIPTOR + i;
    }
    errno = EMFILE;
    return -1;
}

int __wrap_close(int number) {
    if (!descriptors[number - FIRST_DESCRIPTOR].open) checker_fail("a descriptor closed twice");
    descriptors[number - FIRST_DESCRIPTOR].open = false;
    return 0;
}

static void enter_descriptor(int number, int line) {
    auto &descriptor = descriptors[number - FIRST_DESCRIPTOR];
    if (current != NOBODY) take_step(Kind::update, &descriptor, line);
    if (!descriptor.open) checker_fail("a descriptor used after it was closed");
}

long __wrap_write(int number, const void *, size_t size) {
    auto &descriptor = descriptors[number - FIRST_DESCRIPTOR];
    enter_descriptor(number, __LINE__);
    descriptor.count++;
    if (current == NOBODY) return (long)size;
    memory_publish(descriptor.view);
    wake(&descriptor, THREADS);
    return (long)size;
}

long __wrap_read(int number, void *, size_t size) {
    auto &descriptor = descriptors[number - FIRST_DESCRIPTOR];
    enter_descriptor(number, __LINE__);
    if (descriptor.count == 0) {
        errno = EAGAIN;
        return -1;
    }
    descriptor.count = 0;
    if (current != NOBODY) memory_acquire(descriptor.view);
    return (long)size;
}

int __wrap_ppoll(pollfd *set, nfds_t, const timespec *timeout, const void *) {
    auto &descriptor = descriptors[set->fd - FIRST_DESCRIPTOR];
    int64_t deadline = timeout == nullptr ? FOREVER : now + nanoseconds(timeout);
    enter_descriptor(set->fd, __LINE__);
    while (descriptor.count == 0) {
        if (deadline <= now) return 0;
        sleep_on(&descriptor, deadline, __LINE__);
    }
    memory_acquire(descriptor.view);
    return 1;
}

/* ---- Time ---- */

int __wrap_clock_gettime(clockid_t, timespec *time) {
    *time = {now / 1000000000, now % 1000000000};
    return 0;
}

int __wrap_nanosleep(const timespec *time, timespec *) {
    if (current != NOBODY) thread_sleep(&threads[current], now + nanoseconds(time), "system", __LINE__);
    return 0;
}

void checker_pause(const char *file, int line);

int __wrap_sched_yield() {
    checker_pause("system", __LINE__);
    return 0;
}

/* ---- Values of a thread, and its exit ---- */

int __wrap_pthread_key_create(pthread_key_t *key, void (*destructor)(void *)) {
    if (keys == 4) return EAGAIN;
    destructors[keys] = destructor;
    *key = keys++;
    return 0;
}

static void *outside_specific[4];

void *__wrap_pthread_getspecific(pthread_key_t key) {
    return current == NOBODY ? outside_specific[key] : threads[current].specific[key];
}

int __wrap_pthread_setspecific(pthread_key_t key, const void *value) {
    void *&place = current == NOBODY ? outside_specific[key] : threads[current].specific[key];
    place = const_cast<void *>(value);
    return 0;
}
}
