/* SPDX-License-Identifier: Apache-2.0 */
/* Allocator hooks that count, check that every deallocation matches its allocation, and fail when
 * a test says so. Memory is filled with garbage when it is handed out and when it is given back. */
#ifndef TRIBUTARY_TESTS_ALLOCATOR_H
#define TRIBUTARY_TESTS_ALLOCATOR_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include <tributary/options.h>

struct counting_allocator {
    atomic_size_t live_bytes;
    atomic_size_t live_blocks;
    atomic_size_t peak_bytes;
    atomic_size_t calls;      /* allocations asked for */
    atomic_size_t refused;    /* of them, those that failed */
    atomic_size_t fail_from;  /* the number of the first that fails; 0: none */
    atomic_size_t fail_until; /* the number of the first after it that succeeds again */
    /* Called inside of each call, on the caller's thread, if a test has set it before: the core calls the allocator in the
     * middle of what it does. */
    void (*visit)(void *context, bool allocates);
    void *visit_context;
};

void counting_allocator_initialize(struct counting_allocator *allocator);
tributary_allocator counting_allocator_hooks(struct counting_allocator *allocator);

/* The n-th allocation from now on fails, 1 being the next; with all after it, or alone. */
void counting_allocator_fail_at(struct counting_allocator *allocator, size_t n);
void counting_allocator_fail_from(struct counting_allocator *allocator, size_t n);
void counting_allocator_succeed(struct counting_allocator *allocator);

/* Whether this thread is inside of the allocator, whose locks are the C library's. Signal-safe. */
bool counting_allocator_is_busy(void);

#define require_nothing_allocated(allocator)                          \
    do {                                                              \
        require_equal(atomic_load(&(allocator)->live_blocks), 0);     \
        require_equal(atomic_load(&(allocator)->live_bytes), 0);      \
    } while (0)

#endif
