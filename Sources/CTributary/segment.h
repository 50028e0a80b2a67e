/* SPDX-License-Identifier: Apache-2.0 */
/* Segments: the storage of a lane, an array of slots each, chained in the order of use.
 *
 * The sender links the next segment before it publishes the first message in it (L1), the receiver
 * follows the link after it has seen that. A segment that the receiver has drained goes into one of the
 * lane's spare places, which the sender looks through before it allocates:
 *
 *   spare[i]   receiver: NULL -> segment, release (S1)   sender, receiver: exchange NULL, acquire (S1)
 *
 * so a drained segment is never written before its last message was read, and no address is compared
 * (no ABA). Two places: more would hold more than a burst may leave behind. */
#ifndef TRIBUTARY_SEGMENT_H
#define TRIBUTARY_SEGMENT_H

#include "allocator.h"

enum {
    TRIBUTARY_SEGMENT_FIRST_BYTES = 64 + 1024,
    /* At least, while they fit so many bytes: a long backlog lies in such segments only, and one of 1 KiB holds two messages
     * of 344 bytes, and one of 520. */
    TRIBUTARY_SEGMENT_FIRST_SLOTS = 8,
    TRIBUTARY_SEGMENT_FIRST_MOST_BYTES = 64 + 4096,
    TRIBUTARY_SEGMENT_LARGEST_BYTES = 16 * 1024,
    TRIBUTARY_SEGMENT_SPARES = 2,
    /* Of a lane that has nothing just now, and has not had much since that was last so. With none, a receiver that suspends every
     * thousand messages had its senders allocate a segment each time: half of all allocations. */
    TRIBUTARY_SEGMENT_SPARES_IDLE = 1,
    TRIBUTARY_SEGMENT_MUCH_BYTES = 256 * 1024, /* messages: beside them an allocation is nothing */
    /* Of messages sent: a receiver that has not moved meanwhile stands still. */
    TRIBUTARY_STOOD_BYTES = 128 * 1024,
    /* More than a time slice's, where the receiver only waits for a processor: so many messages, or bytes, whichever is less. */
    TRIBUTARY_STOOD_LONG_MESSAGES = 256 * 1024,
    TRIBUTARY_STOOD_LONG_BYTES = 16 * 1024 * 1024
};

struct tributary_segment {
    struct tributary_segment *next; /* the sender's, until the first message in the next is published */
    size_t slots;
    size_t bytes;                   /* the allocation's */
};

/* Fixed for all segments of a channel. */
struct tributary_segment_geometry {
    size_t message_size;
    size_t header;    /* bytes before the first slot */
    size_t alignment; /* of the allocation */
    size_t largest;   /* bytes to which segments grow */
    bool stamped;     /* segments end with a word for each slot's stamp: shared.h */
};

TRIBUTARY_PRIVATE_BEGIN

/* False when the sizes overflow. */
bool tributary_segment_geometry_initialize(struct tributary_segment_geometry *geometry,
                                           size_t message_size, size_t message_alignment,
                                           size_t capacity, bool stamped);
/* The size of the first segment, and of the one after one of `bytes`. */
size_t tributary_segment_first_bytes(const struct tributary_segment_geometry *geometry);
size_t tributary_segment_next_bytes(const struct tributary_segment_geometry *geometry,
                                    size_t bytes);

struct tributary_segment *tributary_segment_create(const struct tributary_segment_geometry *geometry,
                                                   const tributary_allocator *allocator,
                                                   size_t bytes);
void tributary_segment_destroy(const struct tributary_segment_geometry *geometry,
                               const tributary_allocator *allocator,
                               struct tributary_segment *segment);

/* The sender takes a spare, or NULL. */
struct tributary_segment *tributary_segment_take_spare(struct tributary_segment **spares);
/* The receiver hands a drained segment to the sender, or back to the allocator. */
void tributary_segment_retire(const struct tributary_segment_geometry *geometry,
                              const tributary_allocator *allocator,
                              struct tributary_segment **spares,
                              struct tributary_segment *segment);
/* The receiver takes all spares but the first `keep` places' and gives them back. */
void tributary_segment_trim(const struct tributary_segment_geometry *geometry,
                            const tributary_allocator *allocator,
                            struct tributary_segment **spares, int keep);

TRIBUTARY_PRIVATE_END

static inline unsigned char *tributary_segment_slots(
    const struct tributary_segment_geometry *geometry, struct tributary_segment *segment) {
    return (unsigned char *)segment + geometry->header;
}

/* A word for each slot, at first 0. */
static inline uint64_t *tributary_segment_stamps(const struct tributary_segment_geometry *geometry,
                                                 struct tributary_segment *segment) {
    size_t slots = segment->slots * geometry->message_size;
    size_t word = sizeof(uint64_t);
    return (uint64_t *)(void *)(tributary_segment_slots(geometry, segment) +
                                (slots + word - 1) / word * word);
}

#endif
