/* SPDX-License-Identifier: Apache-2.0 */
/* Creating, closing and destroying a channel. */
#define _GNU_SOURCE
#include <errno.h>

#include "core.h"
#include "fence.h"
#include "overwrite.h"
#include "shared_wait.h"

static bool is_power_of_two(size_t value) { return value != 0 && (value & (value - 1)) == 0; }

static int check_options(const tributary_options *options) {
    if (options->structure_size != sizeof(*options)) return -EINVAL;
    if (!is_power_of_two(options->message_alignment)) return -EINVAL;
    if (options->message_size == 0 || options->message_size % options->message_alignment != 0)
        return -EINVAL;
    /* Sums of a message and a few headers must not overflow, and differences must fit a ptrdiff_t. */
    if (options->message_size > PTRDIFF_MAX / 8 || options->message_alignment > PTRDIFF_MAX / 8)
        return -EINVAL;
    if (options->capacity == 0) return -EINVAL;
    /* All of a full channel's messages must be addressable; counts must never reach the top bit. */
    size_t bytes = 0;
    if (options->capacity != TRIBUTARY_UNBOUNDED &&
        (__builtin_mul_overflow(options->capacity, options->message_size, &bytes) ||
         bytes > PTRDIFF_MAX))
        return -EINVAL;
    if ((unsigned)options->overflow > TRIBUTARY_OVERFLOW_DROP_OLDEST) return -EINVAL;
    /* Such a lane keeps a table of its segments. */
    if (options->overflow == TRIBUTARY_OVERFLOW_DROP_OLDEST &&
        options->capacity != TRIBUTARY_UNBOUNDED && bytes > TRIBUTARY_DROP_OLDEST_LARGEST_BYTES)
        return -EINVAL;
    if ((unsigned)options->parker > TRIBUTARY_PARKER_EVENTFD) return -EINVAL;
    if ((unsigned)options->fence > TRIBUTARY_FENCE_LOCAL) return -EINVAL;
    if ((options->allocator.allocate == NULL) != (options->allocator.deallocate == NULL))
        return -EINVAL;
    return 0;
}

/* Keeps the counters of the wait loops from overflow. */
static tributary_wait_policy limit_wait(tributary_wait_policy policy) {
    if (policy.spin > TRIBUTARY_SPIN_MOST) policy.spin = TRIBUTARY_SPIN_MOST;
    if (policy.yield > TRIBUTARY_SPIN_MOST) policy.yield = TRIBUTARY_SPIN_MOST;
    return policy;
}

static int initialize(struct tributary_channel *channel, const tributary_options *options,
                      const tributary_allocator *allocator) {
    *channel = (struct tributary_channel){0};
    channel->options.message_size = options->message_size;
    channel->options.message_alignment = options->message_alignment;
    channel->options.capacity = options->capacity;
    channel->options.overflow = (uint32_t)options->overflow;
    channel->options.parker = (uint32_t)options->parker;
    channel->options.local_fences =
        options->fence == TRIBUTARY_FENCE_LOCAL || !tributary_fence_heavy_available();
    channel->options.pacing = options->pacing;
    channel->options.destroy_message = options->destroy_message;
    channel->options.destroy_context = options->destroy_context;
    channel->options.allocator = *allocator;
    channel->options.receiver_wait = limit_wait(options->receiver_wait);
    channel->options.sender_wait = limit_wait(options->sender_wait);
    if (!tributary_segment_geometry_initialize(&channel->options.geometry, options->message_size,
                                               options->message_alignment, options->capacity,
                                               false) ||
        !tributary_segment_geometry_initialize(&channel->options.shared_geometry,
                                               options->message_size, options->message_alignment,
                                               options->capacity, true))
        return -EINVAL;
    int error = tributary_parker_initialize(&channel->parker, options->parker, allocator);
    if (error != 0) return error;
    __cds_wfcq_init(&channel->inbox.head, &channel->inbox.tail);
    channel->inbox.parker = &channel->parker;
    channel->shared_front.turn = 1; /* nobody's: a lane that has never taken one has turn 0 */
    channel->receiver.round_begins = true;
    static uint64_t numbers;
    channel->number = tributary_fetch_add_relaxed(&numbers, 1) + 1;
    channel->references = 1;
    channel->receiver.spin = tributary_spin_begin(channel->options.receiver_wait.spin);
    pthread_mutex_init(&channel->mutex, NULL);
    return 0;
}

