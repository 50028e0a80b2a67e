/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_OPTIONS_H
#define TRIBUTARY_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The capacity of a channel whose only bound is memory. */
#define TRIBUTARY_UNBOUNDED SIZE_MAX

/* The most that `capacity` messages may take where the oldest is dropped. */
#define TRIBUTARY_DROP_OLDEST_LARGEST_BYTES ((size_t)64 << 30)

/* A timeout that never ends, in nanoseconds. */
#define TRIBUTARY_FOREVER INT64_MAX

/* What a send does when its sender already has `capacity` undelivered messages. */
typedef enum tributary_overflow {
    TRIBUTARY_OVERFLOW_WAIT = 0,    /* try_send reports -EAGAIN, send waits */
    TRIBUTARY_OVERFLOW_DROP_NEWEST, /* the new message is destroyed and counted; the send succeeds */
    TRIBUTARY_OVERFLOW_DROP_OLDEST  /* the oldest undelivered one is destroyed and counted. A sender's storage grows up to
                                       capacity messages and stays until the sender has ended */
} tributary_overflow;

/* What a waiting thread sleeps on. */
typedef enum tributary_parker {
    TRIBUTARY_PARKER_DEFAULT = 0, /* futex on Linux, condition elsewhere */
    TRIBUTARY_PARKER_FUTEX,       /* Linux only: -EINVAL elsewhere */
    TRIBUTARY_PARKER_CONDITION,   /* pthread mutex and condition variable */
    TRIBUTARY_PARKER_EVENTFD      /* Linux only: the receiver sleeps on an eventfd, which
                                     tributary_channel_file_descriptor hands to an event loop */
} tributary_parker;

/* How a sender's publish is ordered before the receiver's sleep. */
typedef enum tributary_fence {
    TRIBUTARY_FENCE_DEFAULT = 0, /* membarrier where the kernel grants it, else local fences */
    TRIBUTARY_FENCE_LOCAL        /* a full fence in each send; no lane ever streams */
} tributary_fence;

/* Where a channel's memory comes from. `allocate` returns NULL when there is none; both are
 * called from any thread that holds an end, and must not call into the channel. `size` and
 * `alignment` (a power of two) of a deallocation are those of its allocation. */
typedef struct tributary_allocator {
    void *(*allocate)(void *context, size_t size, size_t alignment);
    void (*deallocate)(void *context, void *memory, size_t size, size_t alignment);
    void *context;
} tributary_allocator;

/* How a blocking call waits: it polls, pausing between looks, then gives up its processor
 * (sched_yield) between looks, then sleeps. Zero skips a phase. The defaults are for the number
 * of processors this process may run on: on one, nothing is ever polled. A receiver that is woken
 * again and again within microseconds gives up its processor in place of sleeping, whatever the
 * policy, for as long as that brings more than a wake-up does: then its senders wait for it. With
 * a limit it does only if 20 milliseconds are left; where many threads are busy on the processor
 * one such yield may last longer than that. */
typedef struct tributary_wait_policy {
    uint32_t spin;  /* looks with a processor pause between them, at most: fewer while polling does not
                     * pay, and all of them now and then to see whether it would */
    uint32_t yield; /* looks with a yield between them */
} tributary_wait_policy;

/* Everything that is fixed when a channel is created. Initialise with
 * tributary_options_initialize, then change what should differ. */
typedef struct tributary_options {
    size_t structure_size;     /* sizeof(tributary_options), set by the initialiser */
    size_t message_size;       /* bytes, at least 1 and a multiple of message_alignment */
    size_t message_alignment;  /* a power of two */
    size_t capacity;           /* messages, at least 1, or TRIBUTARY_UNBOUNDED */
    tributary_overflow overflow;
    /* Called once for every message that is neither received nor returned to its sender: dropped
     * by the overflow policy (on the sender's thread) or undelivered when the receiver is destroyed (on its
     * thread; a shared message whose send the destruction has overtaken: on that sender's). May be NULL.
     * It may send on and drop ends of this or other channels, except the exclusive sender whose call
     * is dropping the message. */
    void (*destroy_message)(void *context, void *message);
    void *destroy_context;
    tributary_allocator allocator; /* all zero: the C library's */
    tributary_wait_policy receiver_wait;
    tributary_wait_policy sender_wait;
    tributary_parker parker;
    tributary_fence fence;
    /* A waiting receive that finds little on a busy sender waits up to about a microsecond for
     * more, so that cache lines change hands once for hundreds of messages; a waiting send does so
     * for room, or for a drained segment instead of new memory. Never delays `try`. */
    bool pacing;
} tributary_options;

/* Defaults for messages of one type, in a channel of that capacity. No error: a value out of range
 * is reported by tributary_channel_create. */
void tributary_options_initialize(tributary_options *options, size_t message_size,
                                  size_t message_alignment, size_t capacity);

#ifdef __cplusplus
}
#endif
#endif
