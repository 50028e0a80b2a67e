/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_CHANNEL_H
#define TRIBUTARY_CHANNEL_H

#include <tributary/options.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A channel: its receiving end, and the factory of its sending ends. Used by one thread at a
 * time; it may move between threads that synchronise the hand-over themselves. The calls marked
 * [any thread] are the exception. */
typedef struct tributary_channel tributary_channel;

/* An exclusive sending end, the fast path: used by one thread at a time. See sender.h. */
typedef struct tributary_sender tributary_sender;

/* A sending end that any thread may use at any time. See shared_sender.h. */
typedef struct tributary_shared_sender tributary_shared_sender;

/* ---- Creation and end ---------------------------------------------------------------- */

/* Creates a channel without senders. Under 1 KiB; storage is allocated at the first send.
 * 0, -EINVAL (an option out of range), -ENOMEM. */
int tributary_channel_create(const tributary_options *options, tributary_channel **channel);

/* Closes, destroys every undelivered message exactly once, and lets go of the channel; the
 * senders stay valid and see -EPIPE. NULL is allowed. Must not be called from destroy_message of
 * a message of the same channel. Time is linear in the undelivered messages. */
void tributary_channel_destroy(tributary_channel *channel);

/* Refuses further messages. Every send that reported success is still received (or destroyed with
 * the channel); every other gets its message back with -EPIPE. Wakes all waiting senders, and calls those that wait by
 * callback after it has given all locks back.
 * 0 (also when closed before), -EINVAL. Linear in the number of senders. */
int tributary_channel_close(tributary_channel *channel);

/* Opens another sending end. 0, -EPIPE (closed), -ENOMEM, -EINVAL. */
int tributary_channel_open_sender(tributary_channel *channel, tributary_sender **sender);
int tributary_channel_open_shared_sender(tributary_channel *channel,
                                         tributary_shared_sender **sender);

/* ---- Receiving by copy ------------------------------------------------------------------
 * `message` has room for `size` bytes, which must be the channel's message_size.
 * Order: the messages of one sender in the order sent, those of all shared senders in one
 * order. A sender delays the others by at most one budget of messages.
 *
 *   try_receive       never waits, never spins. 0, -EAGAIN (empty), -EPIPE, -EINVAL
 *   receive           waits for a message. 0, -EPIPE, -EINVAL
 *   receive_timeout   waits at most `nanoseconds` (0: does not wait; TRIBUTARY_FOREVER: for ever;
 *                     negative: -EINVAL). 0, -EPIPE, -ETIMEDOUT, -EINVAL
 *   receive_deadline  waits until `deadline`, in nanoseconds of CLOCK_MONOTONIC
 *
 * A call that would wait while a notification is armed (below) reports -EBUSY.
 * -EPIPE: nothing is left and nothing can come: closed, or no sender is open. While not closed a
 * sender may be opened again, which ends that state. */
int tributary_channel_try_receive(tributary_channel *channel, void *message, size_t size);
int tributary_channel_receive(tributary_channel *channel, void *message, size_t size);
int tributary_channel_receive_timeout(tributary_channel *channel, void *message, size_t size,
                                      int64_t nanoseconds);
int tributary_channel_receive_deadline(tributary_channel *channel, void *message, size_t size,
                                       int64_t deadline);

/* The same for up to `count` messages into an array; waits only for the first. Returns how many
 * were received, at least 1, or an error. `count` 0 is -EINVAL. */
ptrdiff_t tributary_channel_try_receive_batch(tributary_channel *channel, void *messages,
                                              size_t count, size_t size);
ptrdiff_t tributary_channel_receive_batch(tributary_channel *channel, void *messages,
                                          size_t count, size_t size);
ptrdiff_t tributary_channel_receive_batch_timeout(tributary_channel *channel, void *messages,
                                                  size_t count, size_t size, int64_t nanoseconds);
ptrdiff_t tributary_channel_receive_batch_deadline(tributary_channel *channel, void *messages,
                                                   size_t count, size_t size, int64_t deadline);

/* ---- Receiving in place -------------------------------------------------------------------
 * borrow points `messages` at the next run of up to `maximum` messages where they lie, and
 * returns how many. They stay the channel's and do not count as received until
 * tributary_channel_release(channel, n) takes the first n of them: their memory is then the
 * senders' again, so what has to outlive it is moved out before (destroy_message is not called).
 * A second borrow without a release returns the same messages again (a peek). Receiving by copy ends a borrow.
 * Where the oldest message is dropped, borrowed ones count as received at once: they cannot be dropped any more. */