int tributary_channel_create(const tributary_options *options, tributary_channel **result) {
    if (result == NULL) return -EINVAL;
    *result = NULL;
    if (options == NULL) return -EINVAL;
    int error = check_options(options);
    if (error != 0) return error;
    const tributary_allocator *allocator = options->allocator.allocate != NULL
                                               ? &options->allocator
                                               : &tributary_default_allocator;
    struct tributary_channel *channel =
        tributary_allocate(allocator, sizeof(*channel), TRIBUTARY_LINE_PAIR);
    if (channel == NULL) return -ENOMEM;
    error = initialize(channel, options, allocator);
    if (error != 0) {
        tributary_deallocate(allocator, channel, sizeof(*channel), TRIBUTARY_LINE_PAIR);
        return error;
    }
    *result = channel;
    return 0;
}

/* Wakes the threads among those who wait at a lane, and takes up to `most` callbacks of the others. Under the mutex. */
static size_t take_waiting(struct tributary_channel *channel, struct tributary_notification *taken,
                           size_t most) {
    size_t count = 0;
    while (channel->receiver.close_next != NULL && count < most) {
        struct tributary_sender *lane = channel->receiver.close_next;
        channel->receiver.close_next = lane->registry_next;
        /* F2: CLOSED, fence, look for a waiting sender. */
        if (tributary_exchange_acquire_release(&lane->hot.transition.wake_at, TRIBUTARY_NOBODY) ==
            TRIBUTARY_NOBODY)
            continue;
        tributary_parker_take(&lane->parker, &taken[count]);
        if (taken[count].notify != NULL) count++;
    }
    return count;
}

/* Wakes everybody who waits for room, or for the close. Called with the mutex, and gives it back.
 *
 * A callback is called without it, since it may use the channel: a task that it resumes may run at once, send, open a
 * sender, end one, ask for the statistics. So it may also free the lane that it was taken from, and any other. Nothing of
 * a lane is touched after its callback was taken, and how far this got is a place in the registry, under the mutex, which
 * whoever unlinks that lane moves on (tributary_registry_remove). A callback that is not taken yet can still be taken
 * back by its owner. After the close no lane is added, so this ends. */
static void wake_waiting(struct tributary_channel *channel) {
    enum { AT_ONCE = 16 };
    struct tributary_notification taken[AT_ONCE];
    channel->receiver.close_next = channel->registry;
    for (;;) {
        size_t count = take_waiting(channel, taken, AT_ONCE);
        bool more = channel->receiver.close_next != NULL;
        pthread_mutex_unlock(&channel->mutex);
        for (size_t i = 0; i < count; i++) taken[i].notify(taken[i].context);
        if (!more) break;
        pthread_mutex_lock(&channel->mutex);
    }
    if (channel->shared != NULL) { /* T3: no more is stored after the close */
        tributary_shared_wake_for_room(channel);
        tributary_shared_call_closed(channel);
    }
    /* An armed callback or descriptor: an actor, or an event loop, may close while it waits. */
    tributary_core_wake(channel);
}

int tributary_channel_close(tributary_channel *channel) {
    if (channel == NULL) return -EINVAL;
    if (channel->receiver.closed) return 0;
    struct tributary_sender *lane;
    bool streaming = false;
    pthread_mutex_lock(&channel->mutex);
    tributary_store_release(&channel->closed, true);
    for (lane = channel->registry; lane != NULL; lane = lane->registry_next) {
        uint32_t state = tributary_fetch_or_acquire_release(
            &lane->hot.transition.state, TRIBUTARY_LANE_CLOSED | TRIBUTARY_LANE_READY);
        streaming = streaming || (state & TRIBUTARY_LANE_STREAMING) != 0;
        /* Whoever sets READY from clear owns the lane. Otherwise it is in the ring, or comes by the inbox. */
        if (!(state & TRIBUTARY_LANE_READY))
            tributary_ring_append(channel, lane);
        else if (!lane->receiver.in_ring)
            channel->receiver.lanes_expected++;
    }
    if (streaming) {
        tributary_core_heavy_fence(channel); /* F1 */
    } else {
        tributary_fence_full(); /* F1 */
    }
    for (lane = channel->registry; lane != NULL; lane = lane->registry_next)
        tributary_lane_decide_close(lane); /* K1 */
    channel->receiver.closed = true;
    if (channel->shared != NULL) tributary_shared_close(channel);
    /* All is decided before the first callback runs. It may end the last other end, or even destroy the channel. */
    tributary_core_retain(channel);
    wake_waiting(channel);
    tributary_core_release(channel);
    return 0;
}

