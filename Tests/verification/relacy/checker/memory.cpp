/* SPDX-License-Identifier: Apache-2.0 */
/* Atomic memory: per location all its stores, in the order in which they were executed. A load may return any store that is not
 * older than what its thread has seen of the location; a read-modify-write the newest. A release store carries its thread's view, an
 * acquire load that reads it takes it over; full fences exchange views through one that all of them share. */
#include "checker.h"

#include <cstring>

namespace {

struct Store {
    uint64_t value;
    const View *view; /* NULL: carries nothing */
};

struct Location {
    uintptr_t address;
    size_t size;
    std::vector<Store> stores;
};

enum { TABLE = 4096, RELAXED = 0, ACQUIRE = 1, RELEASE = 2 };

Location locations[LOCATIONS];
int used;
struct {
    uintptr_t address;
    int location;
    uint64_t execution;
} table[TABLE];
uint64_t execution;
View fences; /* what full fences have seen */

uint64_t read_memory(const void *address, size_t size) {
    uint64_t value = 0;
    memcpy(&value, address, size);
    return value;
}

int find(const void *at, size_t size) {
    uintptr_t address = (uintptr_t)at;
    size_t slot = (address * 0x9E3779B97F4A7C15u) >> 52;
    while (table[slot].execution == execution && table[slot].address != address) slot = (slot + 1) % TABLE;
    int number;
    if (table[slot].execution == execution) {
        number = table[slot].location;
    } else {
        if (used == LOCATIONS) checker_fail("more than %d atomic words", LOCATIONS);
        number = used++;
        table[slot] = {address, number, execution};
        locations[number].address = address;
        locations[number].size = size;
        locations[number].stores.clear();
        locations[number].stores.push_back({read_memory(at, size), nullptr});
    }
    Location &location = locations[number];
    if (location.size != size) checker_fail("one atomic word in two sizes, %zu and %zu", location.size, size);
    uint64_t value = read_memory(at, size);
    if (location.stores.back().value != value) {
        /* Written without an atomic access, which the races tell about: whoever comes after it has to see it. */
        location.stores.push_back({value, nullptr});
        for (Thread &thread : threads) view_see(thread.current, number, (int)location.stores.size() - 1);
    }
    return number;
}

/* The oldest store that the thread may read. A store arrives at some time: one that is superseded is not read for ever. */
int oldest_of(int number) {
    enum { STALE = 2 };
    Thread &thread = threads[current];
    int oldest = view_seen(thread.current, number), newest = (int)locations[number].stores.size() - 1;
    return oldest < newest && thread.stale[number] >= STALE ? oldest + 1 : oldest;
}

void note_stale(int number, int store) {
    Thread &thread = threads[current];
    bool superseded = store < (int)locations[number].stores.size() - 1;
    bool again = store == view_seen(thread.current, number);
    thread.stale[number] = (uint8_t)(superseded ? (again ? thread.stale[number] + 1 : 1) : 0);
}

void append(int number, uint64_t value, int order, const View *continued) {
    Location &location = locations[number];
    Thread &thread = threads[current];
    int store = (int)location.stores.size();
    view_see(thread.current, number, store);
    View *view = view_keep(order & RELEASE ? thread.current : thread.released);
    view_see(*view, number, store);
    if (continued != nullptr) view_join(*view, *continued); /* a release sequence */
    location.stores.push_back({value, view});
    memcpy((void *)location.address, &value, location.size);
    if (order & RELEASE) thread.current.clock[current]++;
    writes++;
}

void take(int number, int store, int order) {
    Thread &thread = threads[current];
    const View *view = locations[number].stores[(size_t)store].view;
    view_see(thread.current, number, store);
    if (view != nullptr) view_join(order & ACQUIRE ? thread.current : thread.acquired, *view);
}

uint64_t trimmed(uint64_t value, size_t size) {
    return size >= 8 ? value : value & ((uint64_t{1} << (8 * size)) - 1);
}

uint64_t apply(int operation, uint64_t old, uint64_t operand) {
    switch (operation) {
    case 0: return operand;
    case 1: return old + operand;
    case 2: return old - operand;
    case 3: return old | operand;
    default: return old & operand;
    }
}

} // namespace

void memory_reset() {
    used = 0;
    execution++;
    view_clear(fences);
    views_reset();
}

void memory_fence_for(Thread &thread) {
    view_join(thread.current, thread.acquired);
    view_join_seen(thread.current, fences);
    view_join_seen(fences, thread.current);
    view_clear(thread.released);
    view_join(thread.released, thread.current);
    thread.current.clock[&thread - threads]++;
}

