/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about waiting: its time, its cancellation, and its memory. Each test is named after one. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/threads.h"

static struct fixture fixture;

/* ---- 6: times near the type's maximum: rust#39364, JCTools#316 ------------------------- */

struct patient {
    struct ends ends;
    const struct call *call;
    int64_t time;
    bool deadline;
    ptrdiff_t result;
};

static void wait_long(void *context, size_t index) {
    struct patient *patient = context;
    (void)index;
    worker_announces_sleep();
    patient->result = patient->deadline ? patient->call->with_deadline(&patient->ends, patient->time)
                                        : patient->call->with_timeout(&patient->ends, patient->time);
}

static const int64_t long_times[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX - 1000000000, INT64_MAX / 2};
enum { LONG_TIMES = 4 };

MATRIX_TEST(fault_06_times_near_the_types_maximum) {
    size_t c, t, deadline;
    for (c = 0; c < RECEIVING_CALLS + SENDING_CALLS; c++)
        for (t = 0; t < LONG_TIMES; t++)
            for (deadline = 0; deadline < 2; deadline++) {
                struct patient patient;
                struct ends ends;
                struct worker worker;
                bool receives = c < RECEIVING_CALLS;
                memset(&patient, 0, sizeof patient);
                patient.call = receives ? &receiving_calls[c] : &sending_calls[c - RECEIVING_CALLS];
                patient.time = long_times[t];
                patient.deadline = deadline != 0;
                fixture_prepare(&fixture, configuration, 8, 8, 1);
                fixture_sleep_at_once(&fixture);
                fixture_open(&fixture);
                ends_open(&ends, &fixture);
                patient.ends = ends;
                patient.ends.word = 1;
                if (!receives)
                    require_equal(ends_fill(&ends, patient.call, 0), 1);
                worker_start(&worker, wait_long, &patient, 0);
                worker_await_sleep(&worker);
                if (receives)
                    require_equal(send_word(ends.sender, 1), 0);
                else
                    require_word(fixture.channel, 0);
                worker_join(&worker);
                require_equal(patient.result, 1);
                if (receives)
                    require_equal(patient.ends.word, 1);
                else
                    require_word(fixture.channel, 1);
                ends_drop_senders(&ends);
                fixture_finish(&fixture);
            }
}

/* ---- 7: a cancelled wait takes a message, or a wake, along: kanal, flume ---------------- */

static void count_call(void *context) { ++*(int *)context; }

MATRIX_TEST(fault_07_a_cancelled_receive_leaves_the_message) {
    size_t s, r;
    for (s = 0; s < SENDING_CALLS; s++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            struct ends ends;
            int calls = 0;
            void *borrowed;
            fixture_open_words(&fixture, configuration, 4);
            ends_open(&ends, &fixture);

            /* The wake came first, the cancellation too late. */
            require_equal(tributary_channel_notify(fixture.channel, count_call, &calls), 0);
            ends.word = 1;
            require_equal(sending_calls[s].attempt(&ends), 1);
            require_equal(calls, 1);
            require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
            require_equal(receiving_calls[r].attempt(&ends), 1);
            require_equal(ends.word, 1);

            /* The cancellation came first: nobody is called, and whoever waits next is told at once. */
            require_equal(tributary_channel_notify(fixture.channel, count_call, &calls), 0);
            require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
            ends.word = 2;
            require_equal(sending_calls[s].attempt(&ends), 1);
            require_equal(calls, 1);
            require_equal(tributary_channel_notify(fixture.channel, count_call, &calls), -EALREADY);
            require_equal(receiving_calls[r].with_timeout(&ends, INT64_MAX), 1);
            require_equal(ends.word, 2);

            /* What was looked at and not taken is still there. */
            ends.word = 3;
            require_equal(sending_calls[s].attempt(&ends), 1);
            require_equal(tributary_channel_try_borrow(fixture.channel, &borrowed, 1), 1);
            require_equal(tributary_channel_release(fixture.channel, 0), 0);
            require_equal(receiving_calls[r].attempt(&ends), 1);
            require_equal(ends.word, 3);
            require_equal(receiving_calls[r].attempt(&ends), -EAGAIN);
            ends_drop_senders(&ends);
            fixture_finish(&fixture);
        }
}

