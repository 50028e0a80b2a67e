/* SPDX-License-Identifier: Apache-2.0 */
/* Lengths, capacities, statistics: snapshots. */
#define _GNU_SOURCE
#include <errno.h>

#include "core.h"
#include "shared_turn.h"

/* No more than the capacity is ever undelivered: what is beyond it was received between two looks. */
static uint64_t limit(const struct tributary_channel *channel, uint64_t length) {
    return length < channel->options.capacity ? length : channel->options.capacity;
}

static uint64_t lane_length(const struct tributary_sender *lane) {
    /* In this order: `published` grows in between at most, so the difference is never negative. */
    uint64_t consumed = tributary_load_acquire(&lane->hot.backward.consumed);
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published);
    uint64_t closed_at = tributary_load_acquire(&lane->closed_at);
    if (published > closed_at) published = closed_at;
    return published > consumed ? limit(lane->channel, published - consumed) : 0;
}

static uint64_t lane_sent(const struct tributary_sender *lane) {
    uint64_t published = tributary_load_acquire(&lane->hot.forward.published);
    uint64_t closed_at = tributary_load_acquire(&lane->closed_at);
    return published < closed_at ? published : closed_at;
}

static uint64_t shared_sent(const struct tributary_channel *channel) {
    uint64_t sent = 0;
    const struct tributary_sender *lane = tributary_shared_lanes(channel);
    for (; lane != NULL; lane = lane->registry_next) sent += lane_sent(lane);
    return sent;
}

static uint64_t shared_length(const struct tributary_channel *channel) {
    if (tributary_load_acquire(&channel->shared) == NULL) return 0; /* T3 */
    /* In this order, as above. */
    uint64_t consumed = tributary_shared_consumed(channel);
    return limit(channel, shared_sent(channel) - consumed);
}

bool tributary_channel_is_closed(const tributary_channel *channel) {
    return channel == NULL || tributary_load_acquire(&channel->closed);
}

size_t tributary_channel_length(const tributary_channel *channel) {
    if (channel == NULL) return 0;
    struct tributary_channel *mutable = (struct tributary_channel *)(uintptr_t)channel;
    pthread_mutex_lock(&mutable->mutex);
    uint64_t length = shared_length(channel);
    for (const struct tributary_sender *lane = channel->registry; lane != NULL;
         lane = lane->registry_next)
        length += lane_length(lane);
    pthread_mutex_unlock(&mutable->mutex);
    return (size_t)length;
}

size_t tributary_channel_capacity(const tributary_channel *channel) {
    return channel == NULL ? 0 : channel->options.capacity;
}

size_t tributary_channel_message_size(const tributary_channel *channel) {
    return channel == NULL ? 0 : channel->options.message_size;
}

size_t tributary_channel_sender_count(const tributary_channel *channel) {
    if (channel == NULL) return 0;
    return tributary_load_acquire(&channel->open_senders);
}

bool tributary_sender_is_closed(const tributary_sender *sender) {
    return sender == NULL || tributary_load_acquire(&sender->channel->closed);
}

size_t tributary_sender_length(const tributary_sender *sender) {
    return sender == NULL ? 0 : (size_t)lane_length(sender);
}

size_t tributary_sender_capacity(const tributary_sender *sender) {
    return sender == NULL ? 0 : sender->channel->options.capacity;
}

size_t tributary_sender_message_size(const tributary_sender *sender) {
    return sender == NULL ? 0 : sender->channel->options.message_size;
}

bool tributary_sender_belongs_to(const tributary_sender *sender, const tributary_channel *channel) {
    return sender != NULL && sender->channel == channel;
}

bool tributary_shared_sender_belongs_to(const tributary_shared_sender *sender,
                                        const tributary_channel *channel) {
    return sender != NULL && sender->channel == channel;
}

bool tributary_sender_same_channel(const tributary_sender *a, const tributary_sender *b) {
    return a != NULL && b != NULL && a->channel == b->channel;
}

bool tributary_shared_sender_is_closed(const tributary_shared_sender *sender) {
    return sender == NULL || tributary_load_acquire(&sender->channel->closed);
}

size_t tributary_shared_sender_length(const tributary_shared_sender *sender) {
    if (sender == NULL) return 0;
    struct tributary_channel *channel = sender->channel;
    const struct tributary_sender *lane = tributary_load_acquire(&channel->shared_lane);
    return (size_t)(lane != NULL ? lane_length(lane) : shared_length(channel));
}

