/* SPDX-License-Identifier: Apache-2.0 */
/* Drop oldest: a lane whose sender may take back, and destroy, its own oldest message.
 *
 * Both ends claim messages by moving `consumed` with a compare-exchange: the receiver claims the run it is about
 * to read (exactly what it was asked for), the sender the one message it drops. `consumed` only grows, so there is no
 * ABA. Segments are all of one size and found through a ring of pointers by the message's number; the sender
 * alone installs them:
 *
 *   directory[i]  sender stores (O1 release), receiver loads (O1 acquire)
 *   borrow        receiver stores: number of the first message it is reading, or NOTHING (O2 release);
 *                 sender loads (O2 acquire) before it reuses a segment
 *
 *   receiver: borrow = h; p = directory[h]; compare-exchange consumed h -> h + k
 *   sender:   consumed is past the old segment (own compare-exchange, or load acquire); borrow in it? then
 *             the segment is set aside until the receiver is done, and another one takes its place
 *
 * When the receiver's exchange succeeds, `consumed` was still h, so the sender had not yet replaced h's
 * segment when p was read, and whatever makes `consumed` pass h + k afterwards reads from that exchange and so sees `borrow`. */
#ifndef TRIBUTARY_OVERWRITE_H
#define TRIBUTARY_OVERWRITE_H

#include "lane.h"

TRIBUTARY_PRIVATE_BEGIN

void tributary_overwrite_destroy(struct tributary_sender *lane);

/* The sender: destroys the oldest message unless the receiver has taken one meanwhile. */
void tributary_overwrite_drop_oldest(struct tributary_sender *lane);
/* The sender: the next message to be dropped goes into `buffer` and is not destroyed; and whether that happened. */
void tributary_overwrite_defer(struct tributary_sender *lane, void *buffer);
bool tributary_overwrite_deferred(struct tributary_sender *lane);
/* The sender: a segment for the next message. 0 or -ENOMEM. */
int tributary_overwrite_extend(struct tributary_sender *lane);

/* The receiver: claims up to `wanted` messages, once one was published. NULL: none left. Lock-free, not wait-free: each failed
 * exchange is a message that the sender dropped. */
unsigned char *tributary_overwrite_claim(struct tributary_sender *lane, size_t wanted, size_t *count);
/* The receiver: the claimed messages were read. */
void tributary_overwrite_done(struct tributary_sender *lane);

TRIBUTARY_PRIVATE_END
#endif
