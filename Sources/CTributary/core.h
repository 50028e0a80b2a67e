/* SPDX-License-Identifier: Apache-2.0 */
/* The channel's own structure: what all its ends hold a reference on.
 *
 *   references   one for the receiver, one for each sending end; who gives back the last one frees it
 *   registry     all lanes whose memory was not freed, under `mutex`
 *   open_senders sending ends that were not dropped: zero means finished, once all is received (E1) */
#ifndef TRIBUTARY_CORE_H
#define TRIBUTARY_CORE_H

#include <pthread.h>
#include <tributary/internal/layout.h>
#include <tributary/tributary.h>
#include "inbox.h"
#include "lane.h"
#include "receiver_yield.h"
#include "segment.h"
#include "shared.h"
#include "spin.h"

enum { TRIBUTARY_BUDGET = 2048 /* messages of one lane, or of the inbox, in one round */ };

enum tributary_run_kind {
    TRIBUTARY_RUN_NONE,
    TRIBUTARY_RUN_LANE,   /* head.run */
    TRIBUTARY_RUN_CLAIMED /* messages taken out of a lane that drops its oldest: `aside` */
};

/* What lanes count. */
struct tributary_lane_sums {
    uint64_t sent, received, dropped, calls_full, slow_paths, parks, high_water;
};

struct tributary_channel {
    struct tributary_internal_channel head;

    struct { /* the receiver alone; statistics are read by others (relaxed) */
        enum tributary_run_kind kind;
        bool closed;
        bool streaming_any;
        struct tributary_spin spin;
        bool armed; /* the descriptor, until the next call that receives */
        bool round_begins;
        bool demote_due;         /* a streaming lane has been silent for long */
        bool shared_passed_over; /* once, to let them gather */
        bool shared_turn;  /* of the round: the shared messages', else the lanes' */
        bool shared_ready; /* the shared messages are in the round at all */
        bool shared_streaming;
        uint32_t shared_unpaced; /* messages until pacing is tried again, 0 where it pays */
        uint32_t shared_silent_rounds;
        uint32_t aside_count; /* what is left, no more than a budget, ... */
        unsigned char *aside; /* ...and the next message of a run that is none of head.run */
        struct tributary_sender *claimed_from; /* of a run of kind claimed */
        struct tributary_sender *ring;    /* the first lane of the ready ring */
        struct tributary_sender *position; /* the next lane to visit, NULL: the round is over */
        size_t ring_size;
        uint32_t shared_left; /* of the shared messages' budget in this round */
        uint32_t borrowed;    /* messages the last borrow returned and release has not taken: of one run */
        size_t lanes_expected; /* once closed: lanes that a sender is still enqueueing, or has */
        size_t wanted;     /* messages that the present call asks for */
        uint64_t borrowed_at; /* of a lane's run: `consumed` then. Inline receives void the borrow */
        struct tributary_receiver_yields yields;
        uint64_t parks;
        uint64_t wakes; /* any thread */
        uint64_t heavy_fences; /* any thread */
        uint64_t shared_high_water;
        struct tributary_sender *close_next; /* under the mutex: the next lane whose waiter the close wakes */
    } receiver;
    struct tributary_lane_sums ended; /* over lanes that are gone, under the mutex */

    _Alignas(128) struct { /* fixed at creation: all read, nobody writes */
        size_t message_size;
        size_t message_alignment;
        size_t capacity;
        uint32_t overflow;
        uint32_t parker;
        bool local_fences; /* chosen, or heavy fences cannot be had */
        bool pacing;
        void (*destroy_message)(void *context, void *message);
        void *destroy_context;
        tributary_allocator allocator;
        tributary_wait_policy receiver_wait;
        tributary_wait_policy sender_wait;
        struct tributary_segment_geometry geometry;
        struct tributary_segment_geometry shared_geometry; /* with stamps */
    } options;

    struct tributary_parker_state parker; /* the receiver sleeps here */
    uint64_t number; /* of this channel, and of no other in this process */
    size_t references;
    size_t open_senders;
    bool closed; /* any thread reads, the receiver writes */
    bool close_requested; /* a sender writes: the receiver closes at its next look (X2) */
    struct tributary_sender *shared_lane; /* drop oldest only: the shared senders' lane, see shared_lane.h */
    struct tributary_shared *shared; /* NULL before the first shared sender, then fixed: stored once, under the mutex (T3) */

    _Alignas(128) struct tributary_inbox inbox;
    struct tributary_sender *registry;
    pthread_mutex_t mutex;
    struct tributary_shared_front shared_front; /* in the second line of the pair, with a mutex of 24 to 72 bytes: see below */
};

_Static_assert(sizeof(struct tributary_channel) <= 640, "an idle channel");
_Static_assert(offsetof(struct tributary_channel, shared_front) - offsetof(struct tributary_channel, inbox) >= 64,
               "senders take turns beside the inbox's tail, not on its line");
_Static_assert(sizeof(struct tributary_channel) + sizeof(struct tributary_shared) < 1024, "the same, with a shared sender");

struct tributary_shared_sender {
    struct tributary_channel *channel;
};

/* The list of all threads' lanes: NULL also before the first shared sender. */
static inline struct tributary_sender *tributary_shared_lanes(const struct tributary_channel *channel) {
    const struct tributary_shared *shared = tributary_load_acquire(&channel->shared); /* T3 */
    return shared != NULL ? tributary_load_acquire(&shared->back.lanes) : NULL; /* T1 */
}

