/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "overwrite.h"

#include <errno.h>
#include <string.h>

#include "core.h"

#define NOTHING UINT64_MAX

struct tributary_overwrite {
    uint64_t borrow; /* O2 */
    uint64_t slots;  /* messages in a segment */
    uint64_t size;   /* entries of the directory */
    struct tributary_segment *aside; /* the sender's: taken out of the directory while it was borrowed */
    uint64_t aside_number;           /* of its first message */
    void *deferred; /* where a dropped message goes instead of being destroyed, NULL once it did, or never */
    bool deferring;
    struct tributary_segment *directory[]; /* O1 */
};

static size_t bytes_of(const struct tributary_overwrite *overwrite) {
    return sizeof(*overwrite) + (size_t)overwrite->size * sizeof(overwrite->directory[0]);
}

static int create(struct tributary_sender *lane) {
    struct tributary_channel *channel = lane->channel;
    const struct tributary_segment_geometry *geometry = &channel->options.geometry;
    uint64_t slots = (geometry->largest - geometry->header) / geometry->message_size;
    /* A segment is reused when `sent` comes round to its place: by then at most `capacity` messages before `sent`
     * are unclaimed, so size * slots >= capacity + slots keeps them in other segments. */
    uint64_t size = (channel->options.capacity - 1) / slots + 2;
    struct tributary_overwrite *overwrite;
    size_t bytes;
    if (__builtin_mul_overflow((size_t)size, sizeof(overwrite->directory[0]), &bytes) ||
        __builtin_add_overflow(bytes, sizeof(*overwrite), &bytes) || size > SIZE_MAX)
        return -ENOMEM;
    overwrite = tributary_allocate(&channel->options.allocator, bytes, _Alignof(max_align_t));
    if (overwrite == NULL) return -ENOMEM;
    *overwrite = (struct tributary_overwrite){.borrow = NOTHING, .slots = slots, .size = size};
    for (uint64_t i = 0; i < size; i++) overwrite->directory[i] = NULL;
    /* L1: published with the first message. */
    lane->overwrite = overwrite;
    return 0;
}

void tributary_overwrite_destroy(struct tributary_sender *lane) {
    struct tributary_channel *channel = lane->channel;
    struct tributary_overwrite *overwrite = lane->overwrite;
    const tributary_allocator *allocator = &channel->options.allocator;
    for (uint64_t i = 0; i < overwrite->size; i++)
        if (overwrite->directory[i] != NULL)
            tributary_segment_destroy(&channel->options.geometry, allocator, overwrite->directory[i]);
    if (overwrite->aside != NULL)
        tributary_segment_destroy(&channel->options.geometry, allocator, overwrite->aside);
    tributary_deallocate(allocator, overwrite, bytes_of(overwrite), _Alignof(max_align_t));
}

static struct tributary_segment **place(struct tributary_overwrite *overwrite, uint64_t number) {
    return &overwrite->directory[number / overwrite->slots % overwrite->size];
}

static unsigned char *slot(struct tributary_sender *lane, struct tributary_segment *segment,
                           uint64_t number) {
    const struct tributary_segment_geometry *geometry = &lane->channel->options.geometry;
    return tributary_segment_slots(geometry, segment) +
           (size_t)(number % lane->overwrite->slots) * geometry->message_size;
}

void tributary_overwrite_drop_oldest(struct tributary_sender *lane) {
    struct tributary_channel *channel = lane->channel;
    uint64_t oldest = tributary_lane_sent(lane) - channel->options.capacity;
    uint64_t expected = oldest;
    if (tributary_compare_exchange_acquire_release(&lane->hot.backward.consumed, &expected,
                                                   oldest + 1)) {
        tributary_count(lane->sender.dropped, 1);
        lane->sender.room = oldest + 1 + channel->options.capacity;
        /* The message is this thread's alone now; its segment is replaced by this thread only. */
        struct tributary_overwrite *overwrite = lane->overwrite;
        unsigned char *dropped = slot(lane, *place(overwrite, oldest), oldest);
        if (!overwrite->deferring) {
            tributary_core_destroy_message(channel, dropped);
        } else {
            memcpy(overwrite->deferred, dropped, channel->options.message_size);
            overwrite->deferred = NULL;
        }
    } else {
        lane->sender.room = expected + channel->options.capacity;
    }
}