/* Who was called for the one free place and is cancelled then leaves it to the next. */
MATRIX_TEST(fault_07_a_cancelled_send_passes_its_wake_on) {
    enum { WAITERS = 4 };
    tributary_shared_waiter waiters[WAITERS];
    int calls[WAITERS] = {0};
    struct ends ends;
    size_t n;
    fixture_open_words(&fixture, configuration, 1);
    ends_open(&ends, &fixture);
    require_equal(send_word_shared(ends.shared, 0), 0);
    memset(waiters, 0, sizeof waiters);
    for (n = 0; n < WAITERS; n++) {
        waiters[n].notify = count_call;
        waiters[n].context = &calls[n];
        require_equal(tributary_shared_sender_notify(ends.shared, &waiters[n]), 0);
    }
    require_word(fixture.channel, 0);
    for (n = 0; n < WAITERS; n++) {
        size_t m;
        for (m = 0; m < WAITERS; m++)
            require_equal(calls[m], m <= n);
        require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiters[n]), -EALREADY);
        tributary_shared_sender_decline(ends.shared);
    }
    require_equal(send_word_shared(ends.shared, 1), 0);
    require_word(fixture.channel, 1);
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

/* ---- 9: a waker that is kept keeps its task: tokio#8095 --------------------------------- */

MATRIX_TEST(fault_09_no_callback_is_kept_beyond_its_end) {
    struct ends ends;
    tributary_shared_waiter waiter = {0};
    int calls[3] = {0};
    fixture_open_words(&fixture, configuration, 1);
    ends_open(&ends, &fixture);
    require_equal(send_word(ends.sender, 1), 0);
    require_equal(tributary_sender_notify(ends.sender, count_call, &calls[0]), 0);
    waiter.notify = count_call;
    waiter.context = &calls[1];
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiter), 0);
    require_word(fixture.channel, 1);
    require_equal(calls[0], 1);
    require_equal(tributary_channel_notify(fixture.channel, count_call, &calls[2]), 0);
    /* All that were left word with are called, or forgotten, when the receiver goes: once, and not after. */
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    require_equal(calls[1], 1);
    require_equal(calls[2], 0);
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiter), -EALREADY);
    ends_drop_senders(&ends);
    require_equal(calls[0], 1);
    require_equal(calls[1], 1);
    require_equal(calls[2], 0);
    fixture_finish(&fixture);
}

/* ---- 16: a waiter that touches what was freed -------------------------------------------- */

/* oneshot RUSTSEC-2026-0005; liburcu URCU_WAIT_TEARDOWN. faults_wakers.c holds the waker in the middle of the wake. */

/* The sending end as the last one: nothing of the channel is touched after its end gave back the last reference. */
MATRIX_TEST(fault_16_the_last_sender_goes_after_the_receiver) {
    size_t order;
    for (order = 0; order < 4; order++) {
        struct ends ends;
        fixture_open_words(&fixture, configuration, 2);
        ends_open(&ends, &fixture);
        if (order & 1)
            require_equal(send_word(ends.sender, 1), 0);
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        if (order & 2)
            tributary_shared_sender_destroy(ends.shared), ends.shared = NULL;
        tributary_sender_destroy(ends.sender);
        ends.sender = NULL;
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

/* The woken sender frees its end while the receiver may be in the wake: by luck, but with every parker. */
struct last_send {
    struct ends ends;
    const struct call *call;
    ptrdiff_t result;
};

static void send_then_free(void *context, size_t index) {
    struct last_send *last = context;
    (void)index;
    last->result = last->call->wait(&last->ends);
    ends_drop_senders(&last->ends);
}

MATRIX_TEST(fault_16_the_sender_is_freed_while_its_waker_is_in_the_wake) {
    size_t round, s;
    for (round = 0; round < scaled(150); round++)
        for (s = 0; s < SENDING_CALLS; s++) {
            struct last_send last;
            struct worker worker;
            memset(&last, 0, sizeof last);
            fixture_prepare(&fixture, configuration, 8, 8, 1);
            fixture_sleep_at_once(&fixture);
            fixture_open(&fixture);
            last.call = &sending_calls[s];
            ends_open_for(&last.ends, &fixture, last.call);
            ends_fill(&last.ends, last.call, 0);
            last.ends.word = 1;
            worker_start(&worker, send_then_free, &last, 0);
            if (round % 2 == 0)
                give_way();
            if (round % 3 == 0) {
                tributary_channel_destroy(fixture.channel);
                fixture.channel = NULL;
            } else {
                require_word(fixture.channel, 0);
            }
            worker_join(&worker);
            require(last.result == 1 || (round % 3 == 0 && last.result == -EPIPE));
            fixture_finish(&fixture);
        }
}

TEST_MAIN(scenario(fault_06_times_near_the_types_maximum),
          scenario(fault_07_a_cancelled_receive_leaves_the_message),
          scenario(fault_07_a_cancelled_send_passes_its_wake_on),
          scenario(fault_09_no_callback_is_kept_beyond_its_end),
          scenario(fault_16_the_last_sender_goes_after_the_receiver),
          scenario(fault_16_the_sender_is_freed_while_its_waker_is_in_the_wake))
