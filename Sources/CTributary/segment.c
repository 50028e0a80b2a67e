/* SPDX-License-Identifier: Apache-2.0 */
#include "segment.h"

#include <stdint.h>
#include <string.h>
#include <tributary/internal/atomics.h>

enum { LINE = 64 };

bool tributary_segment_geometry_initialize(struct tributary_segment_geometry *geometry,
                                           size_t message_size, size_t message_alignment,
                                           size_t capacity, bool stamped) {
    size_t alignment = message_alignment > LINE ? message_alignment : LINE;
    geometry->message_size = message_size;
    geometry->stamped = stamped;
    /* A slot's bytes, with its stamp, and what aligning the first stamp may take. */
    if (stamped) message_size += 2 * sizeof(uint64_t);
    size_t header = (sizeof(struct tributary_segment) + alignment - 1) & ~(alignment - 1);
    size_t one, largest;
    if (__builtin_add_overflow(header, message_size, &one)) return false;
    /* Room for a page of messages in one allocation, however large they are: a segment change costs more
     * than a slot. No more than the channel can hold. */
    if (capacity > 4) capacity = capacity > SIZE_MAX / 2 ? SIZE_MAX / 2 : capacity;
    if (__builtin_mul_overflow(message_size, capacity < 4 ? capacity : 4, &largest) ||
        __builtin_add_overflow(largest, header, &largest))
        largest = one;
    if (largest < TRIBUTARY_SEGMENT_LARGEST_BYTES) {
        size_t all;
        if (__builtin_mul_overflow(message_size, capacity, &all) ||
            __builtin_add_overflow(all, header, &all) || all > TRIBUTARY_SEGMENT_LARGEST_BYTES)
            all = TRIBUTARY_SEGMENT_LARGEST_BYTES;
        largest = all < TRIBUTARY_SEGMENT_FIRST_BYTES ? TRIBUTARY_SEGMENT_FIRST_BYTES : all;
        if (largest < one) largest = one;
    }
    geometry->header = header;
    geometry->alignment = alignment;
    geometry->largest = largest;
    return true;
}

size_t tributary_segment_first_bytes(const struct tributary_segment_geometry *geometry) {
    /* As tributary_segment_create counts them. */
    size_t slot = geometry->message_size, rest = geometry->header;
    if (geometry->stamped) {
        slot += sizeof(uint64_t);
        rest += sizeof(uint64_t);
    }
    size_t most = TRIBUTARY_SEGMENT_FIRST_MOST_BYTES;
    if (most > geometry->largest) most = geometry->largest;
    size_t slots = most > rest ? (most - rest) / slot : 0;
    if (slots == 0) slots = 1;
    if (slots > TRIBUTARY_SEGMENT_FIRST_SLOTS) slots = TRIBUTARY_SEGMENT_FIRST_SLOTS;
    size_t bytes = rest + slots * slot;
    return bytes > TRIBUTARY_SEGMENT_FIRST_BYTES ? bytes : TRIBUTARY_SEGMENT_FIRST_BYTES;
}

size_t tributary_segment_next_bytes(const struct tributary_segment_geometry *geometry,
                                    size_t bytes) {
    if (bytes >= geometry->largest / 2) return geometry->largest > bytes ? geometry->largest : bytes;
    return bytes * 2;
}

struct tributary_segment *tributary_segment_create(const struct tributary_segment_geometry *geometry,
                                                   const tributary_allocator *allocator,
                                                   size_t bytes) {
    struct tributary_segment *segment = tributary_allocate(allocator, bytes, geometry->alignment);
    if (segment == NULL) return NULL;
    segment->next = NULL;
    segment->bytes = bytes;
    size_t slot = geometry->message_size;
    size_t room = bytes - geometry->header;
    if (geometry->stamped) {
        segment->slots = (room - sizeof(uint64_t)) / (slot + sizeof(uint64_t));
        memset(tributary_segment_stamps(geometry, segment), 0, segment->slots * sizeof(uint64_t));
    } else {
        segment->slots = room / slot;
    }
    return segment;
}

void tributary_segment_destroy(const struct tributary_segment_geometry *geometry,
                               const tributary_allocator *allocator,
                               struct tributary_segment *segment) {
    tributary_deallocate(allocator, segment, segment->bytes, geometry->alignment);
}

struct tributary_segment *tributary_segment_take_spare(struct tributary_segment **spares) {
    for (int i = 0; i < TRIBUTARY_SEGMENT_SPARES; i++) {
        if (tributary_load_relaxed(&spares[i]) == NULL) continue;
        struct tributary_segment *segment =
            tributary_exchange_acquire_release(&spares[i], NULL); /* S1 */
        if (segment != NULL) return segment;
    }
    return NULL;
}

void tributary_segment_retire(const struct tributary_segment_geometry *geometry,
                              const tributary_allocator *allocator,
                              struct tributary_segment **spares,
                              struct tributary_segment *segment) {
    /* A small one, from the time when the lane grew, is not worth a place. */
    if (segment->bytes >= geometry->largest) {
        for (int i = 0; i < TRIBUTARY_SEGMENT_SPARES; i++) {
            /* Only the receiver fills a place: one that reads as empty stays empty. */
            if (tributary_load_relaxed(&spares[i]) != NULL) continue;
            segment->next = NULL;
            tributary_store_release(&spares[i], segment); /* S1 */
            return;
        }
    }
    tributary_segment_destroy(geometry, allocator, segment);
}

void tributary_segment_trim(const struct tributary_segment_geometry *geometry,
                            const tributary_allocator *allocator,
                            struct tributary_segment **spares, int keep) {
    for (int i = keep; i < TRIBUTARY_SEGMENT_SPARES; i++) {
        if (tributary_load_relaxed(&spares[i]) == NULL) continue;
        struct tributary_segment *segment =
            tributary_exchange_acquire_release(&spares[i], NULL); /* S1 */
        if (segment != NULL) tributary_segment_destroy(geometry, allocator, segment);
    }
}
