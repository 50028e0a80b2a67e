/* SPDX-License-Identifier: Apache-2.0 */
/* The public calls that receive. All of them find a run, take from it, and release. */
#define _GNU_SOURCE
#include <errno.h>
#include <string.h>

#include "clock.h"
#include "core.h"

/* A run to take from: 0, or the error of the call. */
static int find_run(struct tributary_channel *channel, size_t wanted, int64_t deadline) {
    channel->receiver.wanted = wanted;
    if (tributary_unlikely(channel->receiver.armed)) tributary_receiver_disarm(channel);
    if (channel->receiver.kind != TRIBUTARY_RUN_NONE) return 0;
    channel->receiver.borrowed = 0;
    if (deadline == TRIBUTARY_AT_ONCE_DEADLINE) return tributary_run_next(channel, TRIBUTARY_AT_ONCE);
    return tributary_receiver_wait(channel, deadline);
}

static int receive(struct tributary_channel *channel, void *message, size_t size,
                   int64_t deadline) {
    if (channel == NULL || message == NULL || size != channel->options.message_size) return -EINVAL;
    int error = find_run(channel, 1, deadline);
    if (error != 0) return error;
    size_t count;
    memcpy(message, tributary_run_front(channel, &count), size);
    channel->receiver.borrowed = 0;
    tributary_run_take(channel, 1);
    return 0;
}

/* Of a bounded channel in portions, so that a sender that waits for room fills what the receiver has left while it takes the
 * rest; in one go the two take turns. Measured: docs/design.md. (What was claimed of a lane that drops its oldest has made room by that,
 * and nobody waits: there they neither help nor cost a fence.) */
static size_t portion(const struct tributary_channel *channel, size_t count) {
    enum { PORTIONS = 4, LEAST = 64 /* messages: each release takes a fence */ };
    size_t most = channel->options.capacity / PORTIONS;
    if (most < LEAST) most = LEAST;
    return count < most ? count : most;
}

static ptrdiff_t receive_batch(struct tributary_channel *channel, unsigned char *messages,
                               size_t count, size_t size, int64_t deadline) {
    if (channel == NULL || messages == NULL || size != channel->options.message_size ||
        count == 0 || count > PTRDIFF_MAX / size)
        return -EINVAL;
    size_t received = 0;
    while (received < count) {
        int error = find_run(channel, count - received, received == 0 ? deadline : TRIBUTARY_AT_ONCE_DEADLINE);
        if (error != 0) return received > 0 ? (ptrdiff_t)received : error;
        size_t part;
        const unsigned char *front = tributary_run_front(channel, &part);
        if (part > count - received) part = count - received;
        part = portion(channel, part);
        memcpy(messages + received * size, front, part * size);
        channel->receiver.borrowed = 0;
        tributary_run_take(channel, part);
        received += part;
    }
    return (ptrdiff_t)received;
}

static ptrdiff_t borrow(struct tributary_channel *channel, void **messages, size_t maximum,
                        int64_t deadline) {
    if (messages != NULL) *messages = NULL;
    if (channel == NULL || messages == NULL || maximum == 0) return -EINVAL;
    int error = find_run(channel, maximum, deadline);
    if (error != 0) return error;
    size_t count;
    *messages = tributary_run_front(channel, &count);
    if (count > maximum) count = maximum;
    channel->receiver.borrowed = (uint32_t)count; /* of one run */
    channel->receiver.borrowed_at = channel->head.run.consumed;
    return (ptrdiff_t)count;
}

int tributary_channel_release(tributary_channel *channel, size_t count) {
    if (channel == NULL || count > channel->receiver.borrowed) return -EINVAL;
    if (count == 0) return 0;
    /* An inline receive has taken from the run, or used it up. */
    if (channel->receiver.kind == TRIBUTARY_RUN_NONE ||
        (channel->receiver.kind == TRIBUTARY_RUN_LANE &&
         channel->receiver.borrowed_at != channel->head.run.consumed))
        return -EINVAL;
    channel->receiver.borrowed -= (uint32_t)count;
    tributary_run_take(channel, count);
    channel->receiver.borrowed_at = channel->head.run.consumed;
    return 0;
}

int tributary_channel_try_receive(tributary_channel *channel, void *message, size_t size) {
    return receive(channel, message, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

int tributary_channel_receive(tributary_channel *channel, void *message, size_t size) {
    return receive(channel, message, size, TRIBUTARY_FOREVER);
}

int tributary_channel_receive_timeout(tributary_channel *channel, void *message, size_t size,
                                      int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return receive(channel, message, size, tributary_clock_deadline(nanoseconds));
}

int tributary_channel_receive_deadline(tributary_channel *channel, void *message, size_t size,
                                       int64_t deadline) {
    return receive(channel, message, size, deadline < 0 ? 0 : deadline);
}

ptrdiff_t tributary_channel_try_receive_batch(tributary_channel *channel, void *messages,
                                              size_t count, size_t size) {
    return receive_batch(channel, messages, count, size, TRIBUTARY_AT_ONCE_DEADLINE);
}

ptrdiff_t tributary_channel_receive_batch(tributary_channel *channel, void *messages,
                                          size_t count, size_t size) {
    return receive_batch(channel, messages, count, size, TRIBUTARY_FOREVER);
}

ptrdiff_t tributary_channel_receive_batch_timeout(tributary_channel *channel, void *messages,
                                                  size_t count, size_t size,
                                                  int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return receive_batch(channel, messages, count, size, tributary_clock_deadline(nanoseconds));
}

ptrdiff_t tributary_channel_receive_batch_deadline(tributary_channel *channel, void *messages,
                                                   size_t count, size_t size, int64_t deadline) {
    return receive_batch(channel, messages, count, size, deadline < 0 ? 0 : deadline);
}

ptrdiff_t tributary_channel_try_borrow(tributary_channel *channel, void **messages,
                                       size_t maximum) {
    return borrow(channel, messages, maximum, TRIBUTARY_AT_ONCE_DEADLINE);
}

ptrdiff_t tributary_channel_borrow(tributary_channel *channel, void **messages, size_t maximum) {
    return borrow(channel, messages, maximum, TRIBUTARY_FOREVER);
}

ptrdiff_t tributary_channel_borrow_timeout(tributary_channel *channel, void **messages,
                                           size_t maximum, int64_t nanoseconds) {
    if (nanoseconds < 0) return -EINVAL;
    return borrow(channel, messages, maximum, tributary_clock_deadline(nanoseconds));
}

ptrdiff_t tributary_channel_borrow_deadline(tributary_channel *channel, void **messages,
                                            size_t maximum, int64_t deadline) {
    return borrow(channel, messages, maximum, deadline < 0 ? 0 : deadline);
}
