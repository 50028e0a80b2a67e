/* SPDX-License-Identifier: Apache-2.0 */
/* Close: what was accepted is delivered, the rest goes back, never both and never neither. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

static void ignore(void *context) {
    (void)context;
    require(!"a notification that was refused is not called");
}

/* Every call on a channel that is closed and drained. */
static void require_finished(tributary_channel *channel) {
    size_t n;
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    for (n = 0; n < RECEIVING_CALLS; n++) {
        require_equal(receiving_calls[n].attempt(&ends), -EPIPE);
        require_equal(receiving_calls[n].wait(&ends), -EPIPE);
        require_equal(receiving_calls[n].with_timeout(&ends, MILLISECOND), -EPIPE);
        require_equal(receiving_calls[n].with_deadline(&ends, INT64_MAX), -EPIPE);
    }
    require_equal(tributary_channel_open_sender(channel, &sender), -EPIPE);
    require_equal(tributary_channel_open_shared_sender(channel, &shared), -EPIPE);
    require(sender == NULL && shared == NULL);
    require_equal(tributary_channel_notify(channel, ignore, NULL), -EALREADY);
    require_equal(tributary_channel_length(channel), 0);
    require(tributary_channel_is_closed(channel));
    require_equal(tributary_channel_close(channel), 0);
}

/* Every call on a sender of a channel that is closed or gone. */
static void require_refused(void) {
    size_t n;
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    for (n = 0; n < SENDING_CALLS; n++) {
        require_equal(sending_calls[n].attempt(&ends), -EPIPE);
        require_equal(sending_calls[n].wait(&ends), -EPIPE);
        require_equal(sending_calls[n].with_timeout(&ends, TRIBUTARY_FOREVER), -EPIPE);
        require_equal(sending_calls[n].with_deadline(&ends, 0), -EPIPE);
    }
    require_equal(tributary_sender_clone(ends.sender, &sender), -EPIPE);
    require_equal(tributary_sender_open_shared_sender(ends.sender, &shared), -EPIPE);
    require_equal(tributary_shared_sender_clone(ends.shared, &shared), -EPIPE);
    require_equal(tributary_shared_sender_open_sender(ends.shared, &sender), -EPIPE);
    require(sender == NULL && shared == NULL);
    require_equal(tributary_sender_notify(ends.sender, ignore, NULL), -EALREADY);
    require(tributary_sender_is_closed(ends.sender));
    require(tributary_shared_sender_is_closed(ends.shared));
    require_equal(tributary_sender_capacity(ends.sender), 8);
    require_equal(tributary_sender_message_size(ends.sender), 8);
    require_equal(tributary_shared_sender_capacity(ends.shared), 8);
    require_equal(tributary_shared_sender_message_size(ends.shared), 8);
    require(tributary_sender_same_channel(ends.sender, ends.sender));
}

MATRIX_TEST(after_a_close_the_receiver_drains_and_every_further_call_is_refused) {
    size_t full, n;
    for (full = 0; full < 2; full++) {
        size_t each = full ? 8 : 3;
        uint64_t seen = 0;
        fixture_open_words(&fixture, configuration, 8);
        ends_open(&ends, &fixture);
        for (n = 0; n < each; n++) {
            require_equal(send_word(ends.sender, 1), 0);
            require_equal(send_word_shared(ends.shared, 2), 0);
        }
        require(!tributary_channel_is_closed(fixture.channel));
        require(!tributary_sender_is_closed(ends.sender));
        require(!tributary_shared_sender_is_closed(ends.shared));
        require_equal(tributary_channel_close(fixture.channel), 0);
        require(tributary_channel_is_closed(fixture.channel));
        require_refused();
        require_equal(tributary_channel_length(fixture.channel), 2 * each);
        require_equal(tributary_channel_sender_count(fixture.channel), 2);
        for (n = 0; n < 2 * each; n++) {
            require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
            seen += ends.word;
        }
        require_equal(seen, 3 * each);
        require_finished(fixture.channel);
        require_refused();
        finish();
        require_equal(fixture.destroyed, 0);
    }
}

MATRIX_TEST(a_channel_closed_empty_is_finished_at_once) {
    fixture_open_words(&fixture, configuration, 8);
    ends_open(&ends, &fixture);
    require_equal(tributary_channel_close(fixture.channel), 0);
    require_finished(fixture.channel);
    require_refused();
    finish();
}

MATRIX_TEST(senders_of_a_destroyed_channel_are_refused_and_can_be_dropped) {
    size_t n;
    fixture_open_words(&fixture, configuration, 8);
    ends_open(&ends, &fixture);
    for (n = 0; n < 5; n++) {
        require_equal(send_word(ends.sender, n), 0);
        require_equal(send_word_shared(ends.shared, n), 0);
    }
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    require_equal(fixture.destroyed, 10);
    require_refused();
    finish();
    require_equal(fixture.destroyed, 10);
}