/* Destroys what a closed lane still holds. */
static void destroy_messages(struct tributary_channel *channel) {
    channel->receiver.wanted = SIZE_MAX;
    for (;;) {
        if (channel->receiver.kind == TRIBUTARY_RUN_NONE &&
            tributary_run_next(channel, TRIBUTARY_AT_ONCE) != 0)
            return;
        while (channel->receiver.kind != TRIBUTARY_RUN_NONE) {
            size_t count;
            tributary_core_destroy_message(channel, tributary_run_front(channel, &count));
            tributary_run_take(channel, 1);
        }
    }
}

/* A lane that its sender has published to and not yet enqueued: its messages end here all the same. It must
 * not join the ring: its node is the inbox's, or about to be. */
static void destroy_messages_of(struct tributary_channel *channel, struct tributary_sender *lane) {
    size_t message_size = channel->options.message_size;
    if (lane->overwrites) {
        size_t count;
        unsigned char *front;
        while ((front = tributary_overwrite_claim(lane, SIZE_MAX, &count)) != NULL) {
            for (size_t i = 0; i < count; i++)
                tributary_core_destroy_message(channel, front + i * message_size);
            tributary_overwrite_done(lane);
        }
        return;
    }
    uint64_t available;
    while ((available = tributary_lane_available(lane)) != 0) {
        uintptr_t base;
        for (uint64_t count = tributary_lane_front(lane, available, &base); count > 0; count--)
            tributary_core_destroy_message(
                channel, (void *)(base + (uintptr_t)lane->receiver.read++ * message_size));
    }
}

/* After this no lane in the registry is the receiver's. */
static void leave_lanes(struct tributary_channel *channel) {
    pthread_mutex_lock(&channel->mutex);
    for (struct tributary_sender *lane = channel->registry, *next; lane != NULL; lane = next) {
        next = lane->registry_next;
        /* Not in the ring, or held: its node is in the inbox or on the way there, where later enqueuers write to it. It
         * stays until the last reference is given back. */
        if (!lane->receiver.in_ring || tributary_inbox_holds(&channel->inbox, &lane->node)) continue;
        uint32_t state = tributary_fetch_or_acquire_release(&lane->hot.transition.state,
                                                            TRIBUTARY_LANE_ORPHANED);
        if (!(state & TRIBUTARY_LANE_ENDED)) continue; /* its sender frees it */
        tributary_registry_remove(channel, lane);
        tributary_lane_free(lane);
    }
    pthread_mutex_unlock(&channel->mutex);
}

void tributary_channel_destroy(tributary_channel *channel) {
    if (channel == NULL) return;
    if (channel->receiver.armed) tributary_receiver_disarm(channel);
    tributary_parker_notify_cancel(&channel->parker);
    tributary_channel_close(channel);
    destroy_messages(channel);
    /* Only the receiver removes lanes before they are orphaned, so the list can be walked without the mutex (which a
     * message's destructor may need). */
    for (struct tributary_sender *lane = channel->registry; lane != NULL; lane = lane->registry_next)
        if (!lane->receiver.in_ring) destroy_messages_of(channel, lane);
    for (struct tributary_sender *lane = tributary_shared_lanes(channel); lane != NULL;
         lane = lane->registry_next)
        destroy_messages_of(channel, lane);
    leave_lanes(channel);
    tributary_core_release(channel);
}
