/* SPDX-License-Identifier: Apache-2.0 */
/* Counts the calls of the C library's allocator, by taking their names: glibc only, where the program's own definition
 * comes before the library's. Counting is off but while it is asked for, so that it is in no timed figure. */
#define _GNU_SOURCE
#include "CBenchmarkSupport.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

static atomic_bool counting;
static atomic_size_t count;

void benchmark_allocations_begin(void) {
    atomic_store(&count, 0);
    atomic_store(&counting, true);
}

size_t benchmark_allocations_end(void) {
    atomic_store(&counting, false);
    return atomic_load(&count);
}

#if defined(__GLIBC__)
int benchmark_allocations_counted(void) { return 1; }

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t number, size_t size);
void *__libc_realloc(void *memory, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

static void note(void) {
    if (atomic_load_explicit(&counting, memory_order_relaxed))
        atomic_fetch_add_explicit(&count, 1, memory_order_relaxed);
}

void *malloc(size_t size) {
    note();
    return __libc_malloc(size);
}

void *calloc(size_t number, size_t size) {
    note();
    return __libc_calloc(number, size);
}

void *realloc(void *memory, size_t size) {
    note();
    return __libc_realloc(memory, size);
}

void *memalign(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

void *aligned_alloc(size_t alignment, size_t size) {
    note();
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    note();
    void *found = __libc_memalign(alignment, size);
    if (found == NULL) return ENOMEM;
    *memory = found;
    return 0;
}
#else
int benchmark_allocations_counted(void) { return 0; }
#endif
