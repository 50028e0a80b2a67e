/* SPDX-License-Identifier: Apache-2.0 */
/* Stands in for include/tributary/internal/atomics.h when the core is compiled for the model checker: found first on the include
 * path, so that neither that file nor the core knows of it. Every access becomes a call, with the place it was made at.
 *
 * Fences that are only the compiler's on x86 and AArch64, because a neighbouring instruction is one there, are full ones: the checked
 * model is that of C11, in which they are needed. */
#ifndef TRIBUTARY_INTERNAL_ATOMICS_H
#define TRIBUTARY_INTERNAL_ATOMICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { CHECKER_RELAXED = 0, CHECKER_ACQUIRE = 1, CHECKER_RELEASE = 2, CHECKER_ACQUIRE_RELEASE = 3 };
enum { CHECKER_EXCHANGE, CHECKER_ADD, CHECKER_SUB, CHECKER_OR, CHECKER_AND };

uint64_t checker_load(const volatile void *address, size_t size, int order, const char *file, int line);
void checker_store(volatile void *address, size_t size, uint64_t value, int order, const char *file,
                   int line);
uint64_t checker_update(volatile void *address, size_t size, int operation, uint64_t operand, int order,
                        const char *file, int line);
bool checker_compare_exchange(volatile void *address, size_t size, uint64_t *expected, uint64_t desired,
                              const char *file, int line);
void checker_fence(const char *file, int line);
void checker_fence_multiple_copies(const char *file, int line);
void checker_pause(const char *file, int line);

#define CHECKER_PLACE __FILE__, __LINE__
#define CHECKER_TYPE(address) __typeof__(*(address))

#define CHECKER_LOAD(address, order) \
    ((CHECKER_TYPE(address))checker_load((address), sizeof(*(address)), (order), CHECKER_PLACE))
#define CHECKER_STORE(address, value, order)                                                  \
    checker_store((address), sizeof(*(address)), (uint64_t)(CHECKER_TYPE(address))(value), (order), \
                  CHECKER_PLACE)
#define CHECKER_UPDATE(address, operation, operand, order)                                     \
    ((CHECKER_TYPE(address))checker_update((address), sizeof(*(address)), (operation),         \
                                           (uint64_t)(CHECKER_TYPE(address))(operand), (order), \
                                           CHECKER_PLACE))

#define tributary_load_relaxed(address) CHECKER_LOAD(address, CHECKER_RELAXED)
#define tributary_load_acquire(address) CHECKER_LOAD(address, CHECKER_ACQUIRE)
#define tributary_store_relaxed(address, value) CHECKER_STORE(address, value, CHECKER_RELAXED)
#define tributary_store_release(address, value) CHECKER_STORE(address, value, CHECKER_RELEASE)

#define tributary_exchange_acquire_release(address, value) \
    CHECKER_UPDATE(address, CHECKER_EXCHANGE, value, CHECKER_ACQUIRE_RELEASE)
#define tributary_fetch_add_relaxed(address, value) \
    CHECKER_UPDATE(address, CHECKER_ADD, value, CHECKER_RELAXED)
#define tributary_fetch_add_acquire_release(address, value) \
    CHECKER_UPDATE(address, CHECKER_ADD, value, CHECKER_ACQUIRE_RELEASE)
#define tributary_fetch_sub_acquire_release(address, value) \
    CHECKER_UPDATE(address, CHECKER_SUB, value, CHECKER_ACQUIRE_RELEASE)
#define tributary_fetch_or_acquire_release(address, value) \
    CHECKER_UPDATE(address, CHECKER_OR, value, CHECKER_ACQUIRE_RELEASE)
#define tributary_fetch_and_acquire_release(address, value) \
    CHECKER_UPDATE(address, CHECKER_AND, value, CHECKER_ACQUIRE_RELEASE)
#define tributary_compare_exchange_acquire_release(address, expected, desired)                  \
    __extension__({                                                                              \
        __typeof__(expected) checker_expected = (expected);                                      \
        uint64_t checker_value = (uint64_t)*checker_expected;                                    \
        bool checker_exchanged = checker_compare_exchange(                                       \
            (address), sizeof(*(address)), &checker_value,                                       \
            (uint64_t)(CHECKER_TYPE(address))(desired), CHECKER_PLACE);                          \
        *checker_expected = (CHECKER_TYPE(address))checker_value;                                \
        checker_exchanged;                                                                       \
    })

/* Between two operations of one thread nothing is out of order: accesses happen one at a time, and what makes them look otherwise is
 * what other threads are allowed to read. */
#define tributary_fence_compiler() ((void)0)
#define tributary_fence_full() checker_fence(CHECKER_PLACE)
#define tributary_fence_after_read_modify_write() checker_fence(CHECKER_PLACE)
#define tributary_fence_multiple_copies() checker_fence_multiple_copies(CHECKER_PLACE)
#define tributary_pause() checker_pause(CHECKER_PLACE)
#define tributary_prefetch_write(address) ((void)(address))
#define tributary_likely(condition) (condition)
#define tributary_unlikely(condition) (condition)
#define tributary_sanitizer_release(address) ((void)(address))
#define tributary_sanitizer_acquire(address) ((void)(address))

#endif
