/* SPDX-License-Identifier: Apache-2.0 */
/* Shared senders of a channel that drops its oldest: one lane, whose end they use in turn.
 *
 * The oldest message of the inbox's queue cannot be taken back by a sender, that of a lane can (overwrite.h). Under the
 * mutex the shared senders are one exclusive sender. The receiver takes no mutex. It is one lane for as long as the channel lives, so that
 * order and capacity hold over shared senders that come and go. */
#ifndef TRIBUTARY_SHARED_LANE_H
#define TRIBUTARY_SHARED_LANE_H

#include "core.h"

TRIBUTARY_PRIVATE_BEGIN

/* Before the first shared sender exists, for the rest of the channel's life: 0, or the error of opening a lane. */
int tributary_shared_lane_open(struct tributary_channel *channel);
int tributary_shared_lane_send(struct tributary_channel *channel, const void *message);

TRIBUTARY_PRIVATE_END
#endif
