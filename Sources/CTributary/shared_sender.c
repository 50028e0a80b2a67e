/* SPDX-License-Identifier: Apache-2.0 */
/* The sending side of shared messages (shared.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <tributary/inline.h>

#include "clock.h"
#include "core.h"
#include "pace.h"
#include "shared_lane.h"
#include "spin.h"
#include "thread_lane.h"

enum { MOST_PAUSES = 64 /* between attempts that fail one after another */ };

static uint64_t find_limit(struct tributary_channel *channel) {
    uint64_t limit = tributary_load_acquire(&channel->shared_back.released) + /* M2 */
                     channel->options.capacity;
    /* A hint for the others; an older value only makes them look here again. */
    tributary_store_relaxed(&channel->shared_front.limit, limit);
    return limit;
}

/* Takes up to `wanted` tickets in a row: how many, the first one in `ticket`; or -EAGAIN (full), -EPIPE. */
static ptrdiff_t admit(struct tributary_channel *channel, size_t wanted, uint64_t *ticket,
                       bool patient) {
    struct tributary_shared_front *front = &channel->shared_front;
    bool unbounded = channel->options.capacity == TRIBUTARY_UNBOUNDED;
    /* Asked for exclusively at once: the addition needs it so. */
    tributary_prefetch_write(&front->sent);
    uint64_t sent = tributary_load_relaxed(&front->sent);
    int pauses = 4;
    for (;;) {
        if (sent & TRIBUTARY_SHARED_CLOSED) return -EPIPE;
        uint64_t limit = unbounded ? UINT64_MAX : tributary_load_relaxed(&front->limit);
        if (sent >= limit) {
            limit = find_limit(channel);
            /* Nearly full: let the receiver get ahead, instead of asking it for each few places. */
            if (patient && channel->options.pacing && limit - sent < channel->options.capacity / 4) {
                tributary_pace();
                patient = false;
                limit = find_limit(channel);
                sent = tributary_load_relaxed(&front->sent);
                continue;
            }
        }
        if (sent >= limit) {
            /* Full, unless `sent` was read before others made room: then it has changed. */
            uint64_t now = tributary_load_relaxed(&front->sent);
            if (now == sent) return -EAGAIN;
            sent = now;
            continue;
        }
        if (unbounded) {
            sent = tributary_fetch_add_acquire_release(&front->sent, wanted); /* M1 */
            if (sent & TRIBUTARY_SHARED_CLOSED) return -EPIPE;
            *ticket = sent;
            return (ptrdiff_t)wanted;
        }
        size_t count = limit - sent < wanted ? (size_t)(limit - sent) : wanted;
        *ticket = sent;
        if (tributary_compare_exchange_acquire_release(&front->sent, &sent, sent + count)) /* M1 */
            return (ptrdiff_t)count;
        tributary_fetch_add_relaxed(&front->retries, 1);
        for (int i = 0; i < pauses; i++) tributary_pause();
        if (pauses < MOST_PAUSES) pauses *= 2;
        tributary_prefetch_write(&front->sent);
        sent = tributary_load_relaxed(&front->sent);
    }
}

static bool has_room(struct tributary_channel *channel, uint64_t wanted) {
    uint64_t released = tributary_load_acquire(&channel->shared_back.released);
    uint64_t sent = tributary_load_relaxed(&channel->shared_front.sent);
    /* Closed reads as an enormous count: the caller looks for that itself. `released` may be the older of the
     * two, never the newer. */
    return sent - released + wanted <= channel->options.capacity;
}

static bool is_closed(struct tributary_channel *channel) {
    return (tributary_load_acquire(&channel->shared_front.sent) & TRIBUTARY_SHARED_CLOSED) != 0;
}