MATRIX_TEST(a_channel_without_senders_is_finished_until_one_is_opened) {
    size_t n;
    fixture_open_words(&fixture, configuration, 8);
    memset(&ends, 0, sizeof ends);
    ends.channel = fixture.channel;
    require_equal(tributary_channel_sender_count(fixture.channel), 0);
    for (n = 0; n < 4; n++) {
        size_t call;
        for (call = 0; call < RECEIVING_CALLS; call++) {
            require_equal(receiving_calls[call].attempt(&ends), -EPIPE);
            require_equal(receiving_calls[call].wait(&ends), -EPIPE);
        }
        require(!tributary_channel_is_closed(fixture.channel));
        ends_open_for(&ends, &fixture, &sending_calls[n % 2 == 0 ? 0 : 3]);
        require_equal(tributary_channel_sender_count(fixture.channel), 1);
        for (call = 0; call < RECEIVING_CALLS; call++)
            require_equal(receiving_calls[call].attempt(&ends), -EAGAIN);
        ends.word = n;
        require_equal(sending_calls[n % 2 == 0 ? 0 : 3].attempt(&ends), 1);
        ends_drop_senders(&ends);
        require_equal(tributary_channel_sender_count(fixture.channel), 0);
        /* The end comes after the message, not before it. */
        require_word(fixture.channel, n);
    }
    fixture_finish(&fixture);
}

/* Closes while senders of all kinds are at it. Each sender's accepted messages are exactly those
 * that arrive, in order; the first refusal is final. */
enum { SENDERS = 6 };
struct closing {
    struct ends ends[SENDERS];
    uint64_t accepted[SENDERS];
    atomic_size_t total;
};

static void send_until_refused(void *context, size_t index) {
    struct closing *closing = context;
    struct ends *own = &closing->ends[index];
    const struct call *call = &sending_calls[index % SENDING_CALLS];
    size_t n;
    for (;;) {
        ptrdiff_t result;
        own->word = word_of(index, closing->accepted[index]);
        result = closing->accepted[index] % 3 == 0 ? call->attempt(own) : call->wait(own);
        if (result == -EPIPE)
            break;
        if (result == -EAGAIN) {
            give_way();
            continue;
        }
        require_equal(result, 1);
        closing->accepted[index]++;
        atomic_fetch_add_explicit(&closing->total, 1, memory_order_relaxed);
    }
    for (n = 0; n < 3; n++)
        require_equal(call->wait(own), -EPIPE);
}

static void check_close_in_flight(const struct configuration *configuration, size_t capacity,
                                  bool drained) {
    static struct closing closing;
    static struct ledger ledger;
    struct random_source source = random_for(capacity);
    size_t round, n;
    for (round = 0; round < scaled(25); round++) {
        struct team team;
        uint64_t before = random_below(&source, 3000), accepted = 0;
        ptrdiff_t count;
        uint64_t words[64];
        memset(&closing, 0, sizeof closing);
        memset(&ledger, 0, sizeof ledger);
        fixture_open_words(&fixture, configuration, capacity);
        for (n = 0; n < SENDERS; n++)
            ends_open_for(&closing.ends[n], &fixture, &sending_calls[n % SENDING_CALLS]);
        team_start(&team, SENDERS, send_until_refused, &closing);
        while (ledger.total < before) {
            ends.channel = fixture.channel;
            require_equal(receiving_calls[ledger.total % RECEIVING_CALLS].wait(&ends), 1);
            ledger_accept(&ledger, word_sender(ends.word), word_sequence(ends.word));
        }
        require_equal(tributary_channel_close(fixture.channel), 0);
        if (drained) {
            while ((count = tributary_channel_receive_batch(fixture.channel, words, 64, 8)) > 0)
                for (n = 0; n < (size_t)count; n++)
                    ledger_accept(&ledger, word_sender(words[n]), word_sequence(words[n]));
            require_equal(count, -EPIPE);
        } else {
            tributary_channel_destroy(fixture.channel);
            fixture.channel = NULL;
        }
        team_join(&team);
        for (n = 0; n < SENDERS; n++) {
            if (drained)
                require_equal(ledger.next[n], closing.accepted[n]);
            accepted += closing.accepted[n];
            ends_drop_senders(&closing.ends[n]);
        }
        fixture_finish(&fixture);
        require_equal(accepted, ledger.total + fixture.destroyed);
    }
}

MATRIX_TEST(a_send_in_flight_at_the_close_is_delivered_or_returned) {
    check_close_in_flight(configuration, 1, true);
    check_close_in_flight(configuration, 16, true);
    check_close_in_flight(configuration, TRIBUTARY_UNBOUNDED, true);
}

