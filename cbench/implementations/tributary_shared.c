/* SPDX-License-Identifier: Apache-2.0 */
/* A tributary_shared_sender for each producer, all of one queue. */
#include <tributary/inline.h>

#include "../support/implementation.h"
#include "../support/message.h"
#include "tributary_options.h"

typedef tributary_channel queue;
typedef tributary_shared_sender queue_sender;

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    return tributary_channel_of(cell);
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    tributary_channel_destroy(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    tributary_shared_sender *sender;
    check(tributary_channel_open_shared_sender(queue, &sender),
          "tributary_channel_open_shared_sender");
    return sender;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    tributary_shared_sender_destroy(sender);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    check(tributary_shared_sender_send(sender, message, size), "tributary_shared_sender_send");
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    check(tributary_channel_receive(queue, message, size), "tributary_channel_receive");
}

#define QUEUE_HAS_BATCH 1

MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    check(tributary_shared_sender_send_batch(sender, messages, count, size),
          "tributary_shared_sender_send_batch");
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t count,
                                          size_t size) {
    ptrdiff_t received = tributary_channel_receive_batch(queue, messages, count, size);
    check(received, "tributary_channel_receive_batch");
    return (size_t)received;
}

#include "../scenarios/announced_wake.h"
#include "../scenarios/contention.h"
#include "../scenarios/footprint.h"
#include "../scenarios/memory.h"
#include "../scenarios/one_way_latency.h"
#include "../scenarios/pair_latency.h"
#include "../scenarios/round_trip.h"
#include "../scenarios/send_latency.h"
#include "../scenarios/throughput.h"
#include "../scenarios/wake_latency.h"

const struct implementation tributary_shared_implementation = {
    .name = "tributary-shared",
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
};
