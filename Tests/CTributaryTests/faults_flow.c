/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about messages on their way. Each test is named after one. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;

struct run {
    struct ends ends;
    const struct call *call;
    uint64_t total;
    atomic_bool over;
    size_t capacity;
};

/* tokio#6602, #8061; JCTools: both ends ask for the length while both move. */
static void send_and_ask(void *context, size_t index) {
    struct run *run = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        size_t length;
        run->ends.word = n;
        require_equal(run->call->wait(&run->ends), 1);
        length = run->call->shared ? tributary_shared_sender_length(run->ends.shared)
                                   : tributary_sender_length(run->ends.sender);
        require_at_most(length, run->capacity);
    }
}

MATRIX_TEST(fault_05_the_length_neither_overflows_nor_underflows) {
    static const size_t capacities[] = {1, 7, 126, 127, 128, 1000};
    size_t c, s;
    for (c = 0; c < 6; c++)
        for (s = 0; s < SENDING_CALLS; s++) {
            struct run run;
            struct worker worker;
            struct ends ends = {0};
            uint64_t n;
            memset(&run, 0, sizeof run);
            fixture_open_words(&fixture, configuration, capacities[c]);
            run.call = &sending_calls[s];
            run.capacity = capacities[c];
            run.total = scaled(3000);
            ends_open_for(&run.ends, &fixture, run.call);
            ends.channel = fixture.channel;
            worker_start(&worker, send_and_ask, &run, 0);
            for (n = 0; n < run.total; n++) {
                require_at_most(tributary_channel_length(fixture.channel), capacities[c]);
                require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
                require_at_most(tributary_channel_length(fixture.channel), capacities[c]);
            }
            worker_join(&worker);
            require_equal(tributary_channel_length(fixture.channel), 0);
            ends_drop_senders(&run.ends);
            fixture_finish(&fixture);
        }
}

/* A third thread, whose two looks may lie as far apart as they like. */
struct observer {
    struct fixture *fixture;
    tributary_shared_sender *shared;
    uint64_t bound;
    atomic_bool over;
};

static void observe(void *context, size_t index) {
    struct observer *observer = context;
    (void)index;
    while (!atomic_load(&observer->over)) {
        /* Not as signed numbers: what underflows is large. */
        require(tributary_channel_length(observer->fixture->channel) <= observer->bound);
        require(tributary_shared_sender_length(observer->shared) <= observer->bound);
    }
}

MATRIX_TEST(fault_05_the_length_does_not_underflow_for_a_third_thread) {
    static const size_t capacities[] = {3, TRIBUTARY_UNBOUNDED};
    size_t s, c;
    for (s = 0; s < SENDING_CALLS; s++)
        for (c = 0; c < 2; c++) {
            struct observer observer = {.fixture = &fixture};
            struct worker worker;
            struct ends ends;
            uint64_t n, total = scaled(40000);
            fixture_open_words(&fixture, configuration, capacities[c]);
            ends_open(&ends, &fixture);
            observer.shared = ends.shared;
            observer.bound = capacities[c] < total ? capacities[c] : total;
            worker_start(&worker, observe, &observer, 0);
            for (n = 0; n < total; n++) {
                ends.word = n;
                require_equal(sending_calls[s].attempt(&ends), 1);
                require_word(fixture.channel, n);
            }
            atomic_store(&observer.over, true);
            worker_join(&worker);
            ends_drop_senders(&ends);
            fixture_finish(&fixture);
        }
}

/* rust#39364; JCTools#316: the timeout passes while the message comes. */
static void send_just_in_time(void *context, size_t index) {
    struct run *run = context;
    struct random_source source = random_for(index);
    uint64_t n;
    for (n = 0; n < run->total; n++) {
        ptrdiff_t result;
        run->ends.word = n;
        do
            result = run->call->with_timeout(&run->ends, 1 + (int64_t)random_below(&source, 30000));
        while (result == -ETIMEDOUT);
        require_equal(result, 1);
    }
}

