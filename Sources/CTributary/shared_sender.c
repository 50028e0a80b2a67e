/* SPDX-License-Identifier: Apache-2.0 */
/* The sending side of shared messages (shared.h). */
#define _GNU_SOURCE /* clocks and mutex types of POSIX under -std=c11 */
#include <errno.h>
#include <sched.h>
#include <string.h>

#include "clock.h"
#include "core.h"
#include "fence.h"
#include "shared_lane.h"
#include "spin.h"

/* A `deadline` that means: do not wait. */
#define AT_ONCE INT64_MIN

enum {
    /* With this much room a sender is counted by an addition, which cannot fail, else by compare-exchange. As
     * many threads would have to stand between the look and the addition to admit one too many. */
    AMPLE = 256,
    LOOK = 2, /* see lane_wait.c */
    PATIENCE_NANOSECONDS = 1000000
};

static uint64_t find_limit(struct tributary_channel *channel) {
    uint64_t limit = tributary_load_acquire(&channel->shared_back.released) + /* M2 */
                     channel->options.capacity;
    /* A hint for the others; an older value only makes them look here again. */
    tributary_store_relaxed(&channel->shared_front.limit, limit);
    return limit;
}

/* Counts one message in: 0, -EAGAIN (full), -EPIPE. */
static int admit(struct tributary_channel *channel) {
    struct tributary_shared_front *front = &channel->shared_front;
    bool unbounded = channel->options.capacity == TRIBUTARY_UNBOUNDED;
    uint64_t sent = tributary_load_relaxed(&front->sent);
    for (;;) {
        if (sent & TRIBUTARY_SHARED_CLOSED) return -EPIPE;
        uint64_t limit = unbounded ? UINT64_MAX : tributary_load_relaxed(&front->limit);
        if (sent >= limit) limit = find_limit(channel);
        if (sent >= limit) {
            /* Full, unless `sent` was read before others made room: then it has changed. */
            uint64_t now = tributary_load_relaxed(&front->sent);
            if (now == sent) return -EAGAIN;
            sent = now;
            continue;
        }
        if (limit - sent > AMPLE) {
            sent = tributary_fetch_add_acquire_release(&front->sent, 1); /* M1 */
            if (sent & TRIBUTARY_SHARED_CLOSED) return -EPIPE;
            if (sent < limit || sent < find_limit(channel)) return 0;
            /* One too many: out again. Where a close came in between it has counted this one. */
            tributary_fetch_add_relaxed(&front->retries, 1);
            if (tributary_fetch_sub_acquire_release(&front->sent, 1) & TRIBUTARY_SHARED_CLOSED) {
                tributary_fetch_add_acquire_release(&front->withdrawn, 1);
                tributary_inbox_wake(&channel->inbox);
                return -EPIPE;
            }
            sent = tributary_load_relaxed(&front->sent);
        } else {
            if (tributary_compare_exchange_acquire_release(&front->sent, &sent, sent + 1)) return 0;
            tributary_fetch_add_relaxed(&front->retries, 1);
        }
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
        tributary_fence_heavy(); /* M3, on behalf of the receiver */
    else
        tributary_fence_full(); /* M3 */
    if (has_room(channel, wanted) || is_closed(channel)) return;
    tributary_fetch_add_relaxed(&channel->shared_back.parks, 1);
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
        for (int pause = 0; pause < LOOK * TRIBUTARY_PAUSES_PER_LOOK; pause++) tributary_pause();
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
        uint64_t released = tributary_load_relaxed(&channel->shared_back.released);
        int64_t patience = tributary_clock_deadline(PATIENCE_NANOSECONDS);
        park(channel, half, patience < deadline ? patience : deadline, false);
        /* Without limit, for any room at all, only while the receiver does nothing: else each message it takes
         * would wake all senders for the one that gets its place. */
        if (released == tributary_load_relaxed(&channel->shared_back.released))
            park(channel, 1, deadline, true);
        if (is_closed(channel)) return -EPIPE;
        if (has_room(channel, 1)) return 0;
        if (limited && tributary_clock_now() >= deadline) return -ETIMEDOUT;
    }
}

