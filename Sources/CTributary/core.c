/* SPDX-License-Identifier: Apache-2.0 */
/* References on a channel, its lanes' registry, and the end of both. */
#define _GNU_SOURCE
#include "core.h"

#include <errno.h>
#include <string.h>

#include "fence.h"
#include "overwrite.h"
#include "processors.h"
#include "thread_lane.h"

void tributary_core_retain(struct tributary_channel *channel) {
    tributary_fetch_add_relaxed(&channel->references, 1);
}

void tributary_core_destroy_message(struct tributary_channel *channel, void *message) {
    if (channel->options.destroy_message != NULL)
        channel->options.destroy_message(channel->options.destroy_context, message);
}

void tributary_core_heavy_fence(struct tributary_channel *channel) {
    tributary_fetch_add_relaxed(&channel->receiver.heavy_fences, 1);
    tributary_fence_heavy();
}

void tributary_core_wake_fenced(struct tributary_channel *channel) {
    if (tributary_inbox_wake_fenced(&channel->inbox))
        tributary_fetch_add_relaxed(&channel->receiver.wakes, 1);
}

void tributary_core_wake(struct tributary_channel *channel) {
    if (tributary_inbox_wake(&channel->inbox))
        tributary_fetch_add_relaxed(&channel->receiver.wakes, 1);
}

void tributary_core_request_close(struct tributary_channel *channel) {
    tributary_store_release(&channel->close_requested, true); /* X2 */
    tributary_core_wake(channel);
}

void tributary_core_sender_ended(struct tributary_channel *channel) {
    /* E1: what this sender did before comes before the receiver's "finished". */
    if (tributary_fetch_sub_acquire_release(&channel->open_senders, 1) == 1)
        tributary_core_wake(channel);
}

static struct tributary_shared *shared_create(const tributary_allocator *allocator) {
    struct tributary_shared *shared = tributary_allocate(allocator, sizeof(*shared), TRIBUTARY_LINE_PAIR);
    if (shared == NULL) return NULL;
    *shared = (struct tributary_shared){0};
    shared->back.wake_at = TRIBUTARY_NOBODY;
    shared->back.waiting.woken_at = UINT64_MAX;
    shared->processors = (uint32_t)tributary_processor_count();
    pthread_mutex_init(&shared->mutex, NULL);
    return shared;
}

static void shared_free(const tributary_allocator *allocator, struct tributary_shared *shared) {
    pthread_mutex_destroy(&shared->mutex);
    tributary_deallocate(allocator, shared, sizeof(*shared), TRIBUTARY_LINE_PAIR);
}

int tributary_core_share(struct tributary_channel *channel) {
    if (tributary_load_acquire(&channel->shared) != NULL) return 0; /* T3 */
    struct tributary_shared *shared = shared_create(&channel->options.allocator);
    if (shared == NULL) return -ENOMEM;
    pthread_mutex_lock(&channel->mutex);
    /* The close marks these words under the mutex: they are there by then, or this is seen, and there never will be any. */
    bool closed = channel->closed, taken = !closed && channel->shared == NULL;
    if (taken) tributary_store_release(&channel->shared, shared); /* T3 */
    pthread_mutex_unlock(&channel->mutex);
    if (!taken) shared_free(&channel->options.allocator, shared);
    return closed ? -EPIPE : 0;
}

void tributary_core_release(struct tributary_channel *channel) {
    if (tributary_fetch_sub_acquire_release(&channel->references, 1) != 1) return;
    tributary_allocator allocator = channel->options.allocator;
    if (channel->shared != NULL) tributary_thread_lanes_free(channel);
    while (channel->registry != NULL) {
        struct tributary_sender *lane = channel->registry;
        tributary_registry_remove(channel, lane);
        tributary_lane_free(lane);
    }
    tributary_parker_finish(&channel->parker, &allocator);
    pthread_mutex_destroy(&channel->mutex);
    if (channel->shared != NULL) shared_free(&allocator, channel->shared);
    tributary_deallocate(&allocator, channel, sizeof(*channel), TRIBUTARY_LINE_PAIR);
}

void tributary_registry_remove(struct tributary_channel *channel, struct tributary_sender *lane) {
    tributary_lane_add_sums(lane, &channel->ended);
    if (channel->receiver.close_next == lane) channel->receiver.close_next = lane->registry_next;
    if (lane->registry_previous != NULL)
        lane->registry_previous->registry_next = lane->registry_next;
    else
        channel->registry = lane->registry_next;
    if (lane->registry_next != NULL)
        lane->registry_next->registry_previous = lane->registry_previous;
}

/* Whole pairs of lines: what lies behind a lane would share the last one, and be written by others. */
static size_t bytes_of(const struct tributary_segment_geometry *geometry) {
    size_t bytes = sizeof(struct tributary_sender);
    if (geometry->stamped) bytes += sizeof(struct tributary_lane_thread);
    return (bytes + TRIBUTARY_LINE_PAIR - 1) / TRIBUTARY_LINE_PAIR * TRIBUTARY_LINE_PAIR;
}

