/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_SHARED_SENDER_H
#define TRIBUTARY_SHARED_SENDER_H

#include <tributary/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A sending end that any number of threads use at once. All shared senders of a channel form
 * one FIFO queue, whose order agrees with real time, and share `capacity` messages of room. A thread that
 * sends several in a row pays a read-modify-write for the first and plain stores for the others; the messages lie in a lane of
 * the calling thread, which is allocated at the thread's first send and given up when it exits. A batch keeps its order; others'
 * messages may lie between. "Full" counts the places that another call that is running is about to send to, though that may turn out
 * to get none. With TRIBUTARY_OVERFLOW_DROP_OLDEST the shared senders of a channel take turns on a
 * lock.
 *
 * Not to be destroyed while another call on the same handle runs: give each owner a clone. */

int tributary_shared_sender_clone(tributary_shared_sender *sender,
                                  tributary_shared_sender **clone);
int tributary_shared_sender_open_sender(tributary_shared_sender *sender,
                                        tributary_sender **exclusive);
void tributary_shared_sender_destroy(tributary_shared_sender *sender);
/* Asks the receiver to close: see tributary_sender_request_close. [any thread] */
int tributary_shared_sender_request_close(tributary_shared_sender *sender);

/* As in sender.h. What may wait gives its processor away (sched_yield) for room that others were faster to take, and on an unbounded
 * channel before it asks for storage, for a batch, or where more threads have messages there than there are processors; only a batch
 * looks out for a drained segment. On an unbounded channel one whose turn was taken at once leaves it to the others for a microsecond. */
int tributary_shared_sender_try_send(tributary_shared_sender *sender, const void *message,
                                     size_t size);
int tributary_shared_sender_send(tributary_shared_sender *sender, const void *message,
                                 size_t size);
int tributary_shared_sender_send_timeout(tributary_shared_sender *sender, const void *message,
                                         size_t size, int64_t nanoseconds);
int tributary_shared_sender_send_deadline(tributary_shared_sender *sender, const void *message,
                                          size_t size, int64_t deadline);
ptrdiff_t tributary_shared_sender_try_send_batch(tributary_shared_sender *sender,
                                                 const void *messages, size_t count, size_t size);
ptrdiff_t tributary_shared_sender_send_batch(tributary_shared_sender *sender,
                                             const void *messages, size_t count, size_t size);
ptrdiff_t tributary_shared_sender_send_batch_timeout(tributary_shared_sender *sender,
                                                     const void *messages, size_t count,
                                                     size_t size, int64_t nanoseconds);
ptrdiff_t tributary_shared_sender_send_batch_deadline(tributary_shared_sender *sender,
                                                      const void *messages, size_t count,
                                                      size_t size, int64_t deadline);

/* ---- Waiting without a blocked thread ----------------------------------------------------- */

/* A place in the queue of those who wait for room: the caller's memory, which stays where it is until `notify` was called or
 * cancel has returned 0. Set the first two; the rest is zero at first. */
typedef struct tributary_shared_waiter {
    void (*notify)(void *context);
    void *context;
    struct tributary_shared_waiter *next, *previous; /* the channel's, as is the rest */
    uint32_t state;
} tributary_shared_waiter;

/* 0: there is no room, and notify(context) will be called exactly once, when there is or when the channel closes, inside of a call
 * of the receiver, of another waiter or of any sender, without a lock. The end whose call that is must be neither used nor destroyed
 * there; otherwise it may do what that of an exclusive sender may (sender.h). First come, first
 * called. Another sender may be faster: then wait again. Who is called and does not send has to decline.
 * -EALREADY: try_send now (which may find the last place taken by a send that is under way). -EBUSY: it waits already. -EINVAL. */
int tributary_shared_sender_notify(tributary_shared_sender *sender, tributary_shared_waiter *waiter);
/* As notify, but only a close or the receiver's end is waited for, and nothing has to be declined. -EALREADY: closed now. */
int tributary_shared_sender_notify_closed(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter);
/* 0: it will not be called; -EALREADY: it was called, or will be in a moment. Others may be called from here. [any thread] */
int tributary_shared_sender_notify_cancel(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter);
/* Leaves the place that one was called for to the next one who waits. */
void tributary_shared_sender_decline(tributary_shared_sender *sender);

bool tributary_shared_sender_is_closed(const tributary_shared_sender *sender);
/* Undelivered messages of all shared senders together. */
size_t tributary_shared_sender_length(const tributary_shared_sender *sender);
size_t tributary_shared_sender_capacity(const tributary_shared_sender *sender);
size_t tributary_shared_sender_message_size(const tributary_shared_sender *sender);
bool tributary_shared_sender_belongs_to(const tributary_shared_sender *sender,
                                        const tributary_channel *channel);
bool tributary_shared_sender_same_channel(const tributary_shared_sender *a,
                                          const tributary_shared_sender *b);

#ifdef __cplusplus
}
#endif
#endif
