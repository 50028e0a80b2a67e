/* SPDX-License-Identifier: Apache-2.0 */
/* Who wakes whom: every call that can sleep against everything that can end the sleep. */
#include "support/calls.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;

struct sleeper {
    struct worker worker;
    const struct call *call;
    struct ends ends;
    ptrdiff_t result;
};

static void sleep_in_call(void *context, size_t index) {
    struct sleeper *sleeper = context;
    (void)index;
    worker_announces_sleep();
    sleeper->result = sleeper->call->wait(&sleeper->ends);
}

static void sleeper_start(struct sleeper *sleeper, const struct call *call,
                          const struct ends *ends) {
    sleeper->call = call;
    sleeper->ends = *ends;
    sleeper->result = 0;
    worker_start(&sleeper->worker, sleep_in_call, sleeper, 0);
    worker_await_sleep(&sleeper->worker);
}

static void open_sleepy(const struct configuration *configuration, size_t capacity) {
    fixture_prepare(&fixture, configuration, 8, 8, capacity);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
}

MATRIX_TEST(a_sleeping_receiver_is_woken_by_a_message_of_any_kind) {
    size_t r, s;
    for (r = 0; r < RECEIVING_CALLS; r++)
        for (s = 0; s < SENDING_CALLS; s++) {
            struct ends ends;
            struct sleeper sleeper;
            open_sleepy(configuration, 4);
            ends_open(&ends, &fixture);
            sleeper_start(&sleeper, &receiving_calls[r], &ends);
            ends.word = 4711;
            require_equal(sending_calls[s].attempt(&ends), 1);
            worker_join(&sleeper.worker);
            require_equal(sleeper.result, 1);
            require_equal(sleeper.ends.word, 4711);
            require(fixture_statistics(&fixture).receiver_parks >= 1);
            require(fixture_statistics(&fixture).wakes >= 1);
            ends_drop_senders(&ends);
            fixture_finish(&fixture);
        }
}