static void enqueue(struct tributary_channel *channel, struct tributary_cell *cell) {
    cds_wfcq_node_init(&cell->node);
    tributary_sanitizer_release(cell); /* M0 */
    cds_wfcq_enqueue(&channel->shared_back.head, &channel->shared_front.tail, &cell->node);
    /* M4: the exchange of the tail was the full fence. */
    tributary_fence_compiler();
    if (tributary_likely(tributary_load_relaxed(&channel->shared_front.ready) != 0)) return;
    if (tributary_exchange_acquire_release(&channel->shared_front.ready, 1) != 0) return;
    tributary_inbox_enqueue(&channel->inbox, &channel->shared_back.node);
    if (tributary_inbox_wake_enqueued(&channel->inbox))
        tributary_fetch_add_relaxed(&channel->receiver.wakes, 1);
}

/* A cell with the message in it, NULL without memory. */
static struct tributary_cell *fill_cell(struct tributary_channel *channel, const void *message) {
    int cell_class = channel->options.cell_class;
    size_t size = channel->options.message_size;
    if (cell_class != TRIBUTARY_CELL_BOXED) {
        struct tributary_cell *cell = tributary_cell_take(cell_class);
        if (cell == NULL) return NULL;
        if (size == 8)
            memcpy(cell->message, message, 8);
        else
            memcpy(cell->message, message, size);
        return cell;
    }
    void *box =
        tributary_allocate(&channel->options.allocator, size, channel->options.message_alignment);
    if (box == NULL) return NULL;
    struct tributary_cell *cell = tributary_cell_take(0);
    if (cell == NULL) {
        tributary_deallocate(&channel->options.allocator, box, size,
                             channel->options.message_alignment);
        return NULL;
    }
    memcpy(box, message, size);
    memcpy(cell->message, &box, sizeof(box));
    return cell;
}

/* A cell that is not sent after all. */
static void empty_cell(struct tributary_channel *channel, struct tributary_cell *cell) {
    int cell_class = channel->options.cell_class;
    if (cell_class == TRIBUTARY_CELL_BOXED) {
        tributary_deallocate(&channel->options.allocator, tributary_cell_message(channel, cell),
                             channel->options.message_size, channel->options.message_alignment);
        cell_class = 0;
    }
    tributary_cell_untake(cell_class, cell);
}

/* One message: the caller has checked the arguments. */
static int send(struct tributary_channel *channel, const void *message, int64_t deadline) {
    if (channel->shared_lane != NULL) return tributary_shared_lane_send(channel, message);
    struct tributary_cell *cell = fill_cell(channel, message);
    if (cell == NULL) return is_closed(channel) ? -EPIPE : -ENOMEM;
    int error;
    while ((error = admit(channel)) == -EAGAIN) {
        tributary_fetch_add_relaxed(&channel->shared_front.calls_full, 1);
        if (channel->options.overflow == TRIBUTARY_OVERFLOW_WAIT && deadline != AT_ONCE) {
            error = wait_for_room(channel, deadline);
            if (error == 0) continue;
        }
        break;
    }
    if (error != 0) {
        empty_cell(channel, cell);
        if (error != -EAGAIN || channel->options.overflow != TRIBUTARY_OVERFLOW_DROP_NEWEST)
            return error;
        tributary_fetch_add_relaxed(&channel->shared_front.dropped, 1);
        tributary_core_destroy_message(channel, (void *)(uintptr_t)message);
        return 0;
    }
    enqueue(channel, cell);
    return 0;
}

static int send_one(struct tributary_shared_sender *sender, const void *message, size_t size,
                    int64_t deadline) {
    if (sender == NULL || message == NULL || size != sender->channel->options.message_size)
        return -EINVAL;
    return send(sender->channel, message, deadline);
}

static ptrdiff_t send_batch(struct tributary_shared_sender *sender, const unsigned char *messages,
                            size_t count, size_t size, int64_t deadline) {
    if (sender == NULL || messages == NULL || size != sender->channel->options.message_size ||
        count == 0 || count > PTRDIFF_MAX / size)
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        int error = send(sender->channel, messages + i * size, deadline);
        if (error != 0) return i > 0 ? (ptrdiff_t)i : error;
    }
    return (ptrdiff_t)count;
}

int tributary_shared_sender_try_send(tributary_shared_sender *sender, const void *message,
                                     size_t size) {
    return send_one(sender, message, size, AT_ONCE);
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
    return send_batch(sender, messages, count, size, AT_ONCE);
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
