/* SPDX-License-Identifier: Apache-2.0 */
#include "allocator.h"

#include <signal.h>

#include "test.h"

/* Lies right before each block. The block ends where the C library's allocation ends, so that
 * AddressSanitizer and Memcheck still see a write past it. */
struct block_head {
    uint64_t magic;
    size_t size;
    size_t alignment;
    void *start;
};

#define BLOCK_MAGIC UINT64_C(0x7472696275746172)

static _Thread_local volatile sig_atomic_t busy;

bool counting_allocator_is_busy(void) {
    return busy != 0;
}

void counting_allocator_initialize(struct counting_allocator *allocator) {
    memset(allocator, 0, sizeof *allocator);
}

void counting_allocator_fail_at(struct counting_allocator *allocator, size_t n) {
    size_t first = atomic_load(&allocator->calls) + n;
    atomic_store(&allocator->fail_until, first + 1);
    atomic_store(&allocator->fail_from, first);
}

void counting_allocator_fail_from(struct counting_allocator *allocator, size_t n) {
    atomic_store(&allocator->fail_until, SIZE_MAX);
    atomic_store(&allocator->fail_from, atomic_load(&allocator->calls) + n);
}

void counting_allocator_succeed(struct counting_allocator *allocator) {
    atomic_store(&allocator->fail_from, 0);
}

static void *counting_allocate(void *context, size_t size, size_t alignment) {
    struct counting_allocator *allocator = context;
    size_t call = atomic_fetch_add(&allocator->calls, 1) + 1;
    size_t fail_from = atomic_load(&allocator->fail_from);
    size_t room, live, peak;
    struct block_head *head;
    void *start;
    unsigned char *block;

    require(alignment != 0 && (alignment & (alignment - 1)) == 0);
    require(size != 0);
    if (allocator->visit != NULL)
        allocator->visit(allocator->visit_context, true);
    if (fail_from != 0 && call >= fail_from && call < atomic_load(&allocator->fail_until)) {
        atomic_fetch_add(&allocator->refused, 1);
        return NULL;
    }
    room = alignment > 64 ? alignment : 64;
    busy = 1;
    if (size > SIZE_MAX / 2 - room || posix_memalign(&start, room, room + size) != 0)
        start = NULL;
    busy = 0;
    if (start == NULL) {
        atomic_fetch_add(&allocator->refused, 1);
        return NULL;
    }
    block = (unsigned char *)start + room;
    head = (struct block_head *)(void *)block - 1;
    head->magic = BLOCK_MAGIC;
    head->size = size;
    head->alignment = alignment;
    head->start = start;
    memset(block, 0xa5, size);

    atomic_fetch_add(&allocator->live_blocks, 1);
    live = atomic_fetch_add(&allocator->live_bytes, size) + size;
    peak = atomic_load(&allocator->peak_bytes);
    while (live > peak && !atomic_compare_exchange_weak(&allocator->peak_bytes, &peak, live)) {
    }
    return block;
}

static void counting_deallocate(void *context, void *memory, size_t size, size_t alignment) {
    struct counting_allocator *allocator = context;
    struct block_head *head = (struct block_head *)memory - 1;
    require(memory != NULL);
    if (allocator->visit != NULL)
        allocator->visit(allocator->visit_context, false);
    require(head->magic == BLOCK_MAGIC);
    require_equal(size, head->size);
    require_equal(alignment, head->alignment);
    head->magic = 0;
    memset(memory, 0x5a, size);
    atomic_fetch_sub(&allocator->live_blocks, 1);
    atomic_fetch_sub(&allocator->live_bytes, size);
    busy = 1;
    free(head->start);
    busy = 0;
}

tributary_allocator counting_allocator_hooks(struct counting_allocator *allocator) {
    tributary_allocator hooks = {counting_allocate, counting_deallocate, allocator};
    return hooks;
}
