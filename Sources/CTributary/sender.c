/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls of an exclusive sender. All of them find a slot, fill it, and publish. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tributary/inline.h>

#include "clock.h"
#include "core.h"

/* This file defines what inline.h renames. */
#undef tributary_sender_try_send
#undef tributary_sender_send

void tributary_internal_sender_misused(void) {
    fputs("tributary: two calls at once on one sender; open a sender for each thread, or a shared one\n",
          stderr);
    abort();
}

int tributary_sender_request_close(tributary_sender *sender) {
    if (sender == NULL) return -EINVAL;
    tributary_core_request_close(sender->channel);
    return 0;
}

bool tributary_internal_sender_drops_newest(const tributary_sender *sender) {
    return sender->channel->options.overflow == TRIBUTARY_OVERFLOW_DROP_NEWEST;
}

/* Makes slots available: 0 with at least one, or the error of the call. */
static int find_slots(struct tributary_sender *lane, int64_t deadline) {
    bool waits = deadline != TRIBUTARY_AT_ONCE_DEADLINE &&
                 lane->channel->options.overflow == TRIBUTARY_OVERFLOW_WAIT;
    while (tributary_unlikely(tributary_lane_sent(lane) == lane->hot.producer.end)) {
        int error = tributary_lane_extend(lane, waits ? TRIBUTARY_PACED : TRIBUTARY_AT_ONCE);
        if (error == -EAGAIN && waits)
            error = tributary_lane_wait(lane, deadline);
        if (error != 0) return error;
    }
    return 0;
}

static size_t slots_left(struct tributary_sender *lane) {
    return (size_t)(lane->hot.producer.end - tributary_lane_sent(lane));
}

static void *next_slot(struct tributary_sender *lane) {
    return tributary_lane_next_slot(lane, lane->channel->options.message_size);
}

static void drop_newest(struct tributary_sender *lane, const void *message) {
    tributary_count(lane->sender.dropped, 1);
    tributary_core_destroy_message(lane->channel, (void *)(uintptr_t)message);
}

static int send_entered(struct tributary_sender *lane, const void *message, size_t size,
                        int64_t deadline) {
    int error = find_slots(lane, deadline);
    if (error == -EAGAIN && tributary_internal_sender_drops_newest(lane)) {
        drop_newest(lane, message);
        return 0;
    }
    if (error != 0) return error;
    memcpy(next_slot(lane), message, size);
    return tributary_internal_sender_publish(lane, 1, size);
}

static int send(struct tributary_sender *lane, const void *message, size_t size, int64_t deadline) {
    if (lane == NULL || message == NULL || size != lane->channel->options.message_size)
        return -EINVAL;
    tributary_internal_sender_enter(lane);
    int error = send_entered(lane, message, size, deadline);
    tributary_internal_sender_leave(lane);
    return error;
}

static ptrdiff_t send_batch_entered(struct tributary_sender *lane, const unsigned char *messages,
                                    size_t count, size_t size, int64_t deadline) {
    size_t sent = 0;
    while (sent < count) {
        int error = find_slots(lane, deadline);
        if (error == -EAGAIN && tributary_internal_sender_drops_newest(lane)) {
            drop_newest(lane, messages + sent * size);
            sent++;
            continue;
        }
        if (error != 0) return sent > 0 ? (ptrdiff_t)sent : error;
        size_t part = slots_left(lane);
        if (part > count - sent) part = count - sent;
        memcpy(next_slot(lane), messages + sent * size, part * size);
        error = tributary_internal_sender_publish(lane, part, size);
        if (error != 0) return sent > 0 ? (ptrdiff_t)sent : error;
        sent += part;
        tributary_lane_ask_for_next(lane, part, size);
    }
    return (ptrdiff_t)sent;
}

static ptrdiff_t send_batch(struct tributary_sender *lane, const unsigned char *messages,
                            size_t count, size_t size, int64_t deadline) {
    if (lane == NULL || messages == NULL || size != lane->channel->options.message_size ||
        count == 0 || count > PTRDIFF_MAX / size)
        return -EINVAL;
    tributary_internal_sender_enter(lane);
    ptrdiff_t sent = send_batch_entered(lane, messages, count, size, deadline);
    tributary_internal_sender_leave(lane);
    return sent;
}