/* Sleeps until there is room for `wanted`, as seen now: woken for no reason at times. */
static void park(struct tributary_channel *channel, uint64_t wanted, int64_t deadline,
                 bool exactly) {
    uint32_t key = tributary_event_count_key(&channel->shared_back.room);
    uint64_t sent = tributary_load_acquire(&channel->shared_front.sent);
    if (sent & TRIBUTARY_SHARED_CLOSED) return;
    uint64_t target = sent + wanted - channel->options.capacity;
    uint64_t wake_at = tributary_load_relaxed(&channel->shared_back.wake_at);
    while (wake_at > target && !tributary_compare_exchange_acquire_release(
                                   &channel->shared_back.wake_at, &wake_at, target)) {
    }
    if (exactly && !channel->options.local_fences)
        tributary_core_heavy_fence(channel); /* M3, on behalf of the receiver */
    else
        tributary_fence_full(); /* M3 */
    if (has_room(channel, wanted) || is_closed(channel)) return;
    tributary_fetch_add_relaxed(&channel->shared_front.parks, 1);
    tributary_event_count_sleep(&channel->shared_back.room, key, deadline);
}

/* Waits for room, for half of the capacity at first: see lane_wait.c. */
static int wait_for_room(struct tributary_channel *channel, int64_t deadline) {
    uint64_t half = (channel->options.capacity + 1) / 2;
    bool limited = deadline != TRIBUTARY_FOREVER;
    uint32_t most = channel->options.sender_wait.spin;
    uint32_t learnt = tributary_load_relaxed(&channel->shared_front.spin);
    uint32_t looks = tributary_spin_looks(learnt, most);
    bool paid = false;
    for (uint32_t i = 0; i < looks && !paid; i++) {
        if (is_closed(channel)) return -EPIPE;
        if (limited && i % TRIBUTARY_LOOKS_PER_CLOCK == 0 && tributary_clock_now() >= deadline) break;
        for (int pause = 0; pause < TRIBUTARY_SENDER_PAUSES_PER_LOOK; pause++) tributary_pause();
        paid = has_room(channel, half);
    }
    tributary_store_relaxed(&channel->shared_front.spin, tributary_spin_learn(learnt, most, paid));
    if (paid) return 0;
    for (uint32_t i = 0; i < channel->options.sender_wait.yield; i++) {
        if (is_closed(channel)) return -EPIPE;
        if (has_room(channel, half)) return 0;
        if (limited && tributary_clock_now() >= deadline) break;
        sched_yield();
    }
    for (;;) {
        if (limited && tributary_clock_now() >= deadline)
            return is_closed(channel) ? -EPIPE : has_room(channel, 1) ? 0 : -ETIMEDOUT;
        uint64_t released = tributary_load_relaxed(&channel->shared_back.released);
        int64_t patience = tributary_clock_deadline(TRIBUTARY_PATIENCE_NANOSECONDS);
        park(channel, half, patience < deadline ? patience : deadline, false);
        /* Without limit, for any room at all, only while the receiver does nothing: else each message it takes
         * would wake all senders for the one that gets its place. */
        if (released == tributary_load_relaxed(&channel->shared_back.released))
            park(channel, 1, deadline, true);
        if (is_closed(channel)) return -EPIPE;
        if (has_room(channel, 1)) return 0;
    }
}

/* The tickets' messages are published: the receiver is to know. */
static void announce(struct tributary_channel *channel) {
    /* M4: the read-modify-write that took the ticket is the full fence on x86; elsewhere, and with local fences, it is
     * not enough. */
    if (channel->options.local_fences)
        tributary_fence_full();
    else
        tributary_fence_after_read_modify_write();
    uint32_t ready = tributary_load_relaxed(&channel->shared_front.ready);
    if (tributary_likely(ready == TRIBUTARY_SHARED_READY)) return;
    tributary_fetch_add_relaxed(&channel->shared_front.slow_paths, 1);
    if (ready == TRIBUTARY_SHARED_QUIET &&
        tributary_compare_exchange_acquire_release(&channel->shared_front.ready, &ready,
                                                   TRIBUTARY_SHARED_READY)) {
        tributary_inbox_enqueue(&channel->inbox, &channel->shared_back.node);
        tributary_core_wake_enqueued(channel);
    } else if (tributary_load_acquire(&channel->shared_front.ready) == TRIBUTARY_SHARED_ORPHANED) {
        /* M4: acquires what the receiver did to the lanes before it went. */
        tributary_shared_destroy_orphans(channel);
    }
}

