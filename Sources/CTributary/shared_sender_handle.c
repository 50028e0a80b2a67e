/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, cloning and dropping shared senders: each handle is one reference on the channel. */
#define _GNU_SOURCE
#include <errno.h>

#include "core.h"
#include "shared_lane.h"

static int open_shared(struct tributary_channel *channel, tributary_shared_sender **result) {
    *result = NULL;
    if (tributary_load_acquire(&channel->closed)) return -EPIPE;
    int error = tributary_core_share(channel);
    if (error != 0) return error;
    const tributary_allocator *allocator = &channel->options.allocator;
    struct tributary_shared_sender *sender =
        tributary_allocate(allocator, sizeof(*sender), _Alignof(struct tributary_shared_sender));
    if (sender == NULL) return -ENOMEM;
    error = tributary_shared_lane_open(channel);
    if (error != 0) {
        tributary_deallocate(allocator, sender, sizeof(*sender),
                             _Alignof(struct tributary_shared_sender));
        return error;
    }
    sender->channel = channel;
    tributary_fetch_add_relaxed(&channel->open_senders, 1);
    tributary_core_retain(channel);
    *result = sender;
    return 0;
}

void tributary_shared_sender_destroy(tributary_shared_sender *sender) {
    if (sender == NULL) return;
    struct tributary_channel *channel = sender->channel;
    tributary_deallocate(&channel->options.allocator, sender, sizeof(*sender),
                         _Alignof(struct tributary_shared_sender));
    tributary_core_sender_ended(channel);
    tributary_core_release(channel);
}

int tributary_shared_sender_request_close(tributary_shared_sender *sender) {
    if (sender == NULL) return -EINVAL;
    tributary_core_request_close(sender->channel);
    return 0;
}

int tributary_channel_open_sender(tributary_channel *channel, tributary_sender **sender) {
    if (sender != NULL) *sender = NULL;
    if (channel == NULL || sender == NULL) return -EINVAL;
    return tributary_lane_open(channel, sender);
}

int tributary_channel_open_shared_sender(tributary_channel *channel,
                                         tributary_shared_sender **sender) {
    if (sender != NULL) *sender = NULL;
    if (channel == NULL || sender == NULL) return -EINVAL;
    return open_shared(channel, sender);
}

int tributary_sender_clone(tributary_sender *sender, tributary_sender **clone) {
    if (clone != NULL) *clone = NULL;
    if (sender == NULL || clone == NULL) return -EINVAL;
    return tributary_lane_open(sender->channel, clone);
}

int tributary_sender_open_shared_sender(tributary_sender *sender,
                                        tributary_shared_sender **shared) {
    if (shared != NULL) *shared = NULL;
    if (sender == NULL || shared == NULL) return -EINVAL;
    return open_shared(sender->channel, shared);
}

int tributary_shared_sender_clone(tributary_shared_sender *sender,
                                  tributary_shared_sender **clone) {
    if (clone != NULL) *clone = NULL;
    if (sender == NULL || clone == NULL) return -EINVAL;
    return open_shared(sender->channel, clone);
}

int tributary_shared_sender_open_sender(tributary_shared_sender *sender,
                                        tributary_sender **exclusive) {
    if (exclusive != NULL) *exclusive = NULL;
    if (sender == NULL || exclusive == NULL) return -EINVAL;
    return tributary_lane_open(sender->channel, exclusive);
}