MATRIX_TEST(fault_06_a_timeout_that_races_with_a_message_loses_nothing) {
    struct random_source source = random_for(99);
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct run run;
        struct worker worker;
        struct ends ends = {0};
        uint64_t next = 0;
        memset(&run, 0, sizeof run);
        fixture_prepare(&fixture, configuration, 8, 8, 2);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        run.call = &sending_calls[s];
        run.total = scaled(3000);
        ends_open_for(&run.ends, &fixture, run.call);
        ends.channel = fixture.channel;
        worker_start(&worker, send_just_in_time, &run, 0);
        while (next < run.total) {
            ptrdiff_t result = receiving_calls[next % RECEIVING_CALLS].with_timeout(
                &ends, 1 + (int64_t)random_below(&source, 30000));
            if (result == -ETIMEDOUT)
                continue;
            require_equal(result, 1);
            require_equal(ends.word, next++);
        }
        worker_join(&worker);
        ends_drop_senders(&run.ends);
        fixture_finish(&fixture);
    }
}

/* moodycamel#437; JCTools' compound queue: all lanes full, one of them always; every message of
 * every other arrives, in order, without a gap. */
MATRIX_TEST(fault_14_no_part_of_a_lane_is_skipped) {
    enum { LANES = 12 };
    static struct ledger ledger;
    struct random_source source = random_for(5);
    tributary_sender *senders[LANES];
    uint64_t next[LANES] = {0}, words[300];
    size_t step, n, sent = 0;
    memset(&ledger, 0, sizeof ledger);
    fixture_open_words(&fixture, configuration, 1000);
    for (n = 0; n < LANES; n++)
        senders[n] = fixture_sender(&fixture);
    for (step = 0; step < scaled(4000); step++) {
        size_t lane = random_one_in(&source, 2) ? 0 : random_below(&source, LANES);
        size_t burst = lane == 0 ? 1000 : 1 + random_below(&source, 130);
        ptrdiff_t count;
        for (n = 0; n < burst && send_word(senders[lane], word_of(lane, next[lane])) == 0; n++) {
            next[lane]++;
            sent++;
        }
        if (random_one_in(&source, 3))
            continue;
        count = tributary_channel_try_receive_batch(fixture.channel, words,
                                                    1 + random_below(&source, 300), 8);
        require(count >= 1 || (count == -EAGAIN && sent == ledger.total));
        for (n = 0; count > 0 && n < (size_t)count; n++)
            ledger_accept(&ledger, word_sender(words[n]), word_sequence(words[n]));
    }
    while (tributary_channel_try_receive(fixture.channel, words, 8) == 0)
        ledger_accept(&ledger, word_sender(words[0]), word_sequence(words[0]));
    for (n = 0; n < LANES; n++) {
        require_equal(ledger.next[n], next[n]);
        tributary_sender_destroy(senders[n]);
    }
    fixture_finish(&fixture);
}

/* The rest is served while one lane never runs out. */
MATRIX_TEST(fault_14_one_full_lane_does_not_starve_the_rest) {
    enum { ROUNDS = 50, WITHIN = 3000 }; /* more than a receiver's budget for one lane */
    size_t s, round;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct ends ends;
        tributary_sender *flood;
        fixture_open_words(&fixture, configuration, 1000);
        flood = fixture_sender(&fixture);
        ends_open_for(&ends, &fixture, &sending_calls[s]);
        for (round = 0; round < ROUNDS; round++) {
            uint64_t word = 0;
            size_t received = 0;
            while (send_word(flood, 1) == 0) {
            }
            ends.word = 2;
            require_equal(sending_calls[s].attempt(&ends), 1);
            while (word != 2) {
                require_at_most(++received, WITHIN);
                require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
                require(word == 2 || send_word(flood, 1) == 0);
            }
        }
        tributary_sender_destroy(flood);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(fault_05_the_length_neither_overflows_nor_underflows),
          scenario(fault_05_the_length_does_not_underflow_for_a_third_thread),
          scenario(fault_06_a_timeout_that_races_with_a_message_loses_nothing),
          scenario(fault_14_no_part_of_a_lane_is_skipped),
          scenario(fault_14_one_full_lane_does_not_starve_the_rest))