/* There are shared messages to look at, or may be. Whoever has set READY had found `shared`: so does whoever reads it here (T3). */
static inline bool tributary_shared_are_ready(const struct tributary_channel *channel) {
    return (tributary_load_acquire(&channel->shared_front.state) & TRIBUTARY_LANE_READY) != 0;
}

TRIBUTARY_PRIVATE_BEGIN

/* ---- core.c: references and the registry ---- */

void tributary_core_retain(struct tributary_channel *channel);
void tributary_core_release(struct tributary_channel *channel);
void tributary_core_destroy_message(struct tributary_channel *channel, void *message);
/* A heavy fence, counted. */
void tributary_core_heavy_fence(struct tributary_channel *channel);
/* Wakes the receiver after a change: the first after one behind which a read-modify-write or a full fence has run, as in an enqueue. */
void tributary_core_wake_fenced(struct tributary_channel *channel);
void tributary_core_wake(struct tributary_channel *channel);
/* What a sender asks for: the receiver closes when it next looks for messages. */
void tributary_core_request_close(struct tributary_channel *channel);
static inline bool tributary_core_close_requested(const struct tributary_channel *channel) {
    return !channel->receiver.closed && tributary_load_acquire(&channel->close_requested); /* X2 */
}
/* The end of a sending end; the caller's reference still holds. */
void tributary_core_sender_ended(struct tributary_channel *channel);
/* Sees to it that there are the words of shared senders: 0, -EPIPE, -ENOMEM. */
int tributary_core_share(struct tributary_channel *channel);

/* A lane that is no sender of its own: linked into the registry, without a reference. 0, -EPIPE, -ENOMEM. */
int tributary_lane_open_internal(struct tributary_channel *channel, struct tributary_sender **lane);
int tributary_lane_open(struct tributary_channel *channel, struct tributary_sender **lane);
/* Under the mutex: unlinks the lane and adds its statistics to the channel's. */
void tributary_registry_remove(struct tributary_channel *channel, struct tributary_sender *lane);
void tributary_lane_free(struct tributary_sender *lane);
/* Under the mutex. */
void tributary_lane_add_sums(const struct tributary_sender *lane, struct tributary_lane_sums *sums);

/* ---- ready_ring.c ---- */

void tributary_ring_append(struct tributary_channel *channel, struct tributary_sender *lane);
void tributary_ring_remove(struct tributary_channel *channel, struct tributary_sender *lane);

/* ---- run.c: finding the next messages ---- */

/* The next run into head.run: 0, -EAGAIN, -EPIPE. Never waits for another thread; TRIBUTARY_PACED may spend
 * up to a microsecond. */
int tributary_run_next(struct tributary_channel *channel, enum tributary_patience patience);
/* Takes `count` messages of the current run. */
void tributary_run_take(struct tributary_channel *channel, size_t count);
/* The first message of the current run, and how many there are. */
unsigned char *tributary_run_front(struct tributary_channel *channel, size_t *count);

/* ---- receiver_wait.c ---- */

/* A run, waiting for one until the deadline: 0, -EPIPE, -ETIMEDOUT. */
int tributary_receiver_wait(struct tributary_channel *channel, int64_t deadline);
/* Lets all lanes, and the shared messages, go, so that each next message comes through the inbox. False: something came in
 * between. */
bool tributary_receiver_let_go_all(struct tributary_channel *channel);
/* Ends an event loop's watch. */
void tributary_receiver_disarm(struct tributary_channel *channel);
/* Nothing in the inbox, no shared messages that it does not tell of, and not finished: the last look before sleeping. */
bool tributary_receiver_may_sleep(struct tributary_channel *channel);

/* ---- shared_receiver.c ---- */

/* Under the channel's mutex; who waits is woken after it. */
void tributary_shared_close(struct tributary_channel *channel);
/* Their entry was taken from the inbox. */
void tributary_shared_take(struct tributary_channel *channel);
/* Whether there are shared messages that no entry of the inbox has told of, nor will soon: who has set READY may stand still before it
 * enqueues. After the receiver has prepared to sleep, and a full fence (F3). */
bool tributary_shared_came_unannounced(struct tributary_channel *channel);
/* Nothing is there. */
bool tributary_shared_drained(struct tributary_channel *channel);
/* The lane of the next shared messages, and how many there are in a row; after looks, unless they are known. NULL: none. */
struct tributary_sender *tributary_shared_known(struct tributary_channel *channel, uint64_t *count);
struct tributary_sender *tributary_shared_look_for_next(struct tributary_channel *channel);
/* Looks at the turn and at all lanes: how many messages came since the last time. */
uint64_t tributary_shared_look(struct tributary_channel *channel);
/* Some messages of the lane were taken, and a full fence has followed: wakes who waits for that. */
void tributary_shared_settle(struct tributary_channel *channel, struct tributary_sender *lane);
/* As tributary_lane_streams, tributary_lane_demote and tributary_lane_let_go, but let_go returns false when something came in
 * between and the receiver keeps the shared messages. */
bool tributary_shared_streams(struct tributary_channel *channel, uint32_t state);
void tributary_shared_demote(struct tributary_channel *channel);
bool tributary_shared_let_go(struct tributary_channel *channel);

TRIBUTARY_PRIVATE_END

/* Statistics have one writer each, and readers on other threads. */
#define tributary_count(word, amount) \
    tributary_store_relaxed(&(word), tributary_load_relaxed(&(word)) + (amount))

#endif