size_t tributary_shared_sender_capacity(const tributary_shared_sender *sender) {
    return sender == NULL ? 0 : sender->channel->options.capacity;
}

size_t tributary_shared_sender_message_size(const tributary_shared_sender *sender) {
    return sender == NULL ? 0 : sender->channel->options.message_size;
}

bool tributary_shared_sender_same_channel(const tributary_shared_sender *a,
                                          const tributary_shared_sender *b) {
    return a != NULL && b != NULL && a->channel == b->channel;
}

/* What a lane counts where it is bounded. One word is for drops or parks, by the overflow policy: lane.h. */
static void add_bounded(const struct tributary_sender *lane, uint64_t *calls_full, uint64_t *parks,
                        uint64_t *dropped) {
    if (lane->channel->options.capacity == TRIBUTARY_UNBOUNDED) return;
    *calls_full += tributary_load_relaxed(&lane->sender.calls_full);
    if (lane->channel->options.overflow == TRIBUTARY_OVERFLOW_WAIT)
        *parks += tributary_load_relaxed(&lane->sender.parks);
    else
        *dropped += tributary_load_relaxed(&lane->sender.dropped);
}

void tributary_lane_add_sums(const struct tributary_sender *lane, struct tributary_lane_sums *sums) {
    uint64_t dropped = 0;
    add_bounded(lane, &sums->calls_full, &sums->parks, &dropped);
    /* Before what was sent, so that it is never the larger one. */
    uint64_t consumed = tributary_load_acquire(&lane->hot.backward.consumed);
    uint64_t sent = lane_sent(lane);
    uint64_t high_water = tributary_load_relaxed(&lane->receiver.high_water);
    /* What was dropped as the oldest was sent and moved `consumed`; what was dropped as the newest did neither. */
    bool oldest = lane->overwrites;
    sums->sent += oldest ? sent : sent + dropped;
    sums->received += consumed - (oldest ? dropped : 0);
    sums->dropped += dropped;
    sums->slow_paths += tributary_load_relaxed(&lane->sender.slow_paths);
    if (sums->high_water < high_water) sums->high_water = high_water;
}

int tributary_channel_statistics(const tributary_channel *channel,
                                 tributary_statistics *statistics) {
    if (channel == NULL || statistics == NULL) return -EINVAL;
    struct tributary_channel *mutable = (struct tributary_channel *)(uintptr_t)channel;
    pthread_mutex_lock(&mutable->mutex);
    struct tributary_lane_sums sums = channel->ended;
    for (const struct tributary_sender *lane = channel->registry; lane != NULL;
         lane = lane->registry_next)
        tributary_lane_add_sums(lane, &sums);
    pthread_mutex_unlock(&mutable->mutex);
    *statistics = (tributary_statistics){
        .sent = sums.sent,
        .received = sums.received,
        .dropped = sums.dropped,
        .send_calls_full = sums.calls_full,
        .send_slow_paths = sums.slow_paths,
        .sender_parks = sums.parks,
        .high_water = sums.high_water,
    };
    if (tributary_load_acquire(&channel->shared) != NULL) { /* T3 */
        statistics->received += tributary_shared_consumed(channel);
        statistics->sent += shared_sent(channel);
    }
    const struct tributary_sender *lane = tributary_shared_lanes(channel);
    for (; lane != NULL; lane = lane->registry_next) {
        uint64_t dropped = 0;
        add_bounded(lane, &statistics->send_calls_full, &statistics->sender_parks, &dropped);
        statistics->sent += dropped;
        statistics->dropped += dropped;
        statistics->send_slow_paths += tributary_load_relaxed(&lane->sender.slow_paths);
        statistics->send_retries += tributary_load_relaxed(&lane->thread->retries);
    }
    uint64_t high_water = tributary_load_relaxed(&channel->receiver.shared_high_water);
    if (statistics->high_water < high_water) statistics->high_water = high_water;
    statistics->receiver_parks = tributary_load_relaxed(&channel->receiver.parks);
    statistics->wakes = tributary_load_relaxed(&channel->receiver.wakes);
    statistics->heavy_fences = tributary_load_relaxed(&channel->receiver.heavy_fences);
    return 0;
}
