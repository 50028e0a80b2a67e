/* SPDX-License-Identifier: Apache-2.0 */
/* One tributary_sender, that is one lane, for each producer. */
#include <tributary/inline.h>

#include "../support/implementation.h"
#include "../support/message.h"
#include "tributary_options.h"

typedef tributary_channel queue;
typedef tributary_sender queue_sender;

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    return tributary_channel_of(cell);
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    tributary_channel_destroy(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    tributary_sender *sender;
    check(tributary_channel_open_sender(queue, &sender), "tributary_channel_open_sender");
    return sender;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    tributary_sender_destroy(sender);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    check(tributary_sender_send(sender, message, size), "tributary_sender_send");
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    check(tributary_channel_receive(queue, message, size), "tributary_channel_receive");
}

#define QUEUE_HAS_BATCH 1

MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    check(tributary_sender_send_batch(sender, messages, count, size),
          "tributary_sender_send_batch");
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t count,
                                          size_t size) {
    ptrdiff_t received = tributary_channel_receive_batch(queue, messages, count, size);
    check(received, "tributary_channel_receive_batch");
    return (size_t)received;
}

#define QUEUE_HAS_IN_PLACE 1

MESSAGE_INLINE size_t queue_reserve(queue_sender *sender, size_t maximum, void **slots) {
    ptrdiff_t reserved = tributary_sender_reserve(sender, maximum, slots);
    check(reserved, "tributary_sender_reserve");
    return (size_t)reserved;
}

MESSAGE_INLINE void queue_commit(queue_sender *sender, size_t count) {
    check(tributary_sender_commit(sender, count), "tributary_sender_commit");
}

MESSAGE_INLINE size_t queue_borrow(queue *queue, size_t maximum, void **messages) {
    ptrdiff_t borrowed = tributary_channel_borrow(queue, messages, maximum);
    check(borrowed, "tributary_channel_borrow");
    return (size_t)borrowed;
}

MESSAGE_INLINE void queue_release(queue *queue, size_t count) {
    check(tributary_channel_release(queue, count), "tributary_channel_release");
}

#include "../scenarios/announced_wake.h"
#include "../scenarios/contention.h"
#include "../scenarios/footprint.h"
#include "../scenarios/idle_senders.h"
#include "../scenarios/memory.h"
#include "../scenarios/one_way_latency.h"
#include "../scenarios/pair_latency.h"
#include "../scenarios/round_trip.h"
#include "../scenarios/send_latency.h"
#include "../scenarios/throughput.h"
#include "../scenarios/wake_latency.h"

/* As many places for all senders together as other channels have, not for each. */
static void throughput_in_all_run(const struct cell *cell, struct report *report) {
    struct cell shared_out = *cell;
    if (cell->capacity != 0)
        shared_out.capacity = cell->capacity > cell->producers ? cell->capacity / cell->producers : 1;
    throughput_run(&shared_out, report);
}

const struct implementation tributary_sender_in_all_implementation = {
    .name = "tributary-sender-in-all",
    .throughput = throughput_in_all_run,
};

const struct implementation tributary_sender_implementation = {
    .name = "tributary-sender",
    .throughput = throughput_run,
    .send_latency = send_latency_run,
    .pair_latency = pair_latency_run,
    .one_way_latency = one_way_latency_run,
    .round_trip = round_trip_run,
    .wake_latency = wake_latency_run,
    .contention = contention_run,
    .memory = memory_run,
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
    .idle_senders = idle_senders_run,
};