/* Room in the thread's lane for at least one message: NULL without memory. */
static struct tributary_sender *find_lane(struct tributary_channel *channel) {
    struct tributary_sender *lane = tributary_thread_lane(channel);
    if (lane == NULL) return NULL;
    uint64_t number = tributary_lane_sent(lane);
    if (tributary_unlikely(number == lane->sender.segment_end)) {
        tributary_fetch_add_relaxed(&channel->shared_front.slow_paths, 1);
        if (tributary_lane_add_segment(lane) != 0) return NULL;
    }
    return lane;
}

/* Writes messages with tickets in a row into the lane, and publishes them. */
static void write(struct tributary_channel *channel, struct tributary_sender *lane, uint64_t ticket,
                  const unsigned char *messages, size_t count) {
    size_t size = channel->options.message_size;
    size_t slot_size = channel->options.shared_geometry.message_size;
    uint64_t number = tributary_lane_sent(lane);
    unsigned char *slot = (unsigned char *)(lane->hot.producer.base + (uintptr_t)number * slot_size);
    for (size_t i = 0; i < count; i++) {
        *(uint64_t *)(void *)slot = ticket + i;
        if (size == 8)
            memcpy(slot + sizeof(uint64_t), messages, 8);
        else
            memcpy(slot + channel->options.shared_offset, messages, size);
        tributary_prefetch_write(slot + TRIBUTARY_PREFETCH_DISTANCE);
        slot += slot_size;
        messages += size;
    }
    tributary_store_release(&lane->hot.forward.published, number + count); /* L1 */
}

/* One attempt to send as many of the messages as fit at once: how many, at least one, or an error. */
static ptrdiff_t try_some(struct tributary_channel *channel, const unsigned char *messages,
                          size_t count, bool patient) {
    struct tributary_sender *lane = find_lane(channel);
    if (lane == NULL) return is_closed(channel) ? -EPIPE : -ENOMEM;
    uint64_t fits = lane->sender.segment_end - tributary_lane_sent(lane);
    if (fits < count) count = (size_t)fits;
    uint64_t ticket;
    ptrdiff_t admitted = admit(channel, count, &ticket, patient);
    if (admitted < 0) return admitted;
    write(channel, lane, ticket, messages, (size_t)admitted);
    announce(channel);
    return admitted;
}

/* The same, waiting for room. */
static ptrdiff_t send_some(struct tributary_channel *channel, const unsigned char *messages,
                           size_t count, int64_t deadline) {
    bool waits = channel->options.overflow == TRIBUTARY_OVERFLOW_WAIT && deadline != TRIBUTARY_AT_ONCE_DEADLINE;
    for (;;) {
        ptrdiff_t sent = try_some(channel, messages, count, waits);
        if (sent != -EAGAIN) return sent;
        tributary_fetch_add_relaxed(&channel->shared_front.calls_full, 1);
        if (!waits) return -EAGAIN;
        int error = wait_for_room(channel, deadline);
        if (error != 0) return error;
    }
}

/* As above, with the overflow policy: the caller has checked the arguments. */
static ptrdiff_t send(struct tributary_channel *channel, const unsigned char *messages, size_t count,
                      int64_t deadline) {
    if (tributary_load_acquire(&channel->shared_lane) != NULL) {
        int error = tributary_shared_lane_send(channel, messages);
        return error == 0 ? 1 : error;
    }
    ptrdiff_t sent = send_some(channel, messages, count, deadline);
    if (sent != -EAGAIN || channel->options.overflow != TRIBUTARY_OVERFLOW_DROP_NEWEST) return sent;
    tributary_fetch_add_relaxed(&channel->shared_front.dropped, 1);
    tributary_core_destroy_message(channel, (void *)(uintptr_t)messages);
    return 1;
}

