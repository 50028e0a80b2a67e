/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about messages on their way. Each test is named after one. */
#include <limits.h>

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

/* crossbeam#1146: the payload does not go through the stack. */
enum { LARGE = 4 << 20, SMALL_STACK = 256 << 10 };

static void send_large_on_a_small_stack(void *context, size_t index) {
    struct run *run = context;
    unsigned char *message = malloc(LARGE);
    void *slots;
    (void)index;
    require(message != NULL);
    pattern_write(message, LARGE, 1, 0);
    require_equal(tributary_sender_send(run->ends.sender, message, LARGE), 0);
    require_equal(tributary_shared_sender_send(run->ends.shared, message, LARGE), 0);
    require_equal(tributary_sender_reserve(run->ends.sender, 1, &slots), 1);
    pattern_write(slots, LARGE, 1, 0);
    require_equal(tributary_sender_commit(run->ends.sender, 1), 0);
    free(message);
}

static void receive_large_on_a_small_stack(void *context, size_t index) {
    struct run *run = context;
    unsigned char *message = malloc(LARGE);
    void *borrowed;
    (void)index;
    require(message != NULL);
    require_equal(tributary_channel_receive(run->ends.channel, message, LARGE), 0);
    require_pattern(message, LARGE, 1, 0);
    require_equal(tributary_channel_receive_batch(run->ends.channel, message, 1, LARGE), 1);
    require_pattern(message, LARGE, 1, 0);
    require_equal(tributary_channel_borrow(run->ends.channel, &borrowed, 1), 1);
    require_pattern(borrowed, LARGE, 1, 0);
    require_equal(tributary_channel_release(run->ends.channel, 1), 0);
    free(message);
}

MATRIX_TEST(fault_11_large_messages_do_not_go_through_the_stack) {
    struct worker workers[2];
    struct run run;
    size_t n;
    memset(&run, 0, sizeof run);
    memset(workers, 0, sizeof workers);
    fixture_prepare(&fixture, configuration, LARGE, 8, 4);
    fixture_open(&fixture);
    ends_open(&run.ends, &fixture);
    for (n = 0; n < 2; n++) {
        workers[n].body = n == 0 ? send_large_on_a_small_stack : receive_large_on_a_small_stack;
        workers[n].context = &run;
        workers[n].stack_size = SMALL_STACK;
        worker_launch(&workers[n]);
    }
    worker_join(&workers[0]);
    worker_join(&workers[1]);
    ends_drop_senders(&run.ends);
    fixture_finish(&fixture);
}

/* moodycamel#404: memory that is handed over and reused must be seen to be. The message leads to
 * plain memory that each side writes in turn; ThreadSanitizer sees an order that is missing. */
struct baton {
    uint64_t *place;
};

static void pass_batons(void *context, size_t index) {
    struct run *run = context;
    uint64_t places[64] = {0}, n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        struct baton baton = {malloc(sizeof(uint64_t))};
        *baton.place = n;
        places[n % 64] = n;
        if (run->call->shared)
            require_equal(tributary_shared_sender_send(run->ends.shared, &baton, sizeof baton), 0);
        else
            require_equal(tributary_sender_send(run->ends.sender, &baton, sizeof baton), 0);
    }
    require_equal(places[(n - 1) % 64], n - 1);
}

MATRIX_TEST(fault_12_what_a_message_leads_to_is_seen_with_it) {
    static const size_t capacities[] = {1, 5, 200, TRIBUTARY_UNBOUNDED};
    size_t c, s;
    for (c = 0; c < 4; c++)
        for (s = 0; s < SENDING_CALLS; s += 3) {
            struct run run;
            struct worker worker;
            uint64_t n;
            memset(&run, 0, sizeof run);
            fixture_prepare(&fixture, configuration, sizeof(struct baton),
                            _Alignof(struct baton), capacities[c]);
            fixture_open(&fixture);
            run.call = &sending_calls[s];
            run.total = scaled(8000);
            ends_open_for(&run.ends, &fixture, run.call);
            worker_start(&worker, pass_batons, &run, 0);
            for (n = 0; n < run.total; n++) {
                struct baton baton, *borrowed;
                if (n % 2 == 0) {
                    require_equal(tributary_channel_borrow(fixture.channel, (void **)&borrowed, 1),
                                  1);
                    baton = *borrowed;
                    memset(borrowed, 0xff, sizeof *borrowed); /* the receiver may write it too */
                    require_equal(tributary_channel_release(fixture.channel, 1), 0);
                } else {
                    require_equal(tributary_channel_receive(fixture.channel, &baton, sizeof baton),
                                  0);
                }
                require_equal(*baton.place, n);
                *baton.place = 0;
                free(baton.place);
            }
            worker_join(&worker);
            ends_drop_senders(&run.ends);
            fixture_finish(&fixture);
        }
}

