/* SPDX-License-Identifier: Apache-2.0 */
/* A lane: one sender's messages on their way to the receiver. tributary_sender is a lane.
 *
 * The shared words and the pairs that order them (docs/memory-order.md has the arguments):
 *
 *   published   sender stores (release), receiver loads (acquire)                            L1
 *   consumed    receiver stores (release), sender loads (acquire)                            L2
 *   state       both read-modify-write; against `published` a Dekker pair                    F1
 *   wake_at     sender sets, both clear; against `consumed` a Dekker pair                    F2
 *   closed_at   both compare-exchange once: which messages the close lets through            K1
 *   spares      see segment.h                                                                S1
 *
 *   F1  sender: publish; fence; look at state     receiver: change state; fence; look at published
 *       The sender's fence is the compiler's only when the state it then sees is READY|STREAMING. The sender sets
 *       STREAMING, together with READY, after many publishes with a fence. The receiver clears READY only from a state without
 *       STREAMING, and runs a heavy fence between taking STREAMING away and relying on this order.
 *   F2  sender: set wake_at; fence; look at consumed    receiver: store consumed; fence; look at wake_at
 *       The receiver fences at the end of each run. Within a run it does not, unless the channel uses local
 *       fences: a sender that sleeps without a limit runs a heavy fence first, one that sleeps a
 *       millisecond at most need not. */
#ifndef TRIBUTARY_LANE_H
#define TRIBUTARY_LANE_H

#include <stddef.h>
#include <tributary/internal/layout.h>
#include <tributary/sender.h>
#include "inbox.h"
#include "lines.h"
#include "segment.h"
#include "spin.h"

/* `closed_at` before the close has been decided. */
#define TRIBUTARY_UNDECIDED UINT64_MAX

struct tributary_overwrite;

/* Whether a call that may wait gives the other side a microsecond for getting ahead (pace.h). */
enum tributary_patience { TRIBUTARY_AT_ONCE, TRIBUTARY_PACED };

/* What the sender alone uses, on slow paths: the rest of its pair of lines. Statistics are read by others (relaxed). */
struct tributary_lane_sender {
    uint64_t reserved_at; /* the reservation is void once this message was sent */
    struct tributary_segment *segment;
    uint64_t segment_end; /* the first message that does not fit the segment */
    uint64_t room;        /* messages that may be sent: consumed, as last seen, plus capacity */
    uint64_t slow_paths;
    union {
        struct { /* bounded */
            uint64_t calls_full;
            union {
                uint64_t parks;   /* where the overflow policy is to wait, */
                uint64_t dropped; /* ...where it is to drop */
            };
        };
        struct { /* unbounded */
            uint64_t stood_at;    /* `consumed` when it last might have yielded, */
            uint64_t stood_since; /* ...and what was sent when it was first seen there */
        };
    };
    uint32_t reserved; /* slots of one segment */
    struct tributary_spin spin;
    uint32_t fenced;   /* publishes with a fence since the lane became ready */
    bool closed;
    bool defers_wakes; /* fixed: of the lane that shared senders take turns on (shared_lane.c), and */
    bool wake_due;     /* ...whether the receiver is to be woken after that turn */
    bool pass_on_due;  /* others that wait for room are to be woken after the send: their callbacks may send */
};

/* What the receiver alone uses: the rest of its pair. */
struct tributary_lane_receiver {
    struct tributary_segment *segment; /* NULL until the first message was seen */
    uint64_t segment_end; /* the first message behind it */
    uint64_t read;        /* messages taken, those of the current run excepted */
    uint64_t bound;       /* messages it may read: the close's verdict, or none */
    union {
        struct { /* of a sender's lane */
            struct tributary_sender *next, *previous; /* the ready ring */
            uint64_t carried;       /* messages since the receiver slept */
            uint64_t pace_from;     /* messages there when pacing began, else 0 */
            uint32_t unpaced;       /* messages until pacing is tried again, 0 where it pays */
            uint32_t silent_rounds;
        };
        struct { /* of a thread's lane */
            uint64_t seen;        /* `published` as last seen, no more than `bound` */
            uint64_t changed_at;  /* as last seen */
            uint64_t row_end;     /* up to where messages lie in a row, */
            uintptr_t base;       /* ...at this + number * size */
            uint64_t stamps_read; /* up to where stamps were read, */
            uint64_t stamp;       /* ...and the newest one: that of message `read`, while some are known */
        };
    };
    uint64_t high_water;
    bool in_ring;
    bool streaming;
    uint32_t trimmed_at; /* the low half of `read`, when the lane was last trimmed */
};