/* One message, where nothing stands in its way: the thread has a lane with a free slot, and there is room. */
static bool send_fast(struct tributary_channel *channel, const void *message, size_t size) {
    struct tributary_thread_lane *entry =
        &tributary_thread_lanes[channel->number % TRIBUTARY_THREAD_LANES];
    if (tributary_unlikely(entry->channel_number != channel->number)) return false;
    struct tributary_sender *lane = entry->lane;
    struct tributary_shared_front *front = &channel->shared_front;
    tributary_prefetch_write(&front->sent);
    uint64_t number = tributary_lane_sent(lane);
    if (tributary_unlikely(number == lane->sender.segment_end)) return false;
    unsigned char *slot =
        (unsigned char *)(lane->hot.producer.base +
                          (uintptr_t)number * channel->options.shared_geometry.message_size);
    tributary_prefetch_write(slot + TRIBUTARY_PREFETCH_DISTANCE);
    /* Closed reads as more than any limit. */
    uint64_t ticket = tributary_load_relaxed(&front->sent);
    if (tributary_unlikely(ticket >= tributary_load_relaxed(&front->limit))) return false;
    if (channel->options.capacity == TRIBUTARY_UNBOUNDED) {
        ticket = tributary_fetch_add_acquire_release(&front->sent, 1); /* M1 */
        if (tributary_unlikely(ticket & TRIBUTARY_SHARED_CLOSED)) return false;
    } else if (tributary_unlikely(!tributary_compare_exchange_acquire_release(&front->sent, &ticket,
                                                                              ticket + 1))) { /* M1 */
        tributary_fetch_add_relaxed(&front->retries, 1);
        return false;
    }
    *(uint64_t *)(void *)slot = ticket;
    if (size == 8)
        memcpy(slot + sizeof(uint64_t), message, 8);
    else
        memcpy(slot + channel->options.shared_offset, message, size);
    tributary_store_release(&lane->hot.forward.published, number + 1); /* L1 */
    announce(channel);
    return true;
}

static int send_one(struct tributary_shared_sender *sender, const void *message, size_t size,
                    int64_t deadline) {
    if (sender == NULL || message == NULL || size != sender->channel->options.message_size)
        return -EINVAL;
    if (tributary_likely(send_fast(sender->channel, message, size))) return 0;
    ptrdiff_t sent = send(sender->channel, message, 1, deadline);
    return sent < 0 ? (int)sent : 0;
}

static ptrdiff_t send_batch(struct tributary_shared_sender *sender, const unsigned char *messages,
                            size_t count, size_t size, int64_t deadline) {
    if (sender == NULL || messages == NULL || size != sender->channel->options.message_size ||
        count == 0 || count > PTRDIFF_MAX / size)
        return -EINVAL;
    size_t sent = 0;
    while (sent < count) {
        ptrdiff_t part = send(sender->channel, messages + sent * size, count - sent, deadline);
        if (part < 0) return sent > 0 ? (ptrdiff_t)sent : part;
        sent += (size_t)part;
    }
    return (ptrdiff_t)count;
}

int tributary_shared_sender_try_send(tributary_shared_sender *sender, const void *message,
                                     size_t size) {
    return send_one(sender, message, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

int tributary_shared_sender_send(tributary_shared_sender *sender, const void *message,
                                 size_t size) {
    return send_one(sender, message, size, TRIBUTARY_FOREVER);
}

int tributary_shared_sender_send_timeout(tributary_shared_sender *sender, const void *message,
                                         size_t size, int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return send_one(sender, message, size, tributary_clock_deadline(nanoseconds));
}

int tributary_shared_sender_send_deadline(tributary_shared_sender *sender, const void *message,
                                          size_t size, int64_t deadline) {
    return send_one(sender, message, size, deadline < 0 ? 0 : deadline);
}

ptrdiff_t tributary_shared_sender_try_send_batch(tributary_shared_sender *sender,
                                                 const void *messages, size_t count, size_t size) {
    return send_batch(sender, messages, count, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

ptrdiff_t tributary_shared_sender_send_batch(tributary_shared_sender *sender,
                                             const void *messages, size_t count, size_t size) {
    return send_batch(sender, messages, count, size, TRIBUTARY_FOREVER);
}

ptrdiff_t tributary_shared_sender_send_batch_timeout(tributary_shared_sender *sender,
                                                     const void *messages, size_t count,
                                                     size_t size, int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return send_batch(sender, messages, count, size, tributary_clock_deadline(nanoseconds));
}

ptrdiff_t tributary_shared_sender_send_batch_deadline(tributary_shared_sender *sender,
                                                      const void *messages, size_t count,
                                                      size_t size, int64_t deadline) {
    return send_batch(sender, messages, count, size, deadline < 0 ? 0 : deadline);
}
