/* SPDX-License-Identifier: Apache-2.0 */
/* GLib's asynchronous queue: a lock around a linked list of pointers. A message is allocated by the sender and freed by
 * the receiver. Batches: the queue is locked once for many. A program of its own: GLib may be missing. */
#include <glib.h>
#include <stddef.h>

#include "../../support/implementation.h"
#include "../../support/message.h"
#include "../../support/program.h"

typedef GAsyncQueue queue;
typedef queue queue_sender;

MESSAGE_INLINE queue *queue_create(const struct cell *cell) {
    if (cell->capacity != 0)
        fail("GAsyncQueue is unbounded");
    return g_async_queue_new();
}

MESSAGE_INLINE void queue_destroy(queue *queue) {
    g_async_queue_unref(queue);
}

MESSAGE_INLINE queue_sender *queue_open(queue *queue) {
    return queue;
}

MESSAGE_INLINE void queue_close(queue_sender *sender) {
    (void)sender;
}

MESSAGE_INLINE void *glib_message(const void *message, size_t size) {
    return memcpy(g_malloc(size), message, size);
}

MESSAGE_INLINE void glib_read(gpointer found, void *message, size_t size) {
    memcpy(message, found, size);
    g_free(found);
}

MESSAGE_INLINE void queue_send(queue_sender *sender, const void *message, size_t size) {
    g_async_queue_push(sender, glib_message(message, size));
}

MESSAGE_INLINE void queue_receive(queue *queue, void *message, size_t size) {
    glib_read(g_async_queue_pop(queue), message, size);
}

#define QUEUE_HAS_BATCH 1

MESSAGE_INLINE void queue_send_batch(queue_sender *sender, const void *messages, size_t count,
                                     size_t size) {
    void *made[64]; /* STRESS_BATCH */
    for (size_t index = 0; index < count; index++)
        made[index] = glib_message((const char *)messages + index * size, size);
    g_async_queue_lock(sender);
    for (size_t index = 0; index < count; index++)
        g_async_queue_push_unlocked(sender, made[index]);
    g_async_queue_unlock(sender);
}

MESSAGE_INLINE size_t queue_receive_batch(queue *queue, void *messages, size_t maximum,
                                          size_t size) {
    void *found[1024]; /* STRESS_RECEIVE_BYTES of the shortest */
    size_t count = 1;
    g_async_queue_lock(queue);
    found[0] = g_async_queue_pop_unlocked(queue);
    while (count < maximum && (found[count] = g_async_queue_try_pop_unlocked(queue)) != NULL)
        count++;
    g_async_queue_unlock(queue);
    for (size_t index = 0; index < count; index++)
        glib_read(found[index], (char *)messages + index * size, size);
    return count;
}

#include "../../scenarios/announced_wake.h"
#include "../../scenarios/footprint.h"
#include "../../scenarios/one_way_latency.h"
#include "../../scenarios/throughput.h"

static const struct implementation glib_async_queue = {
    .name = "glib-async-queue",
    .throughput = throughput_run,
    .one_way_latency = one_way_latency_run,
    .announced_wake = announced_wake_run,
    .footprint = footprint_run,
};

static const struct implementation *const implementations[] = {&glib_async_queue, NULL};
static const struct program_scenario scenarios[] = {{NULL, NULL, NULL}};

int main(int argument_count, char **arguments) {
    return program_run(implementations, scenarios, argument_count, arguments);
}