void tributary_overwrite_defer(struct tributary_sender *lane, void *buffer) {
    struct tributary_overwrite *overwrite = lane->overwrite;
    if (overwrite == NULL) return;
    overwrite->deferred = buffer;
    overwrite->deferring = true;
}

bool tributary_overwrite_deferred(struct tributary_sender *lane) {
    /* Nothing is dropped by the send that creates the storage. */
    struct tributary_overwrite *overwrite = lane->overwrite;
    if (overwrite == NULL || !overwrite->deferring) return false;
    bool filled = overwrite->deferred == NULL;
    overwrite->deferred = NULL;
    overwrite->deferring = false;
    return filled;
}

int tributary_overwrite_extend(struct tributary_sender *lane) {
    struct tributary_channel *channel = lane->channel;
    struct tributary_overwrite *overwrite = lane->overwrite;
    uint64_t number = tributary_lane_sent(lane);
    if (overwrite == NULL) {
        int error = create(lane);
        if (error != 0) return error;
        overwrite = lane->overwrite;
    }
    if (lane->sender.segment != NULL && number != lane->sender.segment_end) return 0;
    struct tributary_segment **entry = place(overwrite, number);
    struct tributary_segment *segment = *entry;
    /* O2. The reads of `consumed` that made room for `number` came before. */
    uint64_t borrow = tributary_load_acquire(&overwrite->borrow);
    uint64_t old = number - overwrite->size * overwrite->slots;
    bool borrowed = segment != NULL && borrow != NOTHING && borrow - old < overwrite->slots;
    if (segment == NULL || borrowed) {
        /* The receiver reads one segment at a time: one set aside earlier is free again when it reads another. */
        struct tributary_segment *fresh = NULL;
        if (overwrite->aside != NULL &&
            (borrow == NOTHING || borrow - overwrite->aside_number >= overwrite->slots)) {
            fresh = overwrite->aside;
            overwrite->aside = NULL;
        }
        if (fresh == NULL)
            fresh = tributary_segment_create(&channel->options.geometry, &channel->options.allocator,
                                             channel->options.geometry.largest);
        if (fresh == NULL) return -ENOMEM;
        if (borrowed) {
            overwrite->aside = segment;
            overwrite->aside_number = old;
        }
        segment = fresh;
        tributary_store_release(entry, segment); /* O1 */
    }
    tributary_lane_use_segment(lane, segment);
    return 0;
}

unsigned char *tributary_overwrite_claim(struct tributary_sender *lane, size_t wanted, size_t *count) {
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published); /* L1 */
    if (published == 0 || wanted == 0) return NULL;
    struct tributary_overwrite *overwrite = lane->overwrite;
    for (;;) {
        /* The line is asked for exclusively at once: between this load and the exchange a sender that drops
         * without a pause must not get it, or the receiver would never win. */
        tributary_prefetch_write(&lane->hot.backward.consumed);
        uint64_t number = tributary_load_acquire(&lane->hot.backward.consumed);
        if (number >= published) published = tributary_load_acquire(&lane->hot.forward.published);
        if (published > lane->receiver.bound) published = lane->receiver.bound;
        if (number >= published) break;
        uint64_t take = published - number;
        uint64_t in_segment = overwrite->slots - number % overwrite->slots;
        if (take > in_segment) take = in_segment;
        if (take > wanted) take = wanted;
        /* O2, with the exchange below. Release: whoever reads this one has to see that the run before it was read. */
        tributary_store_release(&overwrite->borrow, number);
        struct tributary_segment *segment = tributary_load_acquire(place(overwrite, number)); /* O1 */
        if (tributary_compare_exchange_acquire_release(&lane->hot.backward.consumed, &number,
                                                       number + take)) {
            *count = (size_t)take;
            return slot(lane, segment, number);
        }
    }
    tributary_store_release(&overwrite->borrow, NOTHING);
    return NULL;
}

void tributary_overwrite_done(struct tributary_sender *lane) {
    tributary_store_release(&lane->overwrite->borrow, NOTHING); /* O2 */
}
