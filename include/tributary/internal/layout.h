/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of a lane and of a channel that the inline hot path touches. Not an interface: it
 * changes with the library, and a program that includes <tributary/inline.h> is to be recompiled
 * with it.
 *
 * A lane is three pairs of cache lines (128 bytes, what x86 prefetches together): what the sender writes, what the receiver
 * writes, and what both read for each message and write on transitions only. The first two are filled up with the library's own
 * words of the same writer, the third with fixed ones and those of transitions (Sources/CTributary/lane.h). Padding is explicit instead of _Alignas: Swift imports no
 * struct that is aligned over 16. The memory itself is allocated with 128-byte alignment. */
#ifndef TRIBUTARY_INTERNAL_LAYOUT_H
#define TRIBUTARY_INTERNAL_LAYOUT_H

#include <stddef.h>
#include <stdint.h>

enum {
    TRIBUTARY_LINE_PAIR = 128,

    /* The bits of a lane's `state`. */
    TRIBUTARY_LANE_READY = 1,     /* in the inbox or in the receiver's ready ring */
    TRIBUTARY_LANE_STREAMING = 2, /* the receiver pays for the sender's fence */
    TRIBUTARY_LANE_CLOSED = 4,    /* the receiver takes no further messages */
    TRIBUTARY_LANE_ENDED = 8,     /* the sender is gone */
    TRIBUTARY_LANE_ORPHANED = 16, /* the receiver is gone */
    TRIBUTARY_LANE_TAKEN = 32     /* of shared messages: the receiver has them in its rounds, from taking their entry to letting go */
};

/* `wake_at` when nobody waits. */
#define TRIBUTARY_NOBODY UINT64_MAX
/* `wake_at` when only the close is waited for. */
#define TRIBUTARY_ONLY_CLOSE (UINT64_MAX - 1)

/* The head of a lane: what both ends touch for each message.
 *
 *   invariant: consumed <= published <= producer.end, published - consumed <= capacity
 *
 * A send stores twice, into the slot and `published`, and keeps no cursor of its own: stores leave a processor in order,
 * so each further one would take the place of a slot's line that is on its way from the receiver (measured, with two
 * more: half the rate). */
struct tributary_internal_lane {
    struct {            /* the sender alone, on slow paths: a send only reads it */
        uintptr_t base; /* message n lies at base + n * size, while n is in the current segment */
        uint64_t end;   /* the first message it may not write: end of segment, or of room */
        uint32_t busy;  /* debug builds: a call is running */
        uint32_t unused;
    } producer;
    struct { /* the sender writes (L1 release), the receiver reads (L1 acquire) */
        uint64_t published;
        /* Lanes of shared messages only (Sources/CTributary/shared_turn.h): */
        uint64_t begun;   /* other senders read these two */
        uint64_t granted;
        uint64_t changed_at; /* the first message of the newest turn */
    } forward;
    unsigned char sender[TRIBUTARY_LINE_PAIR - 56];
    struct { /* the receiver writes (L2 release), the sender reads when it seems full (L2 acquire) */
        uint64_t consumed;
    } backward;
    unsigned char receiver[TRIBUTARY_LINE_PAIR - 8];
    struct {              /* both read it for each message, both write it on transitions only */
        uint32_t state;
        /* Fenced publishes before a sender sets STREAMING: the receiver learns it, and alone writes it. */
        uint32_t promote_after;
        /* The sender sleeps until `consumed` reaches this. Of a lane of shared messages: the receiver is to look whether
         * somebody waits when it does, now if it is 0. */
        uint64_t wake_at;
    } transition;
    unsigned char both[TRIBUTARY_LINE_PAIR - 16];
};

/* The head of a channel: the run of messages that the receiver is taking. */
struct tributary_internal_channel {
    struct {                                  /* the receiver alone */
        uintptr_t base;                       /* message n lies at base + n * size */
        uint64_t consumed;                    /* the next message: of this lane, all before were received */
        uint64_t end;                         /* the first that the inline path may not take */
        uint64_t limit;                       /* the first behind the run, >= end */
        struct tributary_internal_lane *lane; /* whose messages these are */
    } run;
};

#endif
