/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that the C library's allocator has given out and not got back, of all arenas. */
#ifndef CBENCH_ALLOCATED_H
#define CBENCH_ALLOCATED_H

#include <stddef.h>

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
#include <malloc.h>

static inline size_t allocated_bytes(void) {
    struct mallinfo2 information = mallinfo2();
    return information.uordblks + information.hblkhd;
}
#else
#include "report.h"

static inline size_t allocated_bytes(void) {
    fail("this system's allocator does not say what it has given out");
}
#endif

#endif
