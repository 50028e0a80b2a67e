/* SPDX-License-Identifier: Apache-2.0 */
/* A time that passes while what was waited for comes: a thread stands at each point of a call with a limit, and another one brings the
 * message, or takes one. What the call says, and what the channel has, agree. */
#include "held.h"

#include <errno.h>

#include "../../../CTributaryTests/support/calls.h"

/* One has passed before the first look, the other passes while the thread sleeps, or stands. */
static const int64_t times[] = {1, 20000};

/* A thread that is preempted for as long as its time comes to fewer points than it has: only so many missed in a row are the end. */
enum { TIMES = 2, MOST_POINTS = 1000 /* more than any of these calls has */, MISSED = 10 };

static struct fixture fixture;

struct waiting {
    struct stop stop;
    struct ends ends;
    const struct call *call;
    int64_t nanoseconds;
    int point;
    ptrdiff_t result;
};

static void wait_held(void *context, size_t index) {
    struct waiting *own = context;
    (void)index;
    hold_at(&own->stop, own->point);
    own->result = own->call->with_timeout(&own->ends, own->nanoseconds);
    hold_no_more(&own->stop);
}

/* Who wakes a thread that waits on a condition locks its mutex, which the one that is held may hold. */
static bool can_be_held(const struct configuration *configuration) {
    return configuration->parker != TRIBUTARY_PARKER_CONDITION;
}

static void open_asleep_at_once(const struct configuration *configuration, size_t capacity) {
    fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
}

/* ---- The receiver waits ---- */

static void require_message(struct ends *ends, uint64_t word) {
    require_equal(receiving_calls[0].attempt(ends), 1);
    require_equal(ends->word, word);
}

static bool run_receive(const struct configuration *configuration, const struct call *receiving, const struct call *sending,
                        int64_t nanoseconds, int point) {
    struct waiting own = {.call = receiving, .nanoseconds = nanoseconds, .point = point};
    struct ends sender;
    struct worker worker;
    bool held;
    test_note("%s, %s, %d ns, point %d", receiving->name, sending->name, (int)nanoseconds, point);
    open_asleep_at_once(configuration, 4);
    own.ends.channel = fixture.channel;
    ends_open_for(&sender, &fixture, sending);
    sender.word = 7;
    worker_start(&worker, wait_held, &own, 0);
    held = hold_await(&own.stop);
    require_equal(sending->attempt(&sender), 1);
    stop_release(&own.stop);
    worker_join(&worker);
    if (own.result == 1) {
        require_equal(own.ends.word, 7);
    } else {
        require_equal(own.result, -ETIMEDOUT);
        require_message(&own.ends, 7);
    }
    require_equal(receiving->attempt(&own.ends), -EAGAIN);
    ends_drop_senders(&sender);
    fixture_finish(&fixture);
    return held;
}

static void receive_at_each_point(const struct configuration *configuration) {
    size_t r, s, t;
    if (!can_be_held(configuration))
        return;
    for (r = 0; r < RECEIVING_CALLS; r++)
        for (s = 0; s < SENDING_CALLS; s++)
            for (t = 0; t < TIMES; t++) {
                int point, missed = 0;
                for (point = 1; missed < MISSED && point < MOST_POINTS; point++)
                    missed = run_receive(configuration, &receiving_calls[r], &sending_calls[s], times[t], point) ? 0 : missed + 1;
                require_equal(missed, MISSED);
            }
}

void fault_06_a_receive_that_times_out_leaves_the_message(void **state) {
    (void)state;
    matrix_run(receive_at_each_point);
}

/* ---- A sender waits for room ---- */

static bool run_send(const struct configuration *configuration, const struct call *sending, int64_t nanoseconds, int point) {
    struct waiting own = {.call = sending, .nanoseconds = nanoseconds, .point = point};
    struct ends receiver = {.word = 0};
    struct worker worker;
    bool held;
    test_note("%s, %d ns, point %d", sending->name, (int)nanoseconds, point);
    open_asleep_at_once(configuration, 1);
    receiver.channel = fixture.channel;
    ends_open_for(&own.ends, &fixture, sending);
    own.ends.word = 1;
    /* By this thread: a shared message of it lies in another lane than that of the thread that is held. */
    require_equal(sending->attempt(&own.ends), 1);
    own.ends.word = 2;
    worker_start(&worker, wait_held, &own, 0);
    held = hold_await(&own.stop);
    require_message(&receiver, 1);
    stop_release(&own.stop);
    worker_join(&worker);
    if (own.result == 1)
        require_message(&receiver, 2);
    else
        require_equal(own.result, -ETIMEDOUT);
    require_equal(receiving_calls[0].attempt(&receiver), -EAGAIN);
    /* What did not go holds no place. */
    own.ends.word = 3;
    require_equal(sending->attempt(&own.ends), 1);
    require_message(&receiver, 3);
    ends_drop_senders(&own.ends);
    fixture_finish(&fixture);
    return held;
}

static void send_at_each_point(const struct configuration *configuration) {
    size_t s, t;
    if (!can_be_held(configuration))
        return;
    for (s = 0; s < SENDING_CALLS; s++)
        for (t = 0; t < TIMES; t++) {
            int point, missed = 0;
            for (point = 1; missed < MISSED && point < MOST_POINTS; point++)
                missed = run_send(configuration, &sending_calls[s], times[t], point) ? 0 : missed + 1;
            require_equal(missed, MISSED);
        }
}

void fault_06_a_send_that_times_out_has_sent_nothing(void **state) {
    (void)state;
    matrix_run(send_at_each_point);
}
