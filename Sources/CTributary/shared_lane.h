/* SPDX-License-Identifier: Apache-2.0 */
/* Shared senders of a channel that drops its oldest: one lane, whose end they use in turn.
 *
 * The oldest message of the inbox's queue cannot be taken back by a sender, that of a lane can (overwrite.h). Under the
 * mutex the shared senders are one exclusive sender. The receiver takes no mutex. */
#ifndef TRIBUTARY_SHARED_LANE_H
#define TRIBUTARY_SHARED_LANE_H

#include "core.h"

TRIBUTARY_PRIVATE_BEGIN

/* Before the first shared sender exists: 0, or the error of opening a lane. */
int tributary_shared_lane_open(struct tributary_channel *channel);
/* After the last one has ended. */
void tributary_shared_lane_end(struct tributary_channel *channel);
int tributary_shared_lane_send(struct tributary_channel *channel, const void *message);

TRIBUTARY_PRIVATE_END
#endif
