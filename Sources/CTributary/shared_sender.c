/* SPDX-License-Identifier: Apache-2.0 */
/* The sending side of shared messages (shared.h). */
#define _GNU_SOURCE
#include <errno.h>
#include <sched.h>
#include <string.h>
#include <tributary/inline.h>

#include "clock.h"
#include "core.h"
#include "shared_lane.h"
#include "shared_turn.h"
#include "shared_wait.h"
#include "thread_lane.h"

/* What was begun is written: 0 or -EPIPE. */
static inline int publish(struct tributary_channel *channel, struct tributary_sender *lane,
                          size_t count) {
    tributary_store_release(&lane->hot.forward.published, tributary_lane_sent(lane) + count); /* L1 */
    tributary_fence_compiler(); /* F1, of a sender that streams */
    if (tributary_likely(tributary_load_relaxed(&channel->shared_front.state) ==
                         (TRIBUTARY_LANE_READY | TRIBUTARY_LANE_TAKEN | TRIBUTARY_LANE_STREAMING)))
        return 0;
    return tributary_lane_published(lane, &channel->shared_front.state, &channel->shared->back.node);
}

/* One attempt to send as many of the messages as fit at once: how many, at least one, or an error. */
static ptrdiff_t try_some(struct tributary_channel *channel, struct tributary_sender *lane,
                          const unsigned char *messages, size_t count,
                          enum tributary_patience patience) {
    size_t size = channel->options.message_size;
    ptrdiff_t begun = tributary_shared_prepare(channel, lane, count, patience);
    if (begun < 0) return begun;
    memcpy(tributary_lane_next_slot(lane, size), messages, (size_t)begun * size);
    int error = publish(channel, lane, (size_t)begun);
    if (begun > 1) tributary_lane_ask_for_next(lane, (size_t)begun, size);
    if (tributary_unlikely(lane->sender.pass_on_due)) {
        lane->sender.pass_on_due = false;
        tributary_shared_pass_on(channel);
    }
    return error == 0 ? begun : error;
}

/* There was room and then none: others were faster, or one stands in the middle of its send, and nothing tells when it goes on. */
static void give_way(int fruitless) {
    enum { YIELDS = 16, NANOSECONDS = 50000 };
    struct timespec rest = {.tv_sec = 0, .tv_nsec = NANOSECONDS};
    if (fruitless < YIELDS)
        sched_yield();
    else
        nanosleep(&rest, NULL);
}

/* The same, waiting for room. */
static ptrdiff_t send_some(struct tributary_channel *channel, const unsigned char *messages,
                           size_t count, int64_t deadline) {
    bool waits = channel->options.overflow == TRIBUTARY_OVERFLOW_WAIT && deadline != TRIBUTARY_AT_ONCE_DEADLINE;
    struct tributary_sender *lane = tributary_thread_lane(channel);
    if (lane == NULL) {
        tributary_shared_pass_on(channel);
        return tributary_shared_is_closed(channel) ? -EPIPE : -ENOMEM;
    }
    for (int fruitless = 0;; fruitless++) {
        ptrdiff_t sent = try_some(channel, lane, messages, count,
                                  waits ? TRIBUTARY_PACED : TRIBUTARY_AT_ONCE);
        /* Who was woken for a place and cannot use it leaves it to the next. */
        if (sent == -ENOMEM) tributary_shared_pass_on(channel);
        if (sent != -EAGAIN) return sent;
        tributary_count(lane->sender.calls_full, 1);
        if (!waits) return -EAGAIN;
        if (fruitless > 0) {
            if (deadline != TRIBUTARY_FOREVER && tributary_clock_now() >= deadline) return -ETIMEDOUT;
            give_way(fruitless);
        }
        int error = tributary_shared_wait_for_room(channel, lane, deadline);
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
    struct tributary_sender *lane = tributary_thread_lane(channel); /* found before */
    tributary_count(lane->sender.dropped, 1);
    tributary_core_destroy_message(channel, (void *)(uintptr_t)messages);
    return 1;
}

/* One message, where nothing stands in its way: the thread has a lane with a free slot, and the turn. */
static inline bool send_fast(struct tributary_channel *channel, const void *message, size_t size,
                             int *error) {
    struct tributary_thread_lane *entry =
        &tributary_thread_lanes[channel->number % TRIBUTARY_THREAD_LANES];
    if (tributary_unlikely(entry->channel_number != channel->number)) return false;
    struct tributary_sender *lane = entry->lane;
    if (tributary_unlikely(tributary_lane_sent(lane) == lane->hot.producer.end)) return false;
    if (tributary_unlikely(!tributary_shared_begin(channel, lane, 1))) return false;
    unsigned char *slot = tributary_lane_next_slot(lane, size);
    if (size == 8)
        memcpy(slot, message, 8);
    else
        memcpy(slot, message, size);
    tributary_prefetch_write(slot + size + TRIBUTARY_PREFETCH_DISTANCE);
    *error = publish(channel, lane, 1);
    return true;
}

static int send_one(struct tributary_shared_sender *sender, const void *message, size_t size,
                    int64_t deadline) {
    if (sender == NULL || message == NULL || size != sender->channel->options.message_size)
        return -EINVAL;
    int error;
    if (tributary_likely(send_fast(sender->channel, message, size, &error))) return error;
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
