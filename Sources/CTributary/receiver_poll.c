/* SPDX-License-Identifier: Apache-2.0 */
/* What a receiver does before it waits without a blocked thread: the polling half of receiver_wait.c.
 *
 * A task that suspends and is resumed pays some ten microseconds, and its senders the price of waking it. So a look that
 * found nothing goes on for a while, as long as that has paid lately (spin.h), and takes its time on busy
 * lanes (pace.h). It never yields and never sleeps: the thread belongs to other tasks too. */
#define _GNU_SOURCE
#include <errno.h>

#include "core.h"
#include "spin.h"

/* A run, or the error of the look that found none. */
static int look_for_run(struct tributary_channel *channel) {
    enum tributary_patience patience =
        channel->options.pacing ? TRIBUTARY_PACED : TRIBUTARY_AT_ONCE;
    uint32_t most = channel->options.receiver_wait.spin;
    if (most > TRIBUTARY_POLL_MOST_LOOKS) most = TRIBUTARY_POLL_MOST_LOOKS;
    uint32_t looks = tributary_spin_looks(channel->receiver.spin, most);
    int error = tributary_run_next(channel, patience);
    if (error != -EAGAIN || looks == 0) return error;
    for (uint32_t look = 0; look < looks && error == -EAGAIN; look++) {
        tributary_pause();
        error = tributary_run_next(channel, patience);
    }
    tributary_spin_learn(&channel->receiver.spin, most, TRIBUTARY_SPIN_KEPT_BY_TASK, error != -EAGAIN);
    return error;
}

ptrdiff_t tributary_channel_poll(tributary_channel *channel, size_t maximum) {
    if (channel == NULL || maximum == 0) return -EINVAL;
    if (tributary_unlikely(channel->receiver.armed)) tributary_receiver_disarm(channel);
    if (channel->receiver.kind == TRIBUTARY_RUN_NONE) {
        channel->receiver.wanted = maximum;
        channel->receiver.borrowed = 0;
        int error = look_for_run(channel);
        if (error != 0) return error;
    }
    size_t count;
    tributary_run_front(channel, &count);
    return (ptrdiff_t)(count < maximum ? count : maximum);
}
