/* SPDX-License-Identifier: Apache-2.0 */
/* The ready ring: the lanes that the receiver serves in turn, a circular list of its own. */
#define _GNU_SOURCE
#include "core.h"

void tributary_ring_append(struct tributary_channel *channel, struct tributary_sender *lane) {
    struct tributary_sender *first = channel->receiver.ring;
    lane->receiver.in_ring = true;
    lane->receiver.silent_rounds = 0;
    if (first == NULL) {
        lane->receiver.next = lane->receiver.previous = lane;
        channel->receiver.ring = lane;
    } else {
        lane->receiver.next = first;
        lane->receiver.previous = first->receiver.previous;
        first->receiver.previous->receiver.next = lane;
        first->receiver.previous = lane;
    }
    channel->receiver.ring_size++;
}

void tributary_ring_remove(struct tributary_channel *channel, struct tributary_sender *lane) {
    struct tributary_sender *next = lane->receiver.next;
    if (next == lane) next = NULL;
    if (channel->receiver.position == lane)
        channel->receiver.position = next == channel->receiver.ring ? NULL : next;
    if (channel->receiver.ring == lane) channel->receiver.ring = next;
    lane->receiver.previous->receiver.next = lane->receiver.next;
    lane->receiver.next->receiver.previous = lane->receiver.previous;
    lane->receiver.next = lane->receiver.previous = NULL;
    lane->receiver.in_ring = false;
    channel->receiver.ring_size--;
}