void memory_catch_up(Thread &thread) {
    for (int i = 0; i < used; i++) view_see(thread.current, i, (int)locations[i].stores.size() - 1);
}

void memory_publish(View &object) {
    Thread &thread = threads[current];
    view_join(object, thread.current);
    thread.current.clock[current]++;
}

void memory_acquire(const View &object) { view_join(threads[current].current, object); }

extern "C" {

uint64_t checker_load(const volatile void *volatile_address, size_t size, int order, const char *file, int line) {
    const void *address = const_cast<const void *>(volatile_address);
    if (current == NOBODY) return read_memory(address, size);
    thread_step(Kind::load, address, file, line);
    races_note(address, size, Access::atomic_read);
    int number = find(address, size);
    int newest = (int)locations[number].stores.size() - 1;
    int store = newest - explore_value(newest - oldest_of(number) + 1);
    note_stale(number, store);
    Step &step = threads[current].pending;
    step.value = locations[number].stores[(size_t)store].value;
    explore_step(step);
    take(number, store, order);
    return step.value;
}

void checker_store(volatile void *volatile_address, size_t size, uint64_t value, int order, const char *file,
                   int line) {
    void *address = const_cast<void *>(volatile_address);
    if (current == NOBODY) {
        memcpy(address, &value, size);
        return;
    }
    thread_step(Kind::store, address, file, line);
    races_note(address, size, Access::atomic_write);
    int number = find(address, size);
    threads[current].pending.value = value;
    explore_step(threads[current].pending);
    append(number, value, order, nullptr);
}

uint64_t checker_update(volatile void *volatile_address, size_t size, int operation, uint64_t operand, int order,
                        const char *file, int line) {
    void *address = const_cast<void *>(volatile_address);
    uint64_t old = read_memory(address, size);
    if (current == NOBODY) {
        uint64_t value = apply(operation, old, operand);
        memcpy(address, &value, size);
        return old;
    }
    thread_step(Kind::update, address, file, line);
    races_note(address, size, Access::atomic_write);
    int number = find(address, size);
    old = locations[number].stores.back().value;
    uint64_t value = trimmed(apply(operation, old, operand), size);
    threads[current].pending.value = value;
    explore_step(threads[current].pending);
    int newest = (int)locations[number].stores.size() - 1;
    const View *continued = locations[number].stores[(size_t)newest].view;
    take(number, newest, order);
    append(number, value, order, continued);
    return old;
}

bool checker_compare_exchange(volatile void *volatile_address, size_t size, uint64_t *expected, uint64_t desired,
                              const char *file, int line) {
    void *address = const_cast<void *>(volatile_address);
    uint64_t wanted = trimmed(*expected, size);
    if (current == NOBODY) {
        *expected = read_memory(address, size);
        if (*expected != wanted) return false;
        memcpy(address, &desired, size);
        return true;
    }
    thread_step(Kind::update, address, file, line);
    races_note(address, size, Access::atomic_write);
    int number = find(address, size);
    const std::vector<Store> &stores = locations[number].stores;
    int newest = (int)stores.size() - 1;
    /* It may succeed on the newest, and fail on any that it has not seen to be superseded. */
    int choices[64], count = 0;
    int oldest = oldest_of(number);
    for (int store = newest; store >= oldest && count < 64; store--)
        if (store == newest || stores[(size_t)store].value != wanted) choices[count++] = store;
    int store = choices[explore_value(count)];
    note_stale(number, store);
    *expected = stores[(size_t)store].value;
    bool exchanged = *expected == wanted;
    threads[current].pending.value = exchanged ? desired : *expected;
    explore_step(threads[current].pending);
    const View *continued = stores[(size_t)store].view;
    take(number, store, ACQUIRE);
    if (exchanged) append(number, desired, ACQUIRE | RELEASE, continued);
    return exchanged;
}

void checker_fence(const char *file, int line) {
    if (current == NOBODY) return;
    thread_step(Kind::fence, nullptr, file, line);
    explore_step(threads[current].pending);
    memory_fence_for(threads[current]);
}

void checker_pause(const char *file, int line) {
    if (current == NOBODY) return;
    threads[current].yielded_at = writes;
    thread_step(Kind::yield, nullptr, file, line);
    explore_step(threads[current].pending);
    memory_catch_up(threads[current]);
}
}
