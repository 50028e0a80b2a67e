/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "allocator.h"

#include <stdlib.h>

static void *allocate(void *context, size_t size, size_t alignment) {
    (void)context;
    if (alignment <= _Alignof(max_align_t)) return malloc(size);
    void *memory;
    return posix_memalign(&memory, alignment, size) == 0 ? memory : NULL;
}

static void deallocate(void *context, void *memory, size_t size, size_t alignment) {
    (void)context;
    (void)size;
    (void)alignment;
    free(memory);
}

const tributary_allocator tributary_default_allocator = {allocate, deallocate, NULL};
