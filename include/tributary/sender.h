/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_SENDER_H
#define TRIBUTARY_SENDER_H

#include <tributary/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An exclusive sending end: used by one thread at a time, movable between threads that
 * synchronise the hand-over. Each has a lane of its own, and `capacity` messages of room of its
 * own. A send is a store into memory that no other sender writes: no read-modify-write, no
 * fence and no system call while the receiver keeps up. */

/* Another sender of the same channel, with its own lane. 0, -EPIPE, -ENOMEM, -EINVAL. */
int tributary_sender_clone(tributary_sender *sender, tributary_sender **clone);
int tributary_sender_open_shared_sender(tributary_sender *sender,
                                        tributary_shared_sender **shared);

/* Ends this sender; what it sent is still received. From any thread, before or after the
 * channel's destruction. A reservation that was not committed is abandoned (its slots are the
 * caller's to clean up before). NULL is allowed. */
void tributary_sender_destroy(tributary_sender *sender);

/* Ends the channel for all of its senders: the receiver closes it (tributary_channel_close) when it next looks for more
 * messages than it has at hand, and hears of that at once if it waits. What was sent before is received. Never waits. 0 (also when closed or requested before), -EINVAL. */
int tributary_sender_request_close(tributary_sender *sender);

/* ---- Sending by copy ----------------------------------------------------------------------
 * `message` points at `size` bytes, the channel's message_size. On any error nothing was sent and
 * the message is still the caller's.
 *
 *   try_send       never waits. 0, -EAGAIN (full), -EPIPE, -ENOMEM, -EINVAL
 *   send           waits for room. A sender that found its lane full waits until half of it is
 *                  free, at most about a millisecond longer than for a single slot, so that it is
 *                  woken once for many messages. Without a bound it never waits for room. Before it
 *                  asks for a segment of storage it may look out for a drained one for a microsecond
 *                  while its messages are being taken (unless `pacing` is off), and give its
 *                  processor away (sched_yield) while none is (unless sender_wait.yield is 0).
 *                  0, -EPIPE, -ENOMEM, -EINVAL
 *   send_timeout   waits at most `nanoseconds`; also -ETIMEDOUT
 *   send_deadline  waits until `deadline`, in nanoseconds of CLOCK_MONOTONIC
 *
 * With an overflow policy other than WAIT a full channel is no error: see options.h.
 * While a notification is armed (below) a call that would wait reports -EBUSY. */
int tributary_sender_try_send(tributary_sender *sender, const void *message, size_t size);
int tributary_sender_send(tributary_sender *sender, const void *message, size_t size);
int tributary_sender_send_timeout(tributary_sender *sender, const void *message, size_t size,
                                  int64_t nanoseconds);
int tributary_sender_send_deadline(tributary_sender *sender, const void *message, size_t size,
                                   int64_t deadline);

/* The same for `count` messages of an array, in order. try_send_batch sends as many as fit; the
 * others send all of them, in portions as room comes. Returns how many were sent, the first ones
 * of the array; an error only when none was. `count` 0 is -EINVAL. */
ptrdiff_t tributary_sender_try_send_batch(tributary_sender *sender, const void *messages,
                                          size_t count, size_t size);
ptrdiff_t tributary_sender_send_batch(tributary_sender *sender, const void *messages,
                                      size_t count, size_t size);
ptrdiff_t tributary_sender_send_batch_timeout(tributary_sender *sender, const void *messages,
                                              size_t count, size_t size, int64_t nanoseconds);
ptrdiff_t tributary_sender_send_batch_deadline(tributary_sender *sender, const void *messages,
                                               size_t count, size_t size, int64_t deadline);

/* ---- Sending in place -----------------------------------------------------------------------
 * reserve points `slots` at up to `maximum` neighbouring free slots, uninitialised, and returns how
 * many, at least 1 (or an error as above). Room is the sender's until commit. commit(sender, n)
 * sends the first n of them; the others, and all after commit(sender, 0), were never used.
 * Where the newest message is dropped a full lane is -EAGAIN, in all forms: there is no message yet.
 * Another reserve before the commit replaces the first; a send call ends the reservation, whose
 * slots it uses.
 * commit: 0; -EPIPE: closed meanwhile, what is in the slots is still the caller's, until the next call
 * on this sender; -EINVAL: n exceeds the reservation. */
ptrdiff_t tributary_sender_try_reserve(tributary_sender *sender, size_t maximum, void **slots);
ptrdiff_t tributary_sender_reserve(tributary_sender *sender, size_t maximum, void **slots);
ptrdiff_t tributary_sender_reserve_timeout(tributary_sender *sender, size_t maximum,
                                           void **slots, int64_t nanoseconds);
ptrdiff_t tributary_sender_reserve_deadline(tributary_sender *sender, size_t maximum,
                                            void **slots, int64_t deadline);
int tributary_sender_commit(tributary_sender *sender, size_t count);

/* ---- Waiting without a blocked thread ----------------------------------------------------- */

/* 0: the lane is full, and `notify(context)` will be called exactly once, on the receiver's
 * thread, when there is room or the channel closes. It runs inside of a call of the receiver, without a lock: it may use every
 * sending end of the channel, open and destroy them, but not the receiving end (inside of tributary_channel_close that too),
 * and must not block. -EALREADY: try_send now. -EBUSY: armed already. */
int tributary_sender_notify(tributary_sender *sender, void (*notify)(void *context),
                            void *context);
/* As notify, but only a close or the receiver's end is waited for, whether the lane is full or not. -EALREADY: closed
 * now. -EBUSY: armed already, for either. */
int tributary_sender_notify_closed(tributary_sender *sender, void (*notify)(void *context),
                                   void *context);
/* Looks for room as a waiting send does before it sleeps, for some hundred nanoseconds: 0: try_send now;
 * -EAGAIN: still full. -EINVAL. Pays before a notification is armed. */
int tributary_sender_poll(tributary_sender *sender);
/* 0: it will not be called; -EALREADY: it was called, or will be in a moment. Destroying the sender takes it back
 * likewise. [any thread] */
int tributary_sender_notify_cancel(tributary_sender *sender);

/* ---- Observation ---------------------------------------------------------------------------- */

bool tributary_sender_is_closed(const tributary_sender *sender);
/* Undelivered messages of this sender. */
size_t tributary_sender_length(const tributary_sender *sender);
size_t tributary_sender_capacity(const tributary_sender *sender);
size_t tributary_sender_message_size(const tributary_sender *sender);
/* Whether they are ends of one channel. */
bool tributary_sender_belongs_to(const tributary_sender *sender, const tributary_channel *channel);
bool tributary_sender_same_channel(const tributary_sender *a, const tributary_sender *b);

#ifdef __cplusplus
}
#endif
#endif
