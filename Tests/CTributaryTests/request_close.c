/* SPDX-License-Identifier: Apache-2.0 */
/* A sender ends the channel for all: what was sent before is received, and a waiting receiver hears of it at once. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

static void open_words(const struct configuration *configuration, size_t capacity) {
    fixture_open_words(&fixture, configuration, capacity);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

static int request(const struct ends *own, bool shared) {
    return shared ? tributary_shared_sender_request_close(own->shared)
                  : tributary_sender_request_close(own->sender);
}

MATRIX_TEST(what_was_sent_before_is_received_then_the_channel_is_closed) {
    size_t r, shared, n;
    for (shared = 0; shared < 2; shared++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            open_words(configuration, 8);
            for (n = 0; n < 3; n++) require_equal(send_word(ends.sender, n), 0);
            for (n = 0; n < 3; n++) require_equal(send_word_shared(ends.shared, n), 0);
            require_equal(request(&ends, shared), 0);
            require_equal(request(&ends, !shared), 0);
            /* Until the receiver has looked the others go on. */
            require(!tributary_channel_is_closed(fixture.channel));
            require_equal(send_word(ends.sender, 3), 0);
            for (n = 0; n < 7; n++) require_equal(receiving_calls[r].wait(&ends), 1);
            require_equal(receiving_calls[r].attempt(&ends), -EPIPE);
            require(tributary_channel_is_closed(fixture.channel));
            require_equal(receiving_calls[r].wait(&ends), -EPIPE);
            require_equal(receiving_calls[r].with_timeout(&ends, TRIBUTARY_FOREVER), -EPIPE);
            require_equal(send_word(ends.sender, 3), -EPIPE);
            require_equal(send_word_shared(ends.shared, 3), -EPIPE);
            require_equal(request(&ends, shared), 0);
            finish();
        }
    require_equal(tributary_sender_request_close(NULL), -EINVAL);
    require_equal(tributary_shared_sender_request_close(NULL), -EINVAL);
}

MATRIX_TEST(it_is_found_by_whatever_looks_for_messages) {
    size_t r;
    for (r = 0; r < RECEIVING_CALLS; r++) {
        open_words(configuration, 8);
        require_equal(request(&ends, r % 2 == 0), 0);
        require_equal(receiving_calls[r].wait(&ends), -EPIPE);
        finish();
        open_words(configuration, 8);
        require_equal(request(&ends, r % 2 == 0), 0);
        require_equal(receiving_calls[r].with_timeout(&ends, 0), -EPIPE);
        finish();
    }
    open_words(configuration, 8);
    require_equal(request(&ends, false), 0);
    require_equal(tributary_channel_poll(fixture.channel, 1), -EPIPE);
    finish();
}

static void count_call(void *context) { ++*(size_t *)context; }

MATRIX_TEST(it_calls_the_receivers_callback_and_cannot_be_slept_over) {
    size_t shared;
    for (shared = 0; shared < 2; shared++) {
        size_t calls = 0;
        open_words(configuration, 8);
        require_equal(tributary_channel_notify(fixture.channel, count_call, &calls), 0);
        require_equal(request(&ends, shared), 0);
        require_equal(calls, 1);
        require_equal(tributary_channel_notify(fixture.channel, count_call, &calls), -EALREADY);
        if (tributary_channel_file_descriptor(fixture.channel) >= 0)
            require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
        require_equal(receiving_calls[0].attempt(&ends), -EPIPE);
        require_equal(calls, 1);
        finish();
    }
}

struct requester {
    struct ends ends;
    bool shared;
    uint64_t sends;
};

static void send_and_request(void *context, size_t index) {
    struct requester *requester = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < requester->sends; n++) {
        requester->ends.word = n;
        require_equal(sending_calls[requester->shared ? 3 : 0].wait(&requester->ends), 1);
    }
    require_equal(request(&requester->ends, requester->shared), 0);
}

static void receive_until_closed(void *context, size_t index) {
    struct ends *own = context;
    worker_announces_sleep();
    require_equal(receiving_calls[index].wait(own), -EPIPE);
}

MATRIX_TEST(a_sleeping_receiver_is_woken_while_all_senders_stay_open) {
    size_t r, shared;
    for (shared = 0; shared < 2; shared++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            struct worker worker;
            fixture_prepare(&fixture, configuration, 8, 8, 4);
            fixture_sleep_at_once(&fixture);
            fixture_open(&fixture);
            ends_open(&ends, &fixture);
            worker_start(&worker, receive_until_closed, &ends, r);
            worker_await_sleep(&worker);
            require_equal(request(&ends, shared), 0);
            worker_join(&worker);
            finish();
        }
}

