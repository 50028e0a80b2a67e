/* SPDX-License-Identifier: Apache-2.0 */
/* Allocator hooks that know how many bytes are out. */
#ifndef CBENCH_COUNTING_ALLOCATOR_H
#define CBENCH_COUNTING_ALLOCATOR_H

#include <stdatomic.h>
#include <stddef.h>
#include <tributary/tributary.h>

struct counting_allocator {
    atomic_size_t bytes;
};

tributary_allocator counting_allocator_hooks(struct counting_allocator *counter);
size_t counting_allocator_bytes(struct counting_allocator *counter);

#endif
