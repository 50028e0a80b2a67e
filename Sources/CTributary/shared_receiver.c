/* SPDX-License-Identifier: Apache-2.0 */
/* The receiver's side of shared messages. */
#include <string.h>

#include "core.h"

struct tributary_cell *tributary_shared_dequeue(struct tributary_channel *channel) {
    struct cds_wfcq_node *node = __cds_wfcq_dequeue_nonblocking(&channel->shared_back.head,
                                                                &channel->shared_front.tail);
    if (node == NULL || node == CDS_WFCQ_WOULDBLOCK) return NULL;
    tributary_sanitizer_acquire(node); /* M0 */
    return (struct tributary_cell *)(void *)node;
}

static bool is_empty(struct tributary_channel *channel) {
    return cds_wfcq_empty(&channel->shared_back.head, &channel->shared_front.tail);
}

bool tributary_shared_let_go(struct tributary_channel *channel) {
    if (!is_empty(channel)) return false;
    tributary_cell_returns_flush(&channel->receiver.returns);
    tributary_cell_pool_idle();
    tributary_exchange_acquire_release(&channel->shared_front.ready, 0);
    tributary_fence_full(); /* M4 */
    if (is_empty(channel)) return true;
    /* Something came. Whoever sets it from clear owns the queue: the receiver keeps it, or a sender is enqueueing it. */
    return tributary_exchange_acquire_release(&channel->shared_front.ready, 1) != 0;
}

void *tributary_cell_message(struct tributary_channel *channel, struct tributary_cell *cell) {
    void *box;
    if (channel->options.cell_class != TRIBUTARY_CELL_BOXED) return cell->message;
    memcpy(&box, cell->message, sizeof(box));
    return box;
}

void tributary_cell_give_back(struct tributary_channel *channel, struct tributary_cell *cell) {
    if (channel->options.cell_class == TRIBUTARY_CELL_BOXED)
        tributary_deallocate(&channel->options.allocator, tributary_cell_message(channel, cell),
                             channel->options.message_size, channel->options.message_alignment);
    tributary_cell_return(&channel->receiver.returns, cell);
}

static void wake_waiting(struct tributary_channel *channel) {
    uint64_t released = tributary_load_relaxed(&channel->shared_back.released);
    uint64_t wake_at = tributary_load_acquire(&channel->shared_back.wake_at);
    if (wake_at == TRIBUTARY_NOBODY || released < wake_at) return;
    /* A sender that lowers wake_at after this exchange finds the epoch changed, or sleeps on the new one and is
     * found by the next release. */
    tributary_exchange_acquire_release(&channel->shared_back.wake_at, TRIBUTARY_NOBODY);
    tributary_event_count_wake_all(&channel->shared_back.room);
}

void tributary_shared_released(struct tributary_channel *channel, uint64_t count) {
    uint64_t released = tributary_load_relaxed(&channel->shared_back.released) + count;
    /* M2: a sender's acquire sees that these were read. */
    tributary_store_release(&channel->shared_back.released, released);
    if (channel->options.capacity == TRIBUTARY_UNBOUNDED) return;
    /* M3, as F2 for lanes: without local fences a sender that sleeps without limit runs a heavy one. */
    if (channel->options.local_fences) tributary_fence_full();
    if (tributary_unlikely(tributary_load_relaxed(&channel->shared_back.wake_at) <= released))
        wake_waiting(channel);
}

void tributary_shared_close(struct tributary_channel *channel) {
    /* M1: every sender that adds to the count before this is expected, every other sees the bit. */
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
    /* Counted in and out again, around the close (see admit in shared_sender.c). */
    expected -= tributary_load_acquire(&channel->shared_front.withdrawn);
    return tributary_load_relaxed(&channel->shared_back.released) == expected;
}