/* moodycamel#288: threads come and go, their lanes are recycled; nothing is used after it was freed,
 * and the receiver's walk over the lanes ends. */
static void open_send_and_exit(void *context, size_t index) {
    struct run *run = context;
    tributary_sender *own = NULL;
    tributary_shared_sender *shared = NULL;
    uint64_t n;
    if (index % 2 == 0)
        require_equal(tributary_shared_sender_open_sender(run->ends.shared, &own), 0);
    else
        require_equal(tributary_shared_sender_clone(run->ends.shared, &shared), 0);
    for (n = 0; n < index * 7; n++)
        require_equal(own != NULL ? send_word(own, word_of(index, n))
                                  : send_word_shared(shared, word_of(index, n)), 0);
    tributary_sender_destroy(own);
    tributary_shared_sender_destroy(shared);
}

MATRIX_TEST(fault_13_a_threads_exit_and_its_recycled_lane) {
    enum { THREADS = 6 };
    static struct ledger ledger;
    struct run run;
    size_t round, n;
    memset(&run, 0, sizeof run);
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open_for(&run.ends, &fixture, &sending_calls[3]);
    for (round = 0; round < scaled(60); round++) {
        struct team team;
        uint64_t word;
        memset(&ledger, 0, sizeof ledger);
        team_start(&team, THREADS, open_send_and_exit, &run);
        while (ledger.total < 7 * (THREADS * (THREADS - 1) / 2)) {
            require_equal(tributary_channel_receive(fixture.channel, &word, 8), 0);
            ledger_accept(&ledger, word_sender(word), word_sequence(word));
        }
        team_join(&team);
        require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
        require_equal(tributary_channel_sender_count(fixture.channel), 1);
        for (n = 0; n < THREADS; n++)
            require_equal(ledger.next[n], n * 7);
    }
    ends_drop_senders(&run.ends);
    fixture_finish(&fixture);
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

/* JCTools#241: the allocation fails in the middle of a send, with a backlog and a receiver that is
 * at work; the message is the caller's, the next send works, the receiver noticed nothing. */
static void send_with_failures(void *context, size_t index) {
    struct run *run = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < run->total; n++) {
        ptrdiff_t result;
        run->ends.word = n;
        if (n % 100 == 0)
            counting_allocator_fail_at(&fixture.memory, 1);
        while ((result = run->call->attempt(&run->ends)) == -ENOMEM) {
        }
        require_equal(result, 1);
    }
    counting_allocator_succeed(&fixture.memory);
}

MATRIX_TEST(fault_15_an_allocation_fails_in_the_middle_of_a_send) {
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct run run;
        struct worker worker;
        struct ends ends = {0};
        uint64_t n;
        memset(&run, 0, sizeof run);
        fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
        fixture_open(&fixture);
        run.call = &sending_calls[s];
        run.total = scaled(20000);
        ends_open_for(&run.ends, &fixture, run.call);
        ends.channel = fixture.channel;
        worker_start(&worker, send_with_failures, &run, 0);
        for (n = 0; n < run.total; n++) {
            require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
            require_equal(ends.word, n);
        }
        worker_join(&worker);
        require(atomic_load(&fixture.memory.refused) > 0);
        ends_drop_senders(&run.ends);
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(fault_05_the_length_neither_overflows_nor_underflows),
          scenario(fault_06_a_timeout_that_races_with_a_message_loses_nothing),
          scenario(fault_11_large_messages_do_not_go_through_the_stack),
          scenario(fault_12_what_a_message_leads_to_is_seen_with_it),
          scenario(fault_13_a_threads_exit_and_its_recycled_lane),
          scenario(fault_14_no_part_of_a_lane_is_skipped),
          scenario(fault_15_an_allocation_fails_in_the_middle_of_a_send))
