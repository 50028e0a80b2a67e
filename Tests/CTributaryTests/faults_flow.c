/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about messages on their way. Each test is named after one. */
#include <errno.h>

#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;

struct run {
    struct ends ends;
    const struct call *call;
    uint64_t total;
    size_t capacity;
    atomic_size_t sends_begun, sends_done, receives_begun, receives_done; /* for lengths */
};

/* ---- 5: the length under- or overflows: tokio#6602, #8061; JCTools ---------------------- */

/* One thread does all of it, so that there is one right answer at each step: of each end, and of all together. */
struct lengths {
    struct ends ends[3]; /* two exclusive senders, and a shared one */
    const struct call *calls[3];
    size_t count[3];
};

static void require_lengths(struct lengths *lengths) {
    size_t n, sum = 0;
    for (n = 0; n < 3; n++) {
        struct ends *own = &lengths->ends[n];
        if (own->shared != NULL)
            require_equal(tributary_shared_sender_length(own->shared), lengths->count[n]);
        else if (own->sender != NULL)
            require_equal(tributary_sender_length(own->sender), lengths->count[n]);
        sum += lengths->count[n];
    }
    require_equal(tributary_channel_length(fixture.channel), sum);
}

/* False: nothing is left. */
static bool receive_one(struct lengths *lengths, size_t call) {
    struct ends own = {.channel = fixture.channel};
    ptrdiff_t result = receiving_calls[call % RECEIVING_CALLS].attempt(&own);
    if (result == 1) {
        require(own.word < 3 && lengths->count[own.word] > 0);
        lengths->count[own.word]--;
    }
    require_lengths(lengths);
    return result == 1;
}

MATRIX_TEST(fault_05_the_length_is_exact_at_each_step) {
    static const size_t capacities[] = {1, 7, 126, 127, 128, 1000, TRIBUTARY_UNBOUNDED};
    struct random_source source = random_for(55);
    size_t c, step, n;
    for (c = 0; c < 7; c++) {
        struct lengths lengths = {.calls = {&sending_calls[0], &sending_calls[2], &sending_calls[3]}};
        bool fills = true;
        fixture_open_words(&fixture, configuration, capacities[c]);
        for (n = 0; n < 3; n++)
            ends_open_for(&lengths.ends[n], &fixture, lengths.calls[n]);
        for (step = 0; step < scaled(4000); step++) {
            if (random_one_in(&source, 300))
                fills = !fills;
            n = random_below(&source, 3);
            if (random_one_in(&source, 5) == fills) {
                receive_one(&lengths, step);
                continue;
            }
            lengths.ends[n].word = n;
            bool full = lengths.count[n] == capacities[c];
            require_equal(lengths.calls[n]->attempt(&lengths.ends[n]), full ? -EAGAIN : 1);
            if (!full)
                lengths.count[n]++;
            require_lengths(&lengths);
        }
        /* What a sender leaves behind counts, and so does what a close has let through. */
        ends_drop_senders(&lengths.ends[0]);
        require_lengths(&lengths);
        for (n = 0; n < 100; n++)
            receive_one(&lengths, n);
        require_equal(tributary_channel_close(fixture.channel), 0);
        require_lengths(&lengths);
        while (receive_one(&lengths, n))
            n++;
        require_equal(tributary_channel_length(fixture.channel), 0);
        for (n = 1; n < 3; n++)
            ends_drop_senders(&lengths.ends[n]);
        fixture_finish(&fixture);
    }
}

/* Both ends ask for the length while both move. It is what was sent less what was received at some time of the look: no less than
 * what had been sent before it less what was received after it, no more than the other way round. */
struct bounds {
    size_t sent, received;
};

static struct bounds before_look(struct run *run) {
    struct bounds bounds = {.sent = atomic_load(&run->sends_done), .received = atomic_load(&run->receives_done)};
    return bounds;
}

static void require_between(struct run *run, struct bounds before, size_t length) {
    size_t begun = atomic_load(&run->sends_begun), received = atomic_load(&run->receives_begun);
    require_at_most(length, run->capacity);
    require(length <= begun - before.received);
    require(length + received >= before.sent);
}

static void send_and_ask(void *context, size_t index) {
    struct run *run = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        struct bounds before;
        run->ends.word = n;
        atomic_fetch_add(&run->sends_begun, 1);
        require_equal(run->call->wait(&run->ends), 1);
        atomic_fetch_add(&run->sends_done, 1);
        before = before_look(run);
        require_between(run, before,
                        run->call->shared ? tributary_shared_sender_length(run->ends.shared)
                                          : tributary_sender_length(run->ends.sender));
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
                struct bounds before = before_look(&run);
                require_between(&run, before, tributary_channel_length(fixture.channel));
                atomic_fetch_add(&run.receives_begun, 1);
                require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
                atomic_fetch_add(&run.receives_done, 1);
                before = before_look(&run);
                require_between(&run, before, tributary_channel_length(fixture.channel));
            }
            worker_join(&worker);
            require_equal(tributary_channel_length(fixture.channel), 0);
            ends_drop_senders(&run.ends);
            fixture_finish(&fixture);
        }
}

/* A third thread, whose two looks may lie as far apart as they like, while there is always a message. (Tests/verification/chaos/held
 * has it stand between the two.) */
struct observer {
    struct fixture *fixture;
    tributary_shared_sender *shared;
    size_t least_shared;
    uint64_t bound;
    atomic_bool over;
};

static void observe(void *context, size_t index) {
    struct observer *observer = context;
    size_t looks = 0;
    (void)index;
    while (!atomic_load(&observer->over)) {
        /* Not as signed numbers: what underflows is large. */
        size_t length = tributary_channel_length(observer->fixture->channel);
        require(length >= 1 && length <= observer->bound);
        length = tributary_shared_sender_length(observer->shared);
        require(length >= observer->least_shared && length <= observer->bound);
        if (++looks % 8 == 0)
            give_way();
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
            observer.least_shared = sending_calls[s].shared ? 1 : 0;
            observer.bound = capacities[c] < total ? capacities[c] : total + 1;
            ends.word = 0;
            require_equal(sending_calls[s].attempt(&ends), 1);
            worker_start(&worker, observe, &observer, 0);
            for (n = 1; n <= total; n++) {
                ends.word = n;
                require_equal(sending_calls[s].attempt(&ends), 1);
                require_word(fixture.channel, n - 1);
            }
            atomic_store(&observer.over, true);
            worker_join(&worker);
            require_word(fixture.channel, total);
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

MATRIX_TEST(a_timeout_that_races_with_a_message_loses_nothing) {
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

TEST_MAIN(scenario(fault_05_the_length_is_exact_at_each_step),
          scenario(fault_05_the_length_neither_overflows_nor_underflows),
          scenario(fault_05_the_length_does_not_underflow_for_a_third_thread),
          scenario(a_timeout_that_races_with_a_message_loses_nothing),
          scenario(fault_14_no_part_of_a_lane_is_skipped),
          scenario(fault_14_one_full_lane_does_not_starve_the_rest))
