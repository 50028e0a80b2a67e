/* SPDX-License-Identifier: Apache-2.0 */
/* The counters add up. */
#include "support/calls.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_new_channel_has_counted_nothing) {
    tributary_statistics zero, statistics;
    memset(&zero, 0, sizeof zero);
    fixture_open_words(&fixture, configuration, 4);
    statistics = fixture_statistics(&fixture);
    require(memcmp(&statistics, &zero, sizeof zero) == 0);
    ends_open(&ends, &fixture);
    statistics = fixture_statistics(&fixture);
    require(memcmp(&statistics, &zero, sizeof zero) == 0);
    finish();
}

MATRIX_TEST(sent_is_received_plus_what_is_left_for_every_call) {
    size_t s, r, n;
    for (s = 0; s < SENDING_CALLS; s++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            fixture_open_words(&fixture, configuration, 700);
            ends_open(&ends, &fixture);
            for (n = 0; n < 600; n++)
                require_equal(sending_calls[s].attempt(&ends), 1);
            for (n = 0; n < 400; n++)
                require_equal(receiving_calls[r].attempt(&ends), 1);
            require_equal(fixture_statistics(&fixture).sent, 600);
            require_equal(fixture_statistics(&fixture).received, 400);
            require_equal(fixture_statistics(&fixture).dropped, 0);
            require_equal(tributary_channel_length(fixture.channel), 200);
            finish();
        }
}

MATRIX_TEST(refused_messages_are_not_counted_as_sent) {
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        fixture_open_words(&fixture, configuration, 3);
        ends_open(&ends, &fixture);
        require_equal(ends_fill(&ends, &sending_calls[s], 0), 3);
        require(fixture_statistics(&fixture).send_calls_full >= 1);
        for (n = 0; n < 10; n++)
            require_equal(sending_calls[s].attempt(&ends), -EAGAIN);
        require(fixture_statistics(&fixture).send_calls_full >= 11);
        require_equal(tributary_channel_close(fixture.channel), 0);
        require_equal(sending_calls[s].attempt(&ends), -EPIPE);
        require_equal(fixture_statistics(&fixture).sent, 3);
        finish();
    }
}

MATRIX_TEST(what_ended_senders_sent_stays_counted) {
    uint64_t n, word, expected = 0;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    for (n = 0; n < 20; n++) {
        uint64_t k;
        ends_open(&ends, &fixture);
        for (k = 0; k <= n; k++, expected += 2) {
            require_equal(send_word(ends.sender, k), 0);
            require_equal(send_word_shared(ends.shared, k), 0);
        }
        ends_drop_senders(&ends);
        if (n % 2 == 0)
            while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0) {
            }
        require_equal(fixture_statistics(&fixture).sent, expected);
        require_equal(fixture_statistics(&fixture).received,
                      expected - tributary_channel_length(fixture.channel));
    }
    fixture_finish(&fixture);
}

MATRIX_TEST(the_high_water_mark_is_the_most_that_one_sender_had_waiting) {
    uint64_t n, word;
    fixture_open_words(&fixture, configuration, 100);
    ends_open(&ends, &fixture);
    for (n = 0; n < 77; n++)
        require_equal(send_word(ends.sender, n), 0);
    for (n = 0; n < 77; n++)
        require_word(fixture.channel, n);
    require_equal(fixture_statistics(&fixture).high_water, 77);
    for (n = 0; n < 5; n++)
        require_equal(send_word(ends.sender, n), 0);
    while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0) {
    }
    require_equal(fixture_statistics(&fixture).high_water, 77);
    finish();
}

/* The fast path is the rule: a pause, a segment's end, a look at the receiver leave it, no more.
 * With local fences each send has its own, and that is what is counted. */
MATRIX_TEST(a_streaming_sender_leaves_the_fast_path_rarely) {
    enum { ROUNDS = 20, EACH = 5000 };
    uint64_t round, n, sent = 0;
    tributary_statistics before, after;
    memset(&before, 0, sizeof before);
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open_for(&ends, &fixture, &sending_calls[0]);
    for (round = 0; round < ROUNDS; round++) {
        if (round == ROUNDS / 2)
            before = fixture_statistics(&fixture);
        for (n = 0; n < EACH; n++)
            require_equal(send_word(ends.sender, sent++), 0);
        for (n = 0; n < EACH; n++)
            require_word(fixture.channel, sent - EACH + n);
    }
    after = fixture_statistics(&fixture);
    require_equal(after.sent, sent);
    if (configuration->fence == TRIBUTARY_FENCE_DEFAULT && heavy_fences_available())
        require_at_most(after.send_slow_paths - before.send_slow_paths, sent / 2 / 50);
    else
        require_equal(after.heavy_fences, 0);
    finish();
}

struct asleep {
    struct ends ends;
    const struct call *call;
};

static void sleep_once(void *context, size_t index) {
    struct asleep *asleep = context;
    (void)index;
    worker_announces_sleep();
    require_equal(asleep->call->wait(&asleep->ends), 1);
}

