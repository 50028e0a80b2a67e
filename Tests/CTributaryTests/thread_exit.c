/* SPDX-License-Identifier: Apache-2.0 */
/* Threads that exit with their senders open, and senders that stand still, which stop nobody else. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/threads.h"

enum { THREADS = 8 };

static struct fixture fixture;

struct leaving {
    struct ends ends[THREADS];
    size_t each;
};

static void send_and_exit(void *context, size_t index) {
    struct leaving *leaving = context;
    struct ends *own = &leaving->ends[index];
    size_t n;
    for (n = 0; n < leaving->each; n++) {
        own->word = word_of(index, n);
        require_equal(sending_calls[index % SENDING_CALLS].wait(own), 1);
    }
}

/* The thread is gone, its sender is not: it can be used and ended by another. */
MATRIX_TEST(a_sender_outlives_the_thread_that_used_it) {
    static struct leaving leaving;
    static struct ledger ledger;
    size_t round, n;
    memset(&ledger, 0, sizeof ledger);
    leaving.each = 100;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    for (n = 0; n < THREADS; n++)
        ends_open_for(&leaving.ends[n], &fixture, &sending_calls[n % SENDING_CALLS]);
    for (round = 0; round < 5; round++) {
        uint64_t word;
        memset(&ledger, 0, sizeof ledger);
        team_run(THREADS, send_and_exit, &leaving);
        require_equal(tributary_channel_length(fixture.channel), THREADS * leaving.each);
        while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0)
            ledger_accept(&ledger, word_sender(word), word_sequence(word));
        require_equal(ledger.total, THREADS * leaving.each);
    }
    for (n = 0; n < THREADS; n++)
        ends_drop_senders(&leaving.ends[n]);
    fixture_finish(&fixture);
}

struct brief {
    tributary_shared_sender *sender;
    uint64_t first;
    size_t count;
};

static void send_a_few(void *context, size_t index) {
    struct brief *brief = context;
    size_t n;
    (void)index;
    for (n = 0; n < brief->count; n++)
        require_equal(send_word_shared(brief->sender, brief->first + n), 0);
}

/* What a thread needs for shared messages is given up when it exits, not kept for each that ever was. */
MATRIX_TEST(threads_that_exited_cost_nothing) {
    struct brief brief;
    uint64_t received = 0, word;
    size_t round, before = 0;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    brief.sender = fixture_shared_sender(&fixture);
    brief.first = 0;
    for (round = 0; round < scaled(300); round++) {
        struct worker worker;
        brief.count = 1 + round % 7;
        worker_start(&worker, send_a_few, &brief, 0);
        worker_join(&worker);
        brief.first += brief.count;
        while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0)
            require_equal(word, received++);
        require_equal(received, brief.first);
        if (round == 5)
            before = atomic_load(&fixture.memory.live_bytes);
        if (round > 5)
            require_at_most(atomic_load(&fixture.memory.live_bytes), before + 16 * 1024);
    }
    tributary_shared_sender_destroy(brief.sender);
    fixture_finish(&fixture);
}

/* Messages of a thread long gone are received, and destroyed, as any others. */
MATRIX_TEST(messages_outlive_their_threads) {
    struct brief brief;
    size_t received;
    for (received = 0; received <= 1000; received += 500) {
        struct worker worker;
        uint64_t n;
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        brief.sender = fixture_shared_sender(&fixture);
        brief.first = 0;
        brief.count = 1000;
        worker_start(&worker, send_a_few, &brief, 0);
        worker_join(&worker);
        for (n = 0; n < received; n++)
            require_word(fixture.channel, n);
        tributary_shared_sender_destroy(brief.sender);
        fixture_finish(&fixture);
        require_equal(fixture.destroyed, 1000 - received);
    }
}

/* One end reserved and never committed, one that never sent, one that is full and given up: the
 * receiver and the others do not notice. */
MATRIX_TEST(senders_that_stand_still_delay_nobody) {
    tributary_sender *reserved, *silent, *full, *busy;
    void *slots;
    uint64_t n, word, seen = 0;
    fixture_open_words(&fixture, configuration, 16);
    reserved = fixture_sender(&fixture);
    silent = fixture_sender(&fixture);
    full = fixture_sender(&fixture);
    busy = fixture_sender(&fixture);
    require_equal(send_word(reserved, word_of(0, 0)), 0);
    require(tributary_sender_try_reserve(reserved, 8, &slots) >= 1);
    for (n = 0; n < 16; n++)
        require_equal(send_word(full, word_of(2, n)), 0);
    require_equal(send_word(full, 0), -EAGAIN);
    for (n = 0; n < scaled(20000); n++) {
        require_equal(send_word(busy, word_of(3, n)), 0);
        while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0) {
            seen++;
            require(n == 0 || word == word_of(3, n));
        }
        require_equal(seen, n + 1 + 17);
    }
    require_equal(seen, n + 17);
    tributary_sender_destroy(reserved);
    tributary_sender_destroy(silent);
    tributary_sender_destroy(full);
    tributary_sender_destroy(busy);
    fixture_finish(&fixture);
}

/* A sender asleep on its full lane does not stop the others, nor the receiver's try. */
static void block_on_full(void *context, size_t index) {
    struct ends *own = context;
    (void)index;
    worker_announces_sleep();
    own->word = 77;
    require_equal(sending_calls[0].wait(own), -EPIPE);
}

MATRIX_TEST(a_blocked_sender_stops_nobody_else) {
    struct ends blocked, busy;
    struct worker worker;
    uint64_t n, word;
    fixture_prepare(&fixture, configuration, 8, 8, 4);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open_for(&blocked, &fixture, &sending_calls[0]);
    ends_open(&busy, &fixture);
    ends_fill(&blocked, &sending_calls[0], 0);
    worker_start(&worker, block_on_full, &blocked, 0);
    worker_await_sleep(&worker);
    for (n = 0; n < 4; n++) {
        require_equal(send_word(busy.sender, n), 0);
        require_equal(send_word_shared(busy.shared, n), 0);
    }
    require_equal(send_word(busy.sender, n), -EAGAIN);
    require_equal(send_word_shared(busy.shared, n), -EAGAIN);
    require_equal(tributary_channel_length(fixture.channel), 12);
    require_equal(tributary_channel_close(fixture.channel), 0);
    worker_join(&worker);
    for (n = 0; n < 12; n++)
        require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EPIPE);
    ends_drop_senders(&blocked);
    ends_drop_senders(&busy);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_sender_outlives_the_thread_that_used_it),
          scenario(threads_that_exited_cost_nothing),
          scenario(messages_outlive_their_threads),
          scenario(senders_that_stand_still_delay_nobody),
          scenario(a_blocked_sender_stops_nobody_else))
