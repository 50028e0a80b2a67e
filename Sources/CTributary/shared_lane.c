/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "shared_lane.h"

#include <errno.h>

#include "overwrite.h"

int tributary_shared_lane_open(struct tributary_channel *channel) {
    if (channel->options.overflow != TRIBUTARY_OVERFLOW_DROP_OLDEST ||
        channel->options.capacity == TRIBUTARY_UNBOUNDED)
        return 0;
    pthread_mutex_lock(&channel->shared->mutex);
    int error = 0;
    if (channel->shared_lane == NULL) {
        struct tributary_sender *lane;
        error = tributary_lane_open_internal(channel, &lane);
        if (error == 0) tributary_store_release(&channel->shared_lane, lane);
    }
    pthread_mutex_unlock(&channel->shared->mutex);
    return error;
}

int tributary_shared_lane_send(struct tributary_channel *channel, const void *message) {
    const tributary_allocator *allocator = &channel->options.allocator;
    size_t size = channel->options.message_size;
    size_t alignment = channel->options.message_alignment;
    _Alignas(64) unsigned char small[256];
    void *dropped = small;
    if (size > sizeof(small) || alignment > 64) {
        dropped = tributary_allocate(allocator, size, alignment);
        if (dropped == NULL) return -ENOMEM;
    }
    pthread_mutex_lock(&channel->shared->mutex);
    struct tributary_sender *lane = channel->shared_lane;
    tributary_overwrite_defer(lane, dropped);
    int error = tributary_sender_try_send(lane, message, size);
    bool destroy = tributary_overwrite_deferred(lane);
    bool wake = lane->sender.wake_due;
    lane->sender.wake_due = false;
    pthread_mutex_unlock(&channel->shared->mutex);
    /* Outside of the lock, and after the message has its place: the receiver's callback and the destructor may send too. */
    if (wake) tributary_core_wake_fenced(channel); /* the fence was the publish's */
    if (destroy) tributary_core_destroy_message(channel, dropped);
    if (dropped != small) tributary_deallocate(allocator, dropped, size, alignment);
    return error;
}