/* More of a thread's lane for shared messages, behind it: see thread_lane.h, and shared_turn.h. */
struct tributary_lane_thread {
    struct tributary_sender **owner;
    struct tributary_sender *next, *previous;
    uint64_t turn;    /* the sender alone: the last one that it has taken, ... */
    uint64_t stamped; /* ...and that of the last message */
    union { /* the sender alone */
        struct { /* unbounded */
            int64_t taken_at;    /* when it took its turn, */
            uint64_t taken_from; /* ...and before which message */
        };
        uint64_t held_from; /* bounded: all turns from this one to `turn` were its own */
    };
    uint64_t taken;
    uint64_t settled_through;
    uint64_t retries; /* statistics */
    uint64_t looked;       /* the sender alone: the turn of the receiver's last look, when memory was last asked for, ... */
    uint64_t looked_since; /* ...and what was sent when it was first seen */
};

struct tributary_sender {
    union {
        struct tributary_internal_lane hot;
        struct {
            unsigned char before_sender[offsetof(struct tributary_internal_lane, sender)];
            struct tributary_lane_sender sender;
            uint64_t consumed_of_hot;
            struct tributary_lane_receiver receiver;
            struct tributary_sender *registry_previous; /* under the channel's mutex, when a sender begins or ends */
            uint64_t unused[2];

            uint64_t transition_of_hot[2];
            struct tributary_channel *channel;                  /* fixed, as is the next */
            const struct tributary_segment_geometry *geometry;
            uint64_t closed_at;
            union { /* the sender stores it before its first publish (L1) */
                struct tributary_segment *first;
                struct tributary_overwrite *overwrite; /* the storage of a lane that overwrites */
            };
            bool overwrites; /* fixed: drops its oldest, overwrite.h */
            /* Under the channel's mutex; of a thread's lane fixed (T1). Here, because shared senders that count messages go through the
             * list, and `wake_at`, which shares its line, is hardly ever written. */
            struct tributary_sender *registry_next;
            _Alignas(64) /* on transitions only: */
            struct tributary_segment *spares[TRIBUTARY_SEGMENT_SPARES];
            struct tributary_inbox_node node;
            struct tributary_parker_state parker; /* the sender sleeps here when full */
        };
    };
    struct tributary_lane_thread thread[]; /* one, of a thread's lane */
};

_Static_assert(offsetof(struct tributary_sender, consumed_of_hot) ==
                   offsetof(struct tributary_internal_lane, backward), "one pair of lines for each writer");
_Static_assert(offsetof(struct tributary_sender, transition_of_hot) ==
                   offsetof(struct tributary_internal_lane, transition), "the same");
_Static_assert(sizeof(struct tributary_sender) == sizeof(struct tributary_internal_lane), "an idle sender");

static inline uint64_t tributary_lane_sent(const struct tributary_sender *lane) {
    return tributary_load_relaxed(&lane->hot.forward.published); /* the sender's own word */
}

static inline void *tributary_lane_next_slot(const struct tributary_sender *lane, size_t size) {
    return (void *)(lane->hot.producer.base + (uintptr_t)tributary_lane_sent(lane) * size);
}