/* The receiver is anywhere between looking, arming and sleeping. */
MATRIX_TEST(a_request_in_a_race_with_the_receivers_wait_is_neither_lost_nor_early) {
    static const size_t capacities[] = {1, 64, TRIBUTARY_UNBOUNDED};
    size_t round;
    for (round = 0; round < scaled(300); round++) {
        struct requester requester = {.shared = round % 2 == 1, .sends = round % 7};
        struct worker worker;
        uint64_t n;
        open_words(configuration, capacities[round % 3]);
        requester.ends = ends;
        worker_start(&worker, send_and_request, &requester, 0);
        for (n = 0; n < requester.sends; n++) {
            require_equal(receiving_calls[round % RECEIVING_CALLS].wait(&ends), 1);
            require_equal(ends.word, n);
        }
        require_equal(receiving_calls[round % RECEIVING_CALLS].wait(&ends), -EPIPE);
        worker_join(&worker);
        finish();
    }
}

/* Just when the receiver has looked and is about to sleep, as often as a duel of two threads gets it there. */
struct duel {
    struct ends ends;
    atomic_size_t round;
    size_t pause;
    bool shared;
};

static void linger(size_t turns) {
    volatile size_t spent = 0;
    while (spent < turns)
        spent = spent + 1;
}

static void request_at_once(void *context, size_t index) {
    struct duel *duel = context;
    size_t looks;
    (void)index;
    for (looks = 0; atomic_load(&duel->round) == 0; looks++)
        if (looks > 20000) give_way();
    linger(duel->pause);
    require_equal(request(&duel->ends, duel->shared), 0);
}

MATRIX_TEST(a_request_while_the_receiver_goes_to_sleep_wakes_it) {
    struct random_source source = random_for(7);
    size_t round;
    for (round = 0; round < scaled(1000); round++) {
        struct duel duel = {.shared = round % 2 == 1};
        struct worker worker;
        fixture_prepare(&fixture, configuration, 8, 8, 4);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        duel.ends = ends;
        duel.pause = random_below(&source, 1200);
        worker_start(&worker, request_at_once, &duel, 0);
        give_way();
        atomic_store(&duel.round, 1);
        require_equal(receiving_calls[round % RECEIVING_CALLS].wait(&ends), -EPIPE);
        worker_join(&worker);
        finish();
    }
}

/* Two senders go on while a third one ends the channel: what they were told was sent is received. */
enum { SENDERS = 3 };
struct sending {
    struct ends ends[SENDERS];
    uint64_t accepted[SENDERS];
};

static void send_until_refused(void *context, size_t index) {
    struct sending *sending = context;
    struct ends *own = &sending->ends[index];
    const struct call *call = &sending_calls[index == 1 ? 3 : 0];
    for (;;) {
        own->word = word_of(index, sending->accepted[index]);
        if (index == 2 && sending->accepted[index] == 500) {
            require_equal(request(own, false), 0);
            return;
        }
        ptrdiff_t result = call->wait(own);
        if (result == -EPIPE) return;
        require_equal(result, 1);
        sending->accepted[index]++;
    }
}

MATRIX_TEST(what_others_send_meanwhile_is_received_or_returned) {
    size_t round, n;
    for (round = 0; round < scaled(30); round++) {
        static struct sending sending;
        static struct ledger ledger;
        struct team team;
        memset(&sending, 0, sizeof sending);
        memset(&ledger, 0, sizeof ledger);
        fixture_open_words(&fixture, configuration, round % 2 == 0 ? 16 : TRIBUTARY_UNBOUNDED);
        for (n = 0; n < SENDERS; n++)
            ends_open_for(&sending.ends[n], &fixture, &sending_calls[n == 1 ? 3 : 0]);
        team_start(&team, SENDERS, send_until_refused, &sending);
        ends.channel = fixture.channel;
        ptrdiff_t result;
        while ((result = receiving_calls[round % RECEIVING_CALLS].wait(&ends)) == 1)
            ledger_accept(&ledger, word_sender(ends.word), word_sequence(ends.word));
        require_equal(result, -EPIPE);
        team_join(&team);
        for (n = 0; n < SENDERS; n++) {
            require_equal(ledger.next[n], sending.accepted[n]);
            ends_drop_senders(&sending.ends[n]);
        }
        memset(&ends, 0, sizeof ends);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(what_was_sent_before_is_received_then_the_channel_is_closed),
          scenario(it_is_found_by_whatever_looks_for_messages),
          scenario(it_calls_the_receivers_callback_and_cannot_be_slept_over),
          scenario(a_sleeping_receiver_is_woken_while_all_senders_stay_open),
          scenario(a_request_in_a_race_with_the_receivers_wait_is_neither_lost_nor_early),
          scenario(a_request_while_the_receiver_goes_to_sleep_wakes_it),
          scenario(what_others_send_meanwhile_is_received_or_returned))