ptrdiff_t tributary_channel_try_borrow(tributary_channel *channel, void **messages,
                                       size_t maximum);
ptrdiff_t tributary_channel_borrow(tributary_channel *channel, void **messages, size_t maximum);
ptrdiff_t tributary_channel_borrow_timeout(tributary_channel *channel, void **messages,
                                           size_t maximum, int64_t nanoseconds);
ptrdiff_t tributary_channel_borrow_deadline(tributary_channel *channel, void **messages,
                                            size_t maximum, int64_t deadline);
/* 0, or -EINVAL (more than the last borrow returned; nothing is released then). */
int tributary_channel_release(tributary_channel *channel, size_t count);

/* ---- Waiting without a blocked thread ----------------------------------------------------- */

/* For event loops: a descriptor that becomes readable when the armed channel has something to
 * receive or has finished. -EINVAL unless created with TRIBUTARY_PARKER_EVENTFD. It stays the
 * channel's; do not read or close it. */
int tributary_channel_file_descriptor(tributary_channel *channel);

/* Arms: 0 when the channel is empty and the next message, the last sender's end or a close will
 * make the descriptor readable; -EALREADY when there is something to receive now (or it has
 * finished), or a sender stands in the middle of becoming ready: call try_receive first. A level, not an edge: it stays readable until
 * the next call that receives. */
int tributary_channel_arm(tributary_channel *channel);

/* As arm, for any parker: `notify(context)` is called exactly once, on the thread whose action ends
 * the wait, inside of that call (a sender's, or the receiver's own close) and without a lock. It may use the channel, but not
 * that sender, and must not block. -EALREADY: not called, there is something now, as with arm. -EBUSY: armed already. */
int tributary_channel_notify(tributary_channel *channel, void (*notify)(void *context),
                             void *context);

/* Looks for messages as a waiting call does before it sleeps: for some hundred nanoseconds, up to a few
 * microseconds while a busy sender's messages gather. How many of up to `maximum` lie at hand: the next
 * try_borrow of as many returns them. -EAGAIN, -EPIPE, -EINVAL. Pays before a notification is armed. */
ptrdiff_t tributary_channel_poll(tributary_channel *channel, size_t maximum);

/* Takes the notification back. 0: it will not be called; -EALREADY: it was called, or will be in a moment.
 * [any thread], as long as the channel is not destroyed meanwhile. */
int tributary_channel_notify_cancel(tributary_channel *channel);

/* ---- Observation: a snapshot, out of date when it arrives [any thread] ----------- */

bool tributary_channel_is_closed(const tributary_channel *channel);
/* Messages sent and not received; linear in the number of senders. 0 for NULL. */
size_t tributary_channel_length(const tributary_channel *channel);
size_t tributary_channel_capacity(const tributary_channel *channel);
size_t tributary_channel_message_size(const tributary_channel *channel);
/* Sending ends that are open, shared ones included. */
size_t tributary_channel_sender_count(const tributary_channel *channel);

typedef struct tributary_statistics {
    uint64_t sent;            /* messages accepted */
    uint64_t received;        /* messages taken by the receiver */
    uint64_t dropped;         /* messages destroyed by the overflow policy */
    uint64_t send_calls_full; /* times a send found the channel full */
    uint64_t send_slow_paths; /* times a send left the fast path: one send may, twice */
    uint64_t send_retries;    /* failed attempts of a read-modify-write in a send */
    uint64_t sender_parks;    /* times a sender slept */
    uint64_t receiver_parks;  /* times the receiver slept, or was woken on the way to it */
    uint64_t wakes;           /* wake-ups of a receiver that slept or was about to */
    uint64_t heavy_fences;    /* membarrier calls */
    uint64_t high_water;      /* most undelivered messages of one sender the receiver has seen */
} tributary_statistics;

/* Sums over all senders that were ever opened. Linear in the number of senders, waits for a
 * sender that is being opened or dropped. 0, -EINVAL. [any thread] */
int tributary_channel_statistics(const tributary_channel *channel,
                                 tributary_statistics *statistics);

#ifdef __cplusplus
}
#endif
#endif
