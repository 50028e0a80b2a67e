/* SPDX-License-Identifier: Apache-2.0 */
/* Allocation through a channel's hooks. */
#ifndef TRIBUTARY_ALLOCATOR_H
#define TRIBUTARY_ALLOCATOR_H

#include <tributary/options.h>
#include "visibility.h"

TRIBUTARY_PRIVATE_BEGIN
extern const tributary_allocator tributary_default_allocator;
TRIBUTARY_PRIVATE_END

static inline void *tributary_allocate(const tributary_allocator *allocator, size_t size,
                                       size_t alignment) {
    return allocator->allocate(allocator->context, size, alignment);
}

static inline void tributary_deallocate(const tributary_allocator *allocator, void *memory,
                                        size_t size, size_t alignment) {
    allocator->deallocate(allocator->context, memory, size, alignment);
}

#endif
