/* SPDX-License-Identifier: Apache-2.0 */
/* How many messages were surely in the channel at once. Time is the number of the receiver's last call that takes: no clock, and nothing that
 * orders more than the core does.
 *
 * Before a call the receiver stores its number, and in it what it has consumed; a sender reads the number after its send. So when the
 * number S + 1 is stored, each message whose sender has read S or less is in the channel, and none that a later call takes has left it: a
 * sender that had its room from a later call would have read that call's number. */
#ifndef TRIBUTARY_CHAOS_OCCUPANCY_H
#define TRIBUTARY_CHAOS_OCCUPANCY_H

#include <stdint.h>

/* Nothing is in; `calls`: the last number. */
void occupancy_begin(uint32_t calls);
/* One message: its sender has read the number `sent`, and it was taken by the call `taken`. */
void occupancy_add(uint32_t sent, uint32_t taken);
/* The most that were in at once. */
uint64_t occupancy_most(void);

#endif