MATRIX_TEST(a_send_in_flight_at_the_receivers_end_is_destroyed_or_returned) {
    check_close_in_flight(configuration, 1, false);
    check_close_in_flight(configuration, 16, false);
    check_close_in_flight(configuration, TRIBUTARY_UNBOUNDED, false);
}

/* A streaming sender runs without fences, and sends one message just when the receiver closes. */
struct duel {
    struct ends ends;
    atomic_bool drained;
    ptrdiff_t last;
    uint64_t pause;
};

enum { PILE = 4500 };

static void linger(uint64_t turns) {
    volatile uint64_t spent = 0;
    while (spent < turns)
        spent = spent + 1;
}

static void send_one_at_the_close(void *context, size_t index) {
    struct duel *duel = context;
    size_t looks;
    (void)index;
    /* At once, unless there are too few processors for both. */
    for (looks = 0; !atomic_load(&duel->drained); looks++)
        if (looks > 20000)
            give_way();
    linger(duel->pause);
    duel->last = send_word(duel->ends.sender, PILE);
}

MATRIX_TEST(a_streaming_send_at_the_close_is_delivered_or_returned) {
    struct random_source source = random_for(3);
    size_t round, n;
    for (round = 0; round < scaled(500); round++) {
        struct duel duel;
        struct team team;
        memset(&duel, 0, sizeof duel);
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open_for(&duel.ends, &fixture, &sending_calls[0]);
        for (n = 0; n < PILE; n++)
            require_equal(send_word(duel.ends.sender, n), 0);
        for (n = 0; n < PILE; n++)
            require_word(fixture.channel, n);
        duel.pause = random_below(&source, 1500);
        team_start(&team, 1, send_one_at_the_close, &duel);
        atomic_store(&duel.drained, true);
        linger(random_below(&source, 300));
        require_equal(tributary_channel_close(fixture.channel), 0);
        ends.channel = fixture.channel;
        if (receiving_calls[round % RECEIVING_CALLS].wait(&ends) == 1) {
            require_equal(ends.word, PILE);
            require_equal(receiving_calls[0].wait(&ends), -EPIPE);
            team_join(&team);
            require_equal(duel.last, 0);
        } else {
            team_join(&team);
            require_equal(duel.last, -EPIPE);
        }
        ends_drop_senders(&duel.ends);
        fixture_finish(&fixture);
    }
}

/* Opening from a sender's thread while the receiver closes: an end that works, or -EPIPE. */
static void clone_until_refused(void *context, size_t index) {
    struct ends *own = context;
    int error = 0;
    size_t n;
    (void)index;
    while (error == 0) {
        tributary_sender *senders[4] = {NULL};
        tributary_shared_sender *shared[4] = {NULL};
        for (n = 0; n < 4 && error == 0; n++) {
            error = n % 2 == 0 ? tributary_sender_clone(own->sender, &senders[n])
                               : tributary_shared_sender_open_sender(own->shared, &senders[n]);
            if (error == 0)
                error = n % 2 == 0 ? tributary_shared_sender_clone(own->shared, &shared[n])
                                   : tributary_sender_open_shared_sender(own->sender, &shared[n]);
        }
        require(error == 0 || error == -EPIPE);
        for (n = 0; n < 4; n++) {
            if (senders[n] != NULL)
                require(send_word(senders[n], 1) != -EINVAL);
            tributary_sender_destroy(senders[n]);
            tributary_shared_sender_destroy(shared[n]);
        }
    }
}

MATRIX_TEST(senders_may_be_opened_while_the_receiver_closes) {
    size_t round;
    for (round = 0; round < scaled(40); round++) {
        struct worker worker;
        size_t n;
        uint64_t word;
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open(&ends, &fixture);
        worker_start(&worker, clone_until_refused, &ends, 0);
        for (n = 0; n < round % 8; n++)
            require_equal(tributary_channel_receive(fixture.channel, &word, 8), 0);
        if (round % 2 == 0) {
            require_equal(tributary_channel_close(fixture.channel), 0);
        } else {
            tributary_channel_destroy(fixture.channel);
            fixture.channel = NULL;
        }
        worker_join(&worker);
        finish();
    }
}

TEST_MAIN(scenario(after_a_close_the_receiver_drains_and_every_further_call_is_refused),
          scenario(a_channel_closed_empty_is_finished_at_once),
          scenario(senders_of_a_destroyed_channel_are_refused_and_can_be_dropped),
          scenario(a_channel_without_senders_is_finished_until_one_is_opened),
          scenario(a_send_in_flight_at_the_close_is_delivered_or_returned),
          scenario(a_send_in_flight_at_the_receivers_end_is_destroyed_or_returned),
          scenario(a_streaming_send_at_the_close_is_delivered_or_returned),
          scenario(senders_may_be_opened_while_the_receiver_closes))
