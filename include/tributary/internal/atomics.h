/* SPDX-License-Identifier: Apache-2.0 */
/* Every atomic access and fence of the library, the order in the name. The one place to swap for
 * a model checker; nothing else in include/ or Sources/ spells __atomic or a barrier.
 *
 *   load  relaxed  the value alone matters
 *   load  acquire  reads what a release store published
 *   store release  publishes everything written before it
 *   rmw   *        read-modify-writes: the order of the load and of the store half
 *   fence_full     orders every earlier store before every later load: the Dekker pairs
 *   fence_compiler orders nothing in hardware: the other side of the pair runs a heavy fence
 *                  (Sources/CTributary/fence.h) that orders both sides
 *
 * The GNU builtins are used instead of <stdatomic.h> because C++ and Swift include this too. */
#ifndef TRIBUTARY_INTERNAL_ATOMICS_H
#define TRIBUTARY_INTERNAL_ATOMICS_H

#define tributary_load_relaxed(address) __atomic_load_n((address), __ATOMIC_RELAXED)
#define tributary_load_acquire(address) __atomic_load_n((address), __ATOMIC_ACQUIRE)
#define tributary_store_relaxed(address, value) __atomic_store_n((address), (value), __ATOMIC_RELAXED)
#define tributary_store_release(address, value) __atomic_store_n((address), (value), __ATOMIC_RELEASE)

#define tributary_exchange_acquire_release(address, value) \
    __atomic_exchange_n((address), (value), __ATOMIC_ACQ_REL)
#define tributary_fetch_add_relaxed(address, value) \
    __atomic_fetch_add((address), (value), __ATOMIC_RELAXED)
#define tributary_fetch_add_acquire_release(address, value) \
    __atomic_fetch_add((address), (value), __ATOMIC_ACQ_REL)
#define tributary_fetch_sub_acquire_release(address, value) \
    __atomic_fetch_sub((address), (value), __ATOMIC_ACQ_REL)
#define tributary_fetch_or_acquire_release(address, value) \
    __atomic_fetch_or((address), (value), __ATOMIC_ACQ_REL)
#define tributary_fetch_and_acquire_release(address, value) \
    __atomic_fetch_and((address), (value), __ATOMIC_ACQ_REL)
/* `expected` is a pointer and receives the value found. */
#define tributary_compare_exchange_acquire_release(address, expected, desired)              \
    __atomic_compare_exchange_n((address), (expected), (desired), 0, __ATOMIC_ACQ_REL, \
                                __ATOMIC_ACQUIRE)

#define tributary_fence_compiler() __atomic_signal_fence(__ATOMIC_SEQ_CST)

/* ThreadSanitizer does not model fences: it only has to see the release/acquire pairs, and every
 * hand-over of memory here is one. GCC would warn at each fence when built for it. */
#if defined(__GNUC__) && !defined(__clang__) && defined(__SANITIZE_THREAD__)
#define tributary_fence_full() __sync_synchronize()
#elif defined(__x86_64__)
/* A locked read-modify-write of the stack is a full fence and about half the price of mfence. */
#define tributary_fence_full() __asm__ volatile("lock; orl $0, -8(%%rsp)" ::: "memory", "cc")
#else
#define tributary_fence_full() __atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

/* Between a read-modify-write and a later load: on x86 the former is a full fence, and the release stores in between are
 * ordered after it. */
#if defined(__x86_64__)
#define tributary_fence_after_read_modify_write() tributary_fence_compiler()
#else
#define tributary_fence_after_read_modify_write() tributary_fence_full()
#endif

/* Between acquire loads of words that different threads have written. x86 and AArch64 show every store to all other processors
 * at once, so that two threads which load in order agree on the order of the stores; others need a fence for that. */
#if defined(__x86_64__) || defined(__aarch64__)
#define tributary_fence_multiple_copies() tributary_fence_compiler()
#else
#define tributary_fence_multiple_copies() tributary_fence_full()
#endif

/* The processor's hint for a polling loop. */
#if defined(__x86_64__) || defined(__i386__)
#define tributary_pause() __builtin_ia32_pause()
#elif defined(__aarch64__)
#define tributary_pause() __asm__ volatile("isb" ::: "memory")
#else
#define tributary_pause() tributary_fence_compiler()
#endif

/* Asks for a line that is about to be written, without waiting. On x86 the builtin would ask for it shared, and
 * the store then pays for the same line a second time (measured: half the rate of a streaming lane). Processors
 * without PREFETCHW ignore it. */
#if defined(__x86_64__)
#define tributary_prefetch_write(address) \
    __asm__ volatile("prefetchw %0" : : "m"(*(const char *)(address)))
#else
#define tributary_prefetch_write(address) __builtin_prefetch((const void *)(address), 1, 3)
#endif

#define tributary_likely(condition) __builtin_expect(!!(condition), 1)
#define tributary_unlikely(condition) __builtin_expect(!!(condition), 0)

/* The queue functions of liburcu are out of ThreadSanitizer's sight (inline assembly on x86).
 * What they order is told to it here: the enqueuer's release, the dequeuer's acquire. */
#if defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define TRIBUTARY_THREAD_SANITIZER 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define TRIBUTARY_THREAD_SANITIZER 1
#endif
#ifdef TRIBUTARY_THREAD_SANITIZER
#ifdef __cplusplus
extern "C" {
#endif
void __tsan_acquire(void *address);
void __tsan_release(void *address);
#ifdef __cplusplus
}
#endif
#define tributary_sanitizer_release(address) __tsan_release(address)
#define tributary_sanitizer_acquire(address) __tsan_acquire(address)
#else
#define tributary_sanitizer_release(address) ((void)(address))
#define tributary_sanitizer_acquire(address) ((void)(address))
#endif

#endif
