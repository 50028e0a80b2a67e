/* SPDX-License-Identifier: Apache-2.0 */
/* Found before include/tributary/internal/atomics.h when the core is compiled for chaos: the same accesses, each behind a point at which
 * the schedule may hold its thread up. So there is a point between every two accesses of the core, in what somebody adds tomorrow and in
 * a planted bug too, and neither that file nor the core knows of it: the library's objects cannot differ.
 *
 * Compiler fences have none: they are no access, and the next one has its own. */
#ifndef TRIBUTARY_CHAOS_ATOMICS_H
#define TRIBUTARY_CHAOS_ATOMICS_H

#include_next <tributary/internal/atomics.h>

#include "../../../points.h"

#define CHAOS_ACCESS(what, address, access) (CHAOS_POINT(what, #address), (access))

#undef tributary_load_relaxed
#undef tributary_load_acquire
#undef tributary_store_relaxed
#undef tributary_store_release
#define tributary_load_relaxed(address) \
    CHAOS_ACCESS("load", address, __atomic_load_n((address), __ATOMIC_RELAXED))
#define tributary_load_acquire(address) \
    CHAOS_ACCESS("load", address, __atomic_load_n((address), __ATOMIC_ACQUIRE))
/* The value first: computing it may be an access too, with a point of its own. */
#define CHAOS_STORE(address, value, order)                                             \
    __extension__({                                                                    \
        __typeof__(*(address) + 0) chaos_value = (value);                              \
        CHAOS_ACCESS("store", address, __atomic_store_n((address), chaos_value, order)); \
    })
#define tributary_store_relaxed(address, value) CHAOS_STORE(address, value, __ATOMIC_RELAXED)
#define tributary_store_release(address, value) CHAOS_STORE(address, value, __ATOMIC_RELEASE)

#undef tributary_exchange_acquire_release
#undef tributary_fetch_add_relaxed
#undef tributary_fetch_add_acquire_release
#undef tributary_fetch_sub_acquire_release
#undef tributary_fetch_or_acquire_release
#undef tributary_fetch_and_acquire_release
#undef tributary_compare_exchange_acquire_release
#define tributary_exchange_acquire_release(address, value) \
    CHAOS_ACCESS("exchange", address, __atomic_exchange_n((address), (value), __ATOMIC_ACQ_REL))
#define tributary_fetch_add_relaxed(address, value) \
    CHAOS_ACCESS("add", address, __atomic_fetch_add((address), (value), __ATOMIC_RELAXED))
#define tributary_fetch_add_acquire_release(address, value) \
    CHAOS_ACCESS("add", address, __atomic_fetch_add((address), (value), __ATOMIC_ACQ_REL))
#define tributary_fetch_sub_acquire_release(address, value) \
    CHAOS_ACCESS("subtract", address, __atomic_fetch_sub((address), (value), __ATOMIC_ACQ_REL))
#define tributary_fetch_or_acquire_release(address, value) \
    CHAOS_ACCESS("or", address, __atomic_fetch_or((address), (value), __ATOMIC_ACQ_REL))
#define tributary_fetch_and_acquire_release(address, value) \
    CHAOS_ACCESS("and", address, __atomic_fetch_and((address), (value), __ATOMIC_ACQ_REL))
#define tributary_compare_exchange_acquire_release(address, expected, desired)             \
    CHAOS_ACCESS("compare-exchange", address,                                              \
                 __atomic_compare_exchange_n((address), (expected), (desired), 0,          \
                                             __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))

/* A thread that is held up before it has its stores out of their buffer some nanoseconds later: what a fence does between a store and a load, and
 * what happens without, is the models' and the model checker's to find, not ours. */
static inline void tributary_chaos_fence_full(void) { tributary_fence_full(); }
#undef tributary_fence_full
#define tributary_fence_full() (CHAOS_POINT("fence", ""), tributary_chaos_fence_full())

#endif