/* After a batch, for the lines of as many again: the next one is likely as large, and its publish has asked for one line only. */
static inline void tributary_lane_ask_for_next(const struct tributary_sender *lane, size_t count,
                                               size_t size) {
    uint64_t left = lane->hot.producer.end - tributary_lane_sent(lane);
    tributary_ask_for(tributary_lane_next_slot(lane, size), (size_t)(left < count ? left : count) * size);
}

TRIBUTARY_PRIVATE_BEGIN

/* ---- the sender's side (lane_sender.c) ---- */

/* Makes published < producer.end: the next segment, or room that the receiver has given since.
 * TRIBUTARY_PACED may spend a microsecond. 0, -EAGAIN, -EPIPE, -ENOMEM. */
int tributary_lane_extend(struct tributary_sender *lane, enum tributary_patience patience);
/* A lane of no sender yet, outside of the registry: 0 or -ENOMEM. */
int tributary_lane_create(struct tributary_channel *channel,
                          const struct tributary_segment_geometry *geometry,
                          struct tributary_sender **result);
/* The next segment, for `wanted` messages or more of them, linked behind the current one: 0 or -ENOMEM. TRIBUTARY_PACED may yield once. */
int tributary_lane_add_segment(struct tributary_sender *lane, size_t wanted, enum tributary_patience patience);
/* The next messages go into that segment. */
void tributary_lane_use_segment(struct tributary_sender *lane, struct tributary_segment *segment);
/* Waits for room (lane_wait.c): 0 or -ETIMEDOUT or -EPIPE. */
int tributary_lane_wait(struct tributary_sender *lane, int64_t deadline);
/* The slow half of publishing, with the state that the receiver tells the lane's by, and what to enqueue: the lane's own, or those
 * of all shared messages. 0 or -EPIPE. */
int tributary_lane_published(struct tributary_sender *lane, uint32_t *word,
                             struct tributary_inbox_node *node);
/* Sees the close: were the messages that were just published before it? 0, or -EPIPE: they are the sender's. */
int tributary_lane_settle_close(struct tributary_sender *lane);
void tributary_lane_release_storage(struct tributary_sender *lane);

/* ---- the receiver's side (lane_receiver.c) ---- */

/* Asks for the line of the next message. */
void tributary_lane_prefetch(const struct tributary_sender *lane);
/* The messages that can be read now. */
uint64_t tributary_lane_available(struct tributary_sender *lane);
/* A lane that has nothing gives its spare segments back; one that never has much for long keeps one. */
void tributary_lane_trim(struct tributary_sender *lane);
/* How many of them lie in a row, at the address `base` + number * message size; retires the drained segment on the
 * way. Available > 0. */
uint64_t tributary_lane_front(struct tributary_sender *lane, uint64_t available, uintptr_t *base);
/* Between promotion and demotion a lane saves a fence per message and costs the receiver a part of a heavy fence, which is
 * worth some thousand of them. So its sender promotes it after as many publishes; sooner if the last times were long, later if
 * not. */
enum { TRIBUTARY_PROMOTE_LEAST = 256, TRIBUTARY_PROMOTE_MOST = 4096, TRIBUTARY_PROMOTE_LONG = 8192 };
/* Takes STREAMING away; the caller runs a heavy fence before it clears READY. */
void tributary_lane_demote(struct tributary_sender *lane);
/* Whether a state that was read has STREAMING, which the receiver then takes note of. */
bool tributary_lane_streams(struct tributary_channel *channel, struct tributary_sender *lane,
                            uint32_t state);
/* Clears READY, unless the lane streams, or a message or the sender's end came in between: true when the lane is no longer the
 * receiver's, false when it still is. */
bool tributary_lane_let_go(struct tributary_sender *lane);
/* After `consumed` was stored and a full fence: wakes the sender when it waits for no more. */
void tributary_lane_wake_sender(struct tributary_sender *lane);
/* The close's verdict: how many messages of this lane count. */
void tributary_lane_decide_close(struct tributary_sender *lane);

TRIBUTARY_PRIVATE_END
#endif