MATRIX_TEST(sleeps_and_wakes_are_counted) {
    size_t n;
    for (n = 0; n < 2; n++) {
        struct asleep asleep;
        struct worker worker;
        tributary_statistics statistics;
        fixture_prepare(&fixture, configuration, 8, 8, 2);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        asleep.ends = ends;
        asleep.call = n == 0 ? &receiving_calls[0] : &sending_calls[0];
        if (n == 1)
            ends_fill(&ends, asleep.call, 0);
        worker_start(&worker, sleep_once, &asleep, 0);
        worker_await_sleep(&worker);
        if (n == 0)
            require_equal(send_word(ends.sender, 1), 0);
        else
            require_equal(receiving_calls[0].attempt(&ends), 1);
        worker_join(&worker);
        statistics = fixture_statistics(&fixture);
        require(n == 0 ? statistics.receiver_parks >= 1 : statistics.sender_parks >= 1);
        require_equal(n == 0 ? statistics.sender_parks : statistics.receiver_parks, 0);
        if (n == 0)
            require(statistics.wakes >= 1 && statistics.wakes <= statistics.receiver_parks);
        finish();
    }
}

MATRIX_TEST(no_call_that_tries_ever_sleeps) {
    size_t n, s, r;
    tributary_statistics statistics;
    fixture_open_words(&fixture, configuration, 5);
    ends_open(&ends, &fixture);
    for (n = 0; n < 200; n++) {
        for (s = 0; s < SENDING_CALLS; s++)
            (void)sending_calls[s].attempt(&ends);
        for (r = 0; r < RECEIVING_CALLS; r++)
            (void)receiving_calls[r].attempt(&ends);
        if (n % 3 == 0)
            while (receiving_calls[n % RECEIVING_CALLS].attempt(&ends) == 1) {
            }
    }
    statistics = fixture_statistics(&fixture);
    require_equal(statistics.receiver_parks, 0);
    require_equal(statistics.sender_parks, 0);
    require_equal(statistics.wakes, 0);
    finish();
}

/* Another thread may look at any time, also while senders come and go. */
struct observed {
    tributary_channel *channel;
    atomic_bool over;
};

static void observe(void *context, size_t index) {
    struct observed *observed = context;
    uint64_t received = 0;
    (void)index;
    while (!atomic_load(&observed->over)) {
        tributary_statistics statistics;
        require_equal(tributary_channel_statistics(observed->channel, &statistics), 0);
        require(statistics.received >= received);
        received = statistics.received;
        require_at_most(tributary_channel_length(observed->channel), 3 * 64);
        require_at_most(tributary_channel_sender_count(observed->channel), 3);
        require(!tributary_channel_is_closed(observed->channel));
    }
}

MATRIX_TEST(another_thread_may_observe_at_any_time) {
    struct observed observed;
    struct worker worker;
    size_t round, n;
    fixture_open_words(&fixture, configuration, 64);
    observed.channel = fixture.channel;
    atomic_init(&observed.over, false);
    worker_start(&worker, observe, &observed, 0);
    for (round = 0; round < scaled(300); round++) {
        ends_open(&ends, &fixture);
        for (n = 0; n < 40; n++) {
            require_equal(send_word(ends.sender, n), 0);
            require_equal(send_word_shared(ends.shared, n), 0);
        }
        for (n = 0; n < 80; n++)
            require_equal(receiving_calls[n % RECEIVING_CALLS].attempt(&ends), 1);
        ends_drop_senders(&ends);
    }
    atomic_store(&observed.over, true);
    worker_join(&worker);
    require_equal(fixture_statistics(&fixture).received, 80 * round);
    fixture_finish(&fixture);
}

/* Under contention too, once all is quiet. */
static void send_thousand(void *context, size_t index) {
    struct ends *all = context;
    size_t n;
    for (n = 0; n < 1000; n++)
        require_equal(sending_calls[index % SENDING_CALLS].wait(&all[index]), 1);
}

MATRIX_TEST(the_counters_add_up_after_concurrent_sends) {
    enum { THREADS = 5 };
    struct ends all[THREADS];
    struct team team;
    tributary_statistics statistics;
    size_t n;
    fixture_open_words(&fixture, configuration, 16);
    for (n = 0; n < THREADS; n++)
        ends_open_for(&all[n], &fixture, &sending_calls[n]);
    ends = all[0];
    team_start(&team, THREADS, send_thousand, all);
    for (n = 0; n < THREADS * 1000; n++)
        require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
    team_join(&team);
    statistics = fixture_statistics(&fixture);
    require_equal(statistics.sent, THREADS * 1000);
    require_equal(statistics.received, THREADS * 1000);
    require_equal(statistics.dropped, 0);
    require_at_most(statistics.wakes, statistics.receiver_parks);
    require_at_most(statistics.high_water, 16);
    if (configuration->fence == TRIBUTARY_FENCE_LOCAL)
        require_equal(statistics.heavy_fences, 0);
    for (n = 0; n < THREADS; n++)
        ends_drop_senders(&all[n]);
    memset(&ends, 0, sizeof ends);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_new_channel_has_counted_nothing),
          scenario(sent_is_received_plus_what_is_left_for_every_call),
          scenario(refused_messages_are_not_counted_as_sent),
          scenario(what_ended_senders_sent_stays_counted),
          scenario(the_high_water_mark_is_the_most_that_one_sender_had_waiting),
          scenario(a_streaming_sender_leaves_the_fast_path_rarely),
          scenario(sleeps_and_wakes_are_counted), scenario(no_call_that_tries_ever_sleeps),
          scenario(another_thread_may_observe_at_any_time),
          scenario(the_counters_add_up_after_concurrent_sends))