static ptrdiff_t reserve(struct tributary_sender *lane, size_t maximum, void **slots,
                         int64_t deadline) {
    if (slots != NULL) *slots = NULL;
    if (lane == NULL || slots == NULL || maximum == 0) return -EINVAL;
    tributary_internal_sender_enter(lane);
    lane->sender.reserved = 0;
    int error = find_slots(lane, deadline);
    if (error != 0) {
        tributary_internal_sender_leave(lane);
        return error;
    }
    size_t count = slots_left(lane);
    if (count > maximum) count = maximum;
    lane->sender.reserved_at = tributary_lane_sent(lane);
    lane->sender.reserved = (uint32_t)count;
    *slots = next_slot(lane);
    tributary_internal_sender_leave(lane);
    return (ptrdiff_t)count;
}

int tributary_sender_commit(tributary_sender *lane, size_t count) {
    if (lane == NULL) return -EINVAL;
    size_t reserved =
        lane->sender.reserved_at == tributary_lane_sent(lane) ? lane->sender.reserved : 0;
    if (count > reserved) return -EINVAL;
    lane->sender.reserved = 0;
    if (count == 0) return 0;
    tributary_internal_sender_enter(lane);
    int error = tributary_internal_sender_publish(lane, count,
                                                  lane->channel->options.message_size);
    tributary_internal_sender_leave(lane);
    return error;
}

int tributary_sender_try_send(tributary_sender *sender, const void *message, size_t size) {
    return send(sender, message, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

int tributary_sender_send(tributary_sender *sender, const void *message, size_t size) {
    return send(sender, message, size, TRIBUTARY_FOREVER);
}

int tributary_sender_send_timeout(tributary_sender *sender, const void *message, size_t size,
                                  int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return send(sender, message, size, tributary_clock_deadline(nanoseconds));
}

int tributary_sender_send_deadline(tributary_sender *sender, const void *message, size_t size,
                                   int64_t deadline) {
    return send(sender, message, size, deadline < 0 ? 0 : deadline);
}

ptrdiff_t tributary_sender_try_send_batch(tributary_sender *sender, const void *messages,
                                          size_t count, size_t size) {
    return send_batch(sender, messages, count, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

ptrdiff_t tributary_sender_send_batch(tributary_sender *sender, const void *messages,
                                      size_t count, size_t size) {
    return send_batch(sender, messages, count, size, TRIBUTARY_FOREVER);
}

ptrdiff_t tributary_sender_send_batch_timeout(tributary_sender *sender, const void *messages,
                                              size_t count, size_t size, int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return send_batch(sender, messages, count, size, tributary_clock_deadline(nanoseconds));
}

ptrdiff_t tributary_sender_send_batch_deadline(tributary_sender *sender, const void *messages,
                                               size_t count, size_t size, int64_t deadline) {
    return send_batch(sender, messages, count, size, deadline < 0 ? 0 : deadline);
}

ptrdiff_t tributary_sender_try_reserve(tributary_sender *sender, size_t maximum, void **slots) {
    return reserve(sender, maximum, slots, TRIBUTARY_AT_ONCE_DEADLINE);
}

ptrdiff_t tributary_sender_reserve(tributary_sender *sender, size_t maximum, void **slots) {
    return reserve(sender, maximum, slots, TRIBUTARY_FOREVER);
}

ptrdiff_t tributary_sender_reserve_timeout(tributary_sender *sender, size_t maximum, void **slots,
                                           int64_t nanoseconds) {
    if (slots != NULL) *slots = NULL;
    if (nanoseconds < 0) return -EINVAL;
    return reserve(sender, maximum, slots, tributary_clock_deadline(nanoseconds));
}

ptrdiff_t tributary_sender_reserve_deadline(tributary_sender *sender, size_t maximum,
                                            void **slots, int64_t deadline) {
    return reserve(sender, maximum, slots, deadline < 0 ? 0 : deadline);
}