/* Streaming lanes, lanes long idle, lanes that were full: the state before the sleep differs. */
MATRIX_TEST(a_receiver_that_slept_is_woken_whatever_the_lane_did_before) {
    static const size_t before[] = {1, 3, 64, 5000, 40000};
    size_t n, word;
    for (n = 0; n < sizeof before / sizeof *before; n++) {
        struct ends ends;
        struct sleeper sleeper;
        open_sleepy(configuration, TRIBUTARY_UNBOUNDED);
        ends_open(&ends, &fixture);
        for (word = 0; word < before[n]; word++)
            require_equal(send_word(ends.sender, word), 0);
        for (word = 0; word < before[n]; word++)
            require_word(fixture.channel, word);
        sleeper_start(&sleeper, &receiving_calls[n % RECEIVING_CALLS], &ends);
        require_equal(send_word(ends.sender, 99), 0);
        worker_join(&sleeper.worker);
        require_equal(sleeper.result, 1);
        require_equal(sleeper.ends.word, 99);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

MATRIX_TEST(a_sleeping_receiver_sees_the_end_of_the_last_sender_only) {
    size_t r, shared_last;
    for (r = 0; r < RECEIVING_CALLS; r++)
        for (shared_last = 0; shared_last < 2; shared_last++) {
            struct ends ends;
            struct sleeper sleeper;
            open_sleepy(configuration, 4);
            ends_open(&ends, &fixture);
            sleeper_start(&sleeper, &receiving_calls[r], &ends);
            if (shared_last)
                tributary_sender_destroy(ends.sender);
            else
                tributary_shared_sender_destroy(ends.shared);
            /* It may look around, but goes to sleep again. */
            worker_await_sleep(&sleeper.worker);
            if (shared_last)
                tributary_shared_sender_destroy(ends.shared);
            else
                tributary_sender_destroy(ends.sender);
            worker_join(&sleeper.worker);
            require_equal(sleeper.result, -EPIPE);
            fixture_finish(&fixture);
        }
}

/* Everything that a receiver does to make room, and the one thing that it does to refuse. */
enum relief { BY_RECEIVE, BY_BATCH, BY_BORROW, BY_CLOSE, BY_DESTROY, RELIEFS };

static void relieve(enum relief relief, uint64_t expected) {
    struct ends ends;
    memset(&ends, 0, sizeof ends);
    ends.channel = fixture.channel;
    if (relief == BY_CLOSE) {
        require_equal(tributary_channel_close(fixture.channel), 0);
    } else if (relief == BY_DESTROY) {
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
    } else {
        require_equal(receiving_calls[relief].attempt(&ends), 1);
        require_equal(ends.word, expected);
    }
}

MATRIX_TEST(a_sleeping_sender_is_woken_by_room_by_a_close_and_by_the_receivers_end) {
    static const size_t capacities[] = {1, 2, 5, 1000};
    size_t s, c;
    int relief;
    for (s = 0; s < SENDING_CALLS; s++)
        for (c = 0; c < 4; c++)
            for (relief = 0; relief < RELIEFS; relief++) {
                struct ends ends;
                struct sleeper sleeper;
                bool refused = relief == BY_CLOSE || relief == BY_DESTROY;
                open_sleepy(configuration, capacities[c]);
                ends_open_for(&ends, &fixture, &sending_calls[s]);
                require_equal(ends_fill(&ends, &sending_calls[s], 0), capacities[c]);
                ends.word = 4711;
                sleeper_start(&sleeper, &sending_calls[s], &ends);
                require(fixture_statistics(&fixture).sender_parks >= 1);
                /* One message's room is enough, though the receiver never calls again. */
                relieve((enum relief)relief, 0);
                worker_join(&sleeper.worker);
                require_equal(sleeper.result, refused ? -EPIPE : 1);
                if (!refused)
                    require_equal(tributary_channel_length(fixture.channel), capacities[c]);
                ends_drop_senders(&ends);
                fixture_finish(&fixture);
                require_equal(fixture.destroyed, capacities[c]);
            }
}

enum { CROWD = 8 };

static void start_crowd(struct sleeper *crowd, const struct call *call, size_t capacity) {
    size_t n;
    for (n = 0; n < CROWD; n++) {
        struct ends ends;
        ends_open_for(&ends, &fixture, call);
        ends_fill(&ends, call, 0);
        ends.word = 1000 + n;
        sleeper_start(&crowd[n], call, &ends);
    }
    require_equal(tributary_channel_length(fixture.channel),
                  call->shared ? capacity : CROWD * capacity);
}

MATRIX_TEST(a_close_wakes_every_sleeping_sender) {
    size_t s, n, destroyed;
    for (s = 0; s < SENDING_CALLS; s++)
        for (destroyed = 0; destroyed < 2; destroyed++) {
            struct sleeper crowd[CROWD];
            open_sleepy(configuration, 3);
            start_crowd(crowd, &sending_calls[s], 3);
            relieve(destroyed ? BY_DESTROY : BY_CLOSE, 0);
            for (n = 0; n < CROWD; n++) {
                worker_join(&crowd[n].worker);
                require_equal(crowd[n].result, -EPIPE);
                ends_drop_senders(&crowd[n].ends);
            }
            fixture_finish(&fixture);
        }
}

MATRIX_TEST(draining_wakes_every_sleeping_sender) {
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct sleeper crowd[CROWD];
        uint64_t words[CROWD * 4];
        size_t total = (sending_calls[s].shared ? 3 : CROWD * 3) + CROWD, seen = 0, late = 0;
        open_sleepy(configuration, 3);
        start_crowd(crowd, &sending_calls[s], 3);
        while (seen < total) {
            ptrdiff_t count =
                tributary_channel_receive_batch(fixture.channel, words, CROWD * 4, 8);
            require(count >= 1);
            seen += (size_t)count;
            for (n = 0; n < (size_t)count; n++)
                late += words[n] >= 1000;
        }
        require_equal(seen, total);
        require_equal(late, CROWD);
        for (n = 0; n < CROWD; n++) {
            worker_join(&crowd[n].worker);
            require_equal(crowd[n].result, 1);
            ends_drop_senders(&crowd[n].ends);
        }
        fixture_finish(&fixture);
    }
}

/* A sender that waits for half of its room changes, after about a millisecond, to waiting for one
 * message's. Room that comes just then is seen. */
struct impatient {
    struct ends ends;
    atomic_size_t begun, done;
    size_t rounds;
};

static void send_into_a_full_channel(void *context, size_t index) {
    struct impatient *impatient = context;
    size_t round;
    (void)index;
    for (round = 1; round <= impatient->rounds; round++) {
        atomic_store(&impatient->begun, round);
        impatient->ends.word = round;
        require_equal(sending_calls[impatient->ends.shared != NULL ? 3 : 0].wait(&impatient->ends),
                      1);
        atomic_store(&impatient->done, round);
    }
}

MATRIX_TEST(room_that_comes_when_the_patience_for_half_of_it_ends_is_seen) {
    struct random_source source = random_for(4);
    size_t shared, round;
    for (shared = 0; shared < 2; shared++) {
        struct impatient impatient;
        struct worker worker;
        memset(&impatient, 0, sizeof impatient);
        impatient.rounds = scaled(60);
        open_sleepy(configuration, 3);
        ends_open_for(&impatient.ends, &fixture, &sending_calls[shared ? 3 : 0]);
        ends_fill(&impatient.ends, &sending_calls[shared ? 3 : 0], 0);
        worker_start(&worker, send_into_a_full_channel, &impatient, 0);
        for (round = 1; round <= impatient.rounds; round++) {
            int64_t when;
            uint64_t word;
            await(atomic_load(&impatient.begun) == round);
            when = clock_now() + 950 * MICROSECOND +
                   (int64_t)random_below(&source, 150 * MICROSECOND);
            while (clock_now() < when) {
            }
            require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
            await(atomic_load(&impatient.done) == round);
        }
        worker_join(&worker);
        ends_drop_senders(&impatient.ends);
        fixture_finish(&fixture);
    }
}

/* Two channels, one message on the way: each hand-over is a sleep and a wake on both sides, and a
 * single wake-up that is lost stops it for good. */
struct rally {
    tributary_channel *in;
    struct ends out;
    const struct call *sending, *receiving;
    size_t rounds;
};

static void return_every_message(void *context, size_t index) {
    struct rally *rally = context;
    struct ends in = {.channel = rally->in};
    size_t n;
    (void)index;
    for (n = 0; n < rally->rounds; n++) {
        require_equal(rally->receiving->wait(&in), 1);
        rally->out.word = in.word + 1;
        require_equal(rally->sending->wait(&rally->out), 1);
    }
}

MATRIX_TEST(no_wake_up_is_lost_in_a_long_rally) {
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct fixture back;
        struct ends there, here;
        struct rally rally;
        struct worker worker;
        open_sleepy(configuration, 1);
        fixture_prepare(&back, configuration, 8, 8, 1);
        fixture_sleep_at_once(&back);
        fixture_open(&back);
        ends_open_for(&there, &fixture, &sending_calls[s]);
        ends_open_for(&here, &back, &sending_calls[s]);
        rally.in = fixture.channel;
        rally.out = here;
        rally.sending = &sending_calls[s];
        rally.receiving = &receiving_calls[s % RECEIVING_CALLS];
        rally.rounds = scaled(1500);
        worker_start(&worker, return_every_message, &rally, 0);
        here.channel = back.channel;
        for (n = 0; n < rally.rounds; n++) {
            there.word = 2 * n;
            require_equal(sending_calls[s].wait(&there), 1);
            require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&here), 1);
            require_equal(here.word, 2 * n + 1);
        }
        worker_join(&worker);
        ends_drop_senders(&there);
        ends_drop_senders(&here);
        fixture_finish(&fixture);
        fixture_finish(&back);
    }
}

TEST_MAIN(scenario(a_sleeping_receiver_is_woken_by_a_message_of_any_kind),
          scenario(a_receiver_that_slept_is_woken_whatever_the_lane_did_before),
          scenario(a_sleeping_receiver_sees_the_end_of_the_last_sender_only),
          scenario(a_sleeping_sender_is_woken_by_room_by_a_close_and_by_the_receivers_end),
          scenario(a_close_wakes_every_sleeping_sender),
          scenario(draining_wakes_every_sleeping_sender),
          scenario(room_that_comes_when_the_patience_for_half_of_it_ends_is_seen),
          scenario(no_wake_up_is_lost_in_a_long_rally))
