/* SPDX-License-Identifier: Apache-2.0 */
/* Timeouts and deadlines of every waiting call: never early, never instead of an answer. */
#include "support/calls.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

/* A channel on which the receiving call finds nothing. */
static void open_empty(const struct configuration *configuration) {
    fixture_prepare(&fixture, configuration, 8, 8, 2);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open(&ends, &fixture);
}

/* The same, on which the sending call finds no room. */
static void open_full(const struct configuration *configuration, const struct call *call) {
    open_empty(configuration);
    require_equal(ends_fill(&ends, call, 1000), 2);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

static void check_elapsed(const struct call *call) {
    static const int64_t times[] = {1, MICROSECOND, 50 * MICROSECOND, MILLISECOND,
                                    7 * MILLISECOND};
    size_t n;
    for (n = 0; n < sizeof times / sizeof *times; n++) {
        int64_t begin = clock_now(), deadline;
        require_equal(call->with_timeout(&ends, times[n]), -ETIMEDOUT);
        require_at_most(begin + times[n], clock_now());
        deadline = clock_now() + times[n];
        require_equal(call->with_deadline(&ends, deadline), -ETIMEDOUT);
        require_at_most(deadline, clock_now());
    }
}

MATRIX_TEST(a_receive_does_not_time_out_early) {
    size_t n;
    for (n = 0; n < RECEIVING_CALLS; n++) {
        open_empty(configuration);
        check_elapsed(&receiving_calls[n]);
        finish();
    }
}

MATRIX_TEST(a_send_does_not_time_out_early_and_sends_nothing) {
    size_t n;
    for (n = 0; n < SENDING_CALLS; n++) {
        open_full(configuration, &sending_calls[n]);
        ends.word = 77;
        check_elapsed(&sending_calls[n]);
        require_equal(tributary_channel_length(fixture.channel), 2);
        require_word(fixture.channel, 1000);
        require_word(fixture.channel, 1001);
        finish();
    }
}

static void check_without_waiting(const struct call *call, ptrdiff_t expected) {
    require_equal(call->with_timeout(&ends, 0), expected);
    require_equal(call->with_deadline(&ends, 0), expected);
    require_equal(call->with_deadline(&ends, -1), expected);
    require_equal(call->with_deadline(&ends, INT64_MIN), expected);
    require_equal(call->with_deadline(&ends, clock_now() - 1), expected);
    require_equal(call->with_timeout(&ends, -1), -EINVAL);
    require_equal(call->with_timeout(&ends, INT64_MIN), -EINVAL);
}

MATRIX_TEST(no_time_or_a_past_deadline_is_a_try) {
    size_t n;
    for (n = 0; n < RECEIVING_CALLS; n++) {
        open_empty(configuration);
        check_without_waiting(&receiving_calls[n], -ETIMEDOUT);
        finish();
    }
    for (n = 0; n < SENDING_CALLS; n++) {
        open_full(configuration, &sending_calls[n]);
        check_without_waiting(&sending_calls[n], -ETIMEDOUT);
        require_equal(tributary_channel_length(fixture.channel), 2);
        finish();
    }
}

/* A negative timeout is an error even where the call would not have to wait, and does nothing. */
MATRIX_TEST(a_past_deadline_still_takes_what_is_there) {
    size_t n;
    for (n = 0; n < RECEIVING_CALLS; n++) {
        const struct call *call = &receiving_calls[n];
        uint64_t word;
        open_empty(configuration);
        for (word = 1; word <= 2; word++)
            require_equal(send_word(ends.sender, word), 0);
        require_equal(call->with_timeout(&ends, -1), -EINVAL);
        require_equal(call->with_timeout(&ends, 0), 1);
        require_equal(ends.word, 1);
        require_equal(call->with_deadline(&ends, 0), 1);
        require_equal(ends.word, 2);
        finish();
    }
    for (n = 0; n < SENDING_CALLS; n++) {
        const struct call *call = &sending_calls[n];
        open_empty(configuration);
        ends.word = 5;
        require_equal(call->with_timeout(&ends, -1), -EINVAL);
        require_equal(tributary_channel_length(fixture.channel), 0);
        require_equal(call->with_timeout(&ends, 0), 1);
        ends.word = 6;
        require_equal(call->with_deadline(&ends, 0), 1);
        require_word(fixture.channel, 5);
        require_word(fixture.channel, 6);
        finish();
    }
}

/* Times at the end of the type are neither past nor an overflow: they wait until something comes. */
struct far_wait {
    const struct call *call;
    struct ends ends;
    int64_t time;
    bool is_deadline;
    ptrdiff_t result;
};

static void wait_far(void *context, size_t index) {
    struct far_wait *wait = context;
    (void)index;
    worker_announces_sleep();
    wait->result = wait->is_deadline ? wait->call->with_deadline(&wait->ends, wait->time)
                                     : wait->call->with_timeout(&wait->ends, wait->time);
}

static const int64_t far_times[] = {INT64_MAX, INT64_MAX - 1, INT64_MAX / 2,
                                    INT64_MAX - 1000000000};

MATRIX_TEST(a_receive_with_the_longest_times_waits_for_a_message) {
    size_t n;
    for (n = 0; n < 2 * sizeof far_times / sizeof *far_times; n++) {
        struct far_wait wait;
        struct worker worker;
        open_empty(configuration);
        memset(&wait, 0, sizeof wait);
        wait.call = &receiving_calls[n % RECEIVING_CALLS];
        wait.ends.channel = fixture.channel;
        wait.time = far_times[n / 2];
        wait.is_deadline = n % 2 == 1;
        worker_start(&worker, wait_far, &wait, 0);
        worker_await_sleep(&worker);
        require_equal(send_word(ends.sender, n), 0);
        worker_join(&worker);
        require_equal(wait.result, 1);
        require_equal(wait.ends.word, n);
        finish();
    }
}

MATRIX_TEST(a_send_with_the_longest_times_waits_for_room) {
    size_t n;
    for (n = 0; n < 2 * sizeof far_times / sizeof *far_times; n++) {
        struct far_wait wait;
        struct worker worker;
        memset(&wait, 0, sizeof wait);
        wait.call = &sending_calls[n % SENDING_CALLS];
        open_full(configuration, wait.call);
        wait.ends = ends;
        wait.ends.word = n;
        wait.time = far_times[n / 2];
        wait.is_deadline = n % 2 == 1;
        worker_start(&worker, wait_far, &wait, 0);
        worker_await_sleep(&worker);
        require_word(fixture.channel, 1000);
        worker_join(&worker);
        require_equal(wait.result, 1);
        require_word(fixture.channel, 1001);
        require_word(fixture.channel, n);
        finish();
    }
}

MATRIX_TEST(a_timeout_does_not_hide_the_end) {
    size_t n;
    for (n = 0; n < RECEIVING_CALLS; n++) {
        const struct call *call = &receiving_calls[n];
        open_empty(configuration);
        ends_drop_senders(&ends);
        require_equal(call->with_timeout(&ends, 0), -EPIPE);
        require_equal(call->with_timeout(&ends, TRIBUTARY_FOREVER), -EPIPE);
        require_equal(call->with_deadline(&ends, 0), -EPIPE);
        require_equal(call->wait(&ends), -EPIPE);
        finish();
    }
    for (n = 0; n < SENDING_CALLS; n++) {
        const struct call *call = &sending_calls[n];
        open_full(configuration, call);
        require_equal(tributary_channel_close(fixture.channel), 0);
        require_equal(call->with_timeout(&ends, 0), -EPIPE);
        require_equal(call->with_timeout(&ends, TRIBUTARY_FOREVER), -EPIPE);
        require_equal(call->with_deadline(&ends, 0), -EPIPE);
        require_equal(call->wait(&ends), -EPIPE);
        finish();
    }
}

/* A batch that timed out half-way reports what it sent. */
MATRIX_TEST(a_batch_that_times_out_reports_the_part_that_was_sent) {
    uint64_t words[5] = {0, 1, 2, 3, 4}, word;
    int shared;
    for (shared = 0; shared < 2; shared++) {
        open_empty(configuration);
        if (shared) {
            require_equal(tributary_shared_sender_send_batch_timeout(ends.shared, words, 5, 8,
                                                                     MILLISECOND), 2);
            require_equal(tributary_shared_sender_send_batch_deadline(ends.shared, words + 2, 3, 8,
                                                                      clock_now()), -ETIMEDOUT);
        } else {
            require_equal(tributary_sender_send_batch_timeout(ends.sender, words, 5, 8,
                                                              MILLISECOND), 2);
            require_equal(tributary_sender_send_batch_deadline(ends.sender, words + 2, 3, 8,
                                                               clock_now()), -ETIMEDOUT);
        }
        for (word = 0; word < 2; word++)
            require_word(fixture.channel, word);
        require_equal(tributary_channel_length(fixture.channel), 0);
        finish();
    }
}

TEST_MAIN(scenario(a_receive_does_not_time_out_early),
          scenario(a_send_does_not_time_out_early_and_sends_nothing),
          scenario(no_time_or_a_past_deadline_is_a_try),
          scenario(a_past_deadline_still_takes_what_is_there),
          scenario(a_receive_with_the_longest_times_waits_for_a_message),
          scenario(a_send_with_the_longest_times_waits_for_room),
          scenario(a_timeout_does_not_hide_the_end),
          scenario(a_batch_that_times_out_reports_the_part_that_was_sent))
