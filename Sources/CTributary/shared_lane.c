/* SPDX-License-Identifier: Apache-2.0 */
#include "shared_lane.h"

int tributary_shared_lane_open(struct tributary_channel *channel) {
    if (channel->options.overflow != TRIBUTARY_OVERFLOW_DROP_OLDEST ||
        channel->options.capacity == TRIBUTARY_UNBOUNDED)
        return 0;
    pthread_mutex_lock(&channel->shared_lane_mutex);
    int error = 0;
    if (channel->shared_lane_users == 0) {
        struct tributary_sender *lane;
        error = tributary_lane_open(channel, &lane);
        if (error == 0) tributary_store_release(&channel->shared_lane, lane);
    }
    if (error == 0) channel->shared_lane_users++;
    pthread_mutex_unlock(&channel->shared_lane_mutex);
    return error;
}

void tributary_shared_lane_end(struct tributary_channel *channel) {
    if (tributary_load_acquire(&channel->shared_lane) == NULL) return;
    struct tributary_sender *ended = NULL;
    pthread_mutex_lock(&channel->shared_lane_mutex);
    if (--channel->shared_lane_users == 0) {
        ended = channel->shared_lane;
        tributary_store_release(&channel->shared_lane, NULL);
    }
    pthread_mutex_unlock(&channel->shared_lane_mutex);
    tributary_sender_destroy(ended);
}

int tributary_shared_lane_send(struct tributary_channel *channel, const void *message) {
    pthread_mutex_lock(&channel->shared_lane_mutex);
    int error = tributary_sender_try_send(channel->shared_lane, message,
                                          channel->options.message_size);
    pthread_mutex_unlock(&channel->shared_lane_mutex);
    return error;
}
