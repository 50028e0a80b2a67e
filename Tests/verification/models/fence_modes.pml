/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 9: fenced and streaming modes are never mixed in one decision.
 * inline.h tributary_internal_sender_publish; fence.c tributary_fence_heavy; receiver_wait.c tributary_receiver_let_go_all.
 *
 * streaming.pml once more, with one heavy fence on behalf of a streaming lane while another one is fenced, or is promoted in between;
 * and with a kernel that begins to refuse heavy fences. A sender decides by the state that it reads after the publish, not by
 * the mode that it was in; the receiver by the word that it exchanges, not by what it has noted.
 *
 * check  refused_one_lane  -DLANES=1 -DMESSAGES=4
 * check  refused_two_lanes -DLANES=2 -DMESSAGES=2
 * mutant MODE_FROM_BEFORE   sleeps   streaming before the publish, READY alone after it: no fence
 * mutant WITHOUT_WAITING    sleeps   a refused heavy fence counts as one
 * mutant LET_GO_STREAMING   sleeps   a lane that was promoted after the heavy fence is let go as if fenced */
#define COUNT_DRAINED
#define HEAVY_FENCE "refused.pml"

#include "streaming.pml"

active proctype kernel() {
    if
    :: refused = true
    :: skip
    fi
}
