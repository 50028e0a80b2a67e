/* SPDX-License-Identifier: Apache-2.0 */
#include "counting_allocator.h"

#include <stdlib.h>

static void *allocate(void *context, size_t size, size_t alignment) {
    struct counting_allocator *counter = context;
    void *memory;
    if (alignment < sizeof(void *))
        alignment = sizeof(void *);
    if (posix_memalign(&memory, alignment, size) != 0)
        return NULL;
    atomic_fetch_add(&counter->bytes, size);
    return memory;
}

static void deallocate(void *context, void *memory, size_t size, size_t alignment) {
    struct counting_allocator *counter = context;
    (void)alignment;
    atomic_fetch_sub(&counter->bytes, size);
    free(memory);
}

tributary_allocator counting_allocator_hooks(struct counting_allocator *counter) {
    return (tributary_allocator){
        .allocate = allocate, .deallocate = deallocate, .context = counter};
}

size_t counting_allocator_bytes(struct counting_allocator *counter) {
    return atomic_load(&counter->bytes);
}
