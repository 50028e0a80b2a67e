/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's side of shared messages (shared.h). */
#define _GNU_SOURCE
#include "shared_receive.h"

bool tributary_shared_find_lane(struct tributary_channel *channel) {
    uint64_t ticket = tributary_load_relaxed(&channel->shared_back.released);
    struct tributary_sender *lane = tributary_load_acquire(&channel->shared_back.lanes); /* T1 */
    for (; lane != NULL; lane = lane->registry_next) {
        if (lane->receiver.known == 0 || tributary_shared_ticket(lane) != ticket) continue;
        channel->shared_back.current = lane;
        return true;
    }
    return false;
}

/* How far a receiver stays behind a thread that has sent `fresh` messages since the last look. A processor reads ahead of what
 * a thread reads in sequence, one or two kibibytes: near the sender these are the lines that it is about to write, and each
 * ticket's read-modify-write waits for the one it lost. */
static uint64_t distance(uint64_t fresh) {
    enum { HOT = 16, MOST = 256 };
    if (fresh < HOT) return 0;
    return 2 * fresh < MOST ? 2 * fresh : MOST;
}

/* When no message of the lane is known: how many came since the last look. Those up to the end of its segment become known. */
static uint64_t look_in_lane(struct tributary_channel *channel, struct tributary_sender *lane,
                             bool keep_distance) {
    if (lane->receiver.known != 0) return 0;
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published); /* L1 */
    uint64_t fresh = published - lane->receiver.seen;
    uint64_t available = published - lane->receiver.read;
    lane->receiver.seen = published;
    uint64_t kept = keep_distance ? distance(fresh) : 0;
    if (available <= kept) return fresh;
    uintptr_t base;
    lane->receiver.known = tributary_lane_front(lane, available - kept, &base);
    lane->receiver.slot =
        (unsigned char *)(base + (uintptr_t)lane->receiver.read *
                                     channel->options.shared_geometry.message_size);
    return fresh;
}

uint64_t tributary_shared_look(struct tributary_channel *channel, bool keep_distance) {
    uint64_t fresh = 0;
    for (struct tributary_sender *lane = tributary_load_acquire(&channel->shared_back.lanes); /* T1 */
         lane != NULL; lane = lane->registry_next)
        fresh += look_in_lane(channel, lane, keep_distance);
    return fresh;
}

void *tributary_shared_next(struct tributary_channel *channel) {
    void *message = tributary_shared_known(channel);
    if (message != NULL) return message;
    tributary_shared_look(channel, false);
    return tributary_shared_known(channel);
}

void tributary_shared_wake_senders(struct tributary_channel *channel) {
    uint64_t released = tributary_load_relaxed(&channel->shared_back.released);
    uint64_t wake_at = tributary_load_acquire(&channel->shared_back.wake_at);
    if (wake_at == TRIBUTARY_NOBODY || released < wake_at) return;
    /* A sender that lowers wake_at after this exchange finds the epoch changed, or sleeps on the new one and is
     * found by the next release. */
    tributary_exchange_acquire_release(&channel->shared_back.wake_at, TRIBUTARY_NOBODY);
    tributary_event_count_wake_all(&channel->shared_back.room);
}

static bool is_empty(struct tributary_channel *channel) {
    return tributary_load_acquire(&channel->shared_front.sent) ==
           tributary_load_relaxed(&channel->shared_back.released);
}

bool tributary_shared_let_go(struct tributary_channel *channel) {
    if (tributary_shared_next(channel) != NULL) return false;
    for (struct tributary_sender *lane = tributary_load_acquire(&channel->shared_back.lanes);
         lane != NULL; lane = lane->registry_next)
        tributary_segment_trim(lane->geometry, &channel->options.allocator, lane->spares);
    tributary_exchange_acquire_release(&channel->shared_front.ready, TRIBUTARY_SHARED_QUIET);
    tributary_fence_full(); /* M4 */
    if (is_empty(channel)) return true;
    /* A ticket is out. Its sender has published the message when it looks at ready, and without local fences only the
     * compiler keeps it from looking before: a heavy fence, on its behalf. It has looked before that, then the message
     * is there now; or it will see that ready is clear. */
    if (!channel->options.local_fences) tributary_core_heavy_fence(channel);
    if (tributary_shared_next(channel) == NULL) return true;
    /* Whoever sets it from clear owns it: the receiver keeps it, or a sender is enqueueing it. */
    return tributary_exchange_acquire_release(&channel->shared_front.ready,
                                              TRIBUTARY_SHARED_READY) != TRIBUTARY_SHARED_QUIET;
}

/* All messages that are there, whatever their tickets. */
static void destroy_all(struct tributary_channel *channel) {
    bool any;
    do {
        any = false;
        tributary_shared_look(channel, false);
        for (struct tributary_sender *lane = tributary_load_acquire(&channel->shared_back.lanes);
             lane != NULL; lane = lane->registry_next) {
            while (lane->receiver.known > 0) {
                unsigned char *slot = lane->receiver.slot;
                lane->receiver.slot += channel->options.shared_geometry.message_size;
                lane->receiver.known--;
                lane->receiver.read++;
                any = true;
                tributary_core_destroy_message(channel, slot + channel->options.shared_offset);
            }
        }
    } while (any);
}

void tributary_shared_orphan(struct tributary_channel *channel) {
    tributary_exchange_acquire_release(&channel->shared_front.ready, TRIBUTARY_SHARED_ORPHANED);
    /* M4, as above: whoever has not seen ORPHANED has published by now. */
    if (channel->options.local_fences)
        tributary_fence_full();
    else
        tributary_core_heavy_fence(channel);
    tributary_shared_destroy_orphans(channel);
}

void tributary_shared_destroy_orphans(struct tributary_channel *channel) {
    pthread_mutex_lock(&channel->shared_lane_mutex);
    destroy_all(channel);
    pthread_mutex_unlock(&channel->shared_lane_mutex);
}

void tributary_shared_close(struct tributary_channel *channel) {
    /* M1: every ticket that was given out before this is expected, every later one sees the bit. */
    uint64_t sent =
        tributary_fetch_or_acquire_release(&channel->shared_front.sent, TRIBUTARY_SHARED_CLOSED);
    tributary_store_release(&channel->shared_back.closed_at, sent);
    tributary_fence_full(); /* M3 */
    tributary_exchange_acquire_release(&channel->shared_back.wake_at, TRIBUTARY_NOBODY);
    tributary_event_count_wake_all(&channel->shared_back.room);
}

bool tributary_shared_drained(struct tributary_channel *channel) {
    uint64_t expected = channel->receiver.closed
                            ? tributary_load_relaxed(&channel->shared_back.closed_at)
                            : tributary_load_acquire(&channel->shared_front.sent);
    return tributary_load_relaxed(&channel->shared_back.released) == expected;
}