void tributary_lane_free(struct tributary_sender *lane) {
    tributary_allocator allocator = lane->channel->options.allocator;
    tributary_lane_release_storage(lane);
    tributary_parker_finish(&lane->parker, &allocator);
    tributary_deallocate(&allocator, lane, bytes_of(lane->geometry), TRIBUTARY_LINE_PAIR);
}

static void initialize_lane(struct tributary_channel *channel,
                            const struct tributary_segment_geometry *geometry,
                            struct tributary_sender *lane) {
    lane->hot.transition.wake_at = TRIBUTARY_NOBODY;
    lane->closed_at = TRIBUTARY_UNDECIDED;
    lane->receiver.bound = UINT64_MAX;
    lane->hot.transition.promote_after = 512;
    lane->channel = channel;
    lane->geometry = geometry;
    lane->sender.spin = tributary_spin_begin(channel->options.sender_wait.spin);
    lane->node.lane = lane;
}

int tributary_lane_create(struct tributary_channel *channel,
                          const struct tributary_segment_geometry *geometry,
                          struct tributary_sender **result) {
    const tributary_allocator *allocator = &channel->options.allocator;
    struct tributary_sender *lane =
        tributary_allocate(allocator, bytes_of(geometry), TRIBUTARY_LINE_PAIR);
    if (lane == NULL) return -ENOMEM;
    memset(lane, 0, bytes_of(geometry));
    initialize_lane(channel, geometry, lane);
    /* An eventfd is for the receiver's event loop: a sender sleeps on what is cheapest. */
    tributary_parker kind = channel->options.parker == TRIBUTARY_PARKER_EVENTFD
                                ? TRIBUTARY_PARKER_DEFAULT
                                : (tributary_parker)channel->options.parker;
    int error = tributary_parker_initialize(&lane->parker, kind, allocator);
    lane->overwrites = channel->options.overflow == TRIBUTARY_OVERFLOW_DROP_OLDEST &&
                       channel->options.capacity != TRIBUTARY_UNBOUNDED &&
                       geometry == &channel->options.geometry;
    if (error != 0) {
        tributary_deallocate(allocator, lane, bytes_of(geometry), TRIBUTARY_LINE_PAIR);
        return error;
    }
    *result = lane;
    return 0;
}

static int open_lane(struct tributary_channel *channel, bool internal,
                     struct tributary_sender **result) {
    struct tributary_sender *lane;
    *result = NULL;
    if (tributary_load_acquire(&channel->closed)) return -EPIPE;
    int error = tributary_lane_create(channel, &channel->options.geometry, &lane);
    if (error != 0) return error;
    pthread_mutex_lock(&channel->mutex);
    /* The close walks the registry under the mutex: a lane is in it by then, or sees this. */
    bool closed = channel->closed;
    if (!closed) {
        lane->registry_next = channel->registry;
        if (channel->registry != NULL) channel->registry->registry_previous = lane;
        channel->registry = lane;
        lane->sender.defers_wakes = internal;
        if (!internal) {
            tributary_fetch_add_relaxed(&channel->open_senders, 1);
            tributary_core_retain(channel);
        }
    }
    pthread_mutex_unlock(&channel->mutex);
    if (closed) {
        tributary_lane_free(lane);
        return -EPIPE;
    }
    *result = lane;
    return 0;
}

int tributary_lane_open(struct tributary_channel *channel, struct tributary_sender **result) {
    return open_lane(channel, false, result);
}

int tributary_lane_open_internal(struct tributary_channel *channel,
                                 struct tributary_sender **result) {
    return open_lane(channel, true, result);
}

void tributary_sender_destroy(tributary_sender *lane) {
    if (lane == NULL) return;
    struct tributary_channel *channel = lane->channel;
    tributary_parker_notify_cancel(&lane->parker);
    /* From here on the lane may be the receiver's to free, unless this thread has to enqueue it first. */
    uint32_t state = tributary_fetch_or_acquire_release(
        &lane->hot.transition.state, TRIBUTARY_LANE_ENDED | TRIBUTARY_LANE_READY);
    if (state & TRIBUTARY_LANE_ORPHANED) {
        pthread_mutex_lock(&channel->mutex);
        tributary_registry_remove(channel, lane);
        pthread_mutex_unlock(&channel->mutex);
        tributary_lane_free(lane);
    } else if (!(state & TRIBUTARY_LANE_READY)) {
        tributary_inbox_enqueue(&channel->inbox, &lane->node);
        tributary_core_wake_fenced(channel);
    }
    tributary_core_sender_ended(channel);
    tributary_core_release(channel);
}
