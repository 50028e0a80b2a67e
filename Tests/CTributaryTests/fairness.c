/* SPDX-License-Identifier: Apache-2.0 */
/* One full sender does not starve the others: they wait for a round, not for its end. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/threads.h"

/* A round gives each at most one budget; twice the budget is the bound that is tested. */
enum { BACKLOG = 100000, BOUND = 2 * 2048, QUIET = 8 };

static struct fixture fixture;

/* Receives by all methods in turn; the number of messages until `sender` is seen. */
static size_t messages_until(uint64_t sender, size_t way) {
    size_t passed = 0;
    for (;;) {
        uint64_t words[64];
        const uint64_t *messages = words;
        ptrdiff_t count, n;
        bool found = false;
        if (way == 0) {
            count = tributary_channel_try_receive(fixture.channel, words, 8) == 0 ? 1 : -1;
        } else if (way == 1) {
            count = tributary_channel_try_receive_batch(fixture.channel, words, 64, 8);
        } else {
            count = tributary_channel_try_borrow(fixture.channel, (void **)&messages, 1u << 20);
        }
        require(count >= 1);
        for (n = 0; n < count && !found; n++) {
            found = word_sender(messages[n]) == sender;
            passed++;
        }
        if (way == 2)
            require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
        if (found)
            return passed;
    }
}

static void check_backlog(const struct configuration *configuration, bool shared_backlog,
                          bool shared_quiet, size_t way) {
    struct ends busy;
    size_t n, round;
    tributary_sender *quiet[QUIET] = {NULL};
    tributary_shared_sender *quiet_shared = NULL;
    test_note("fence %s, parker %s, backlog %s, others %s, way %zu", configuration->fence_name,
              configuration->parker_name, shared_backlog ? "shared" : "exclusive",
              shared_quiet ? "shared" : "exclusive", way);
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open(&busy, &fixture);
    for (n = 0; n < QUIET; n++)
        quiet[n] = fixture_sender(&fixture);
    quiet_shared = fixture_shared_sender(&fixture);
    for (n = 0; n < BACKLOG; n++)
        require_equal(shared_backlog ? send_word_shared(busy.shared, word_of(50, n))
                                     : send_word(busy.sender, word_of(50, n)), 0);
    for (round = 0; round < 5; round++) {
        /* A little of the backlog first, so that the receiver is in the middle of its budget. */
        for (n = 0; n < 100; n++) {
            uint64_t word;
            require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
        }
        if (shared_quiet) {
            require_equal(send_word_shared(quiet_shared, word_of(1, round)), 0);
        } else {
            for (n = 0; n < QUIET; n++)
                require_equal(send_word(quiet[n], word_of(n + 1, round)), 0);
        }
        require_at_most(messages_until(1, way), BOUND);
    }
    for (n = 0; n < QUIET; n++)
        tributary_sender_destroy(quiet[n]);
    tributary_shared_sender_destroy(quiet_shared);
    ends_drop_senders(&busy);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_backlog_of_one_sender_delays_another_by_at_most_a_budget) {
    size_t way;
    for (way = 0; way < 3; way++) {
        check_backlog(configuration, false, false, way);
        check_backlog(configuration, true, false, way);
        /* Behind its own kind's backlog a shared message waits for its turn: it is one queue. */
        check_backlog(configuration, false, true, way);
    }
}

/* Two backlogs share the receiver evenly, to a budget. */
MATRIX_TEST(two_backlogs_are_served_in_turn) {
    struct ends first, second;
    size_t n, seen[2] = {0, 0};
    uint64_t words[100];
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open(&first, &fixture);
    ends_open(&second, &fixture);
    for (n = 0; n < BACKLOG / 2; n++) {
        require_equal(send_word(first.sender, 0), 0);
        require_equal(send_word(second.sender, 1), 0);
    }
    while (seen[0] < BACKLOG / 2 && seen[1] < BACKLOG / 2) {
        ptrdiff_t count = tributary_channel_try_receive_batch(fixture.channel, words, 100, 8);
        require(count >= 1);
        for (n = 0; n < (size_t)count; n++)
            seen[words[n]]++;
        require_at_most(seen[0] > seen[1] ? seen[0] - seen[1] : seen[1] - seen[0], BOUND);
    }
    ends_drop_senders(&first);
    ends_drop_senders(&second);
    fixture_finish(&fixture);
}

/* A sender that never stops, and others that each wait for an answer before their next message. */
struct crowd {
    struct ends busy;
    tributary_sender *quiet[4];
    atomic_size_t answered[4];
    atomic_bool over;
    size_t rounds;
};

static void send_without_end(void *context, size_t index) {
    struct crowd *crowd = context;
    uint64_t n;
    if (index == 0) {
        for (n = 0; !atomic_load(&crowd->over); n++)
            require(tributary_sender_send(crowd->busy.sender, &(uint64_t){word_of(50, n)}, 8) == 0 ||
                    atomic_load(&crowd->over));
    } else {
        for (n = 0; n < crowd->rounds; n++) {
            uint64_t word = word_of(index - 1, n);
            require_equal(tributary_sender_send(crowd->quiet[index - 1], &word, 8), 0);
            await(atomic_load(&crowd->answered[index - 1]) == n + 1);
        }
    }
}

MATRIX_TEST(a_sender_that_never_pauses_does_not_hold_up_the_others) {
    static struct crowd crowd;
    static struct ledger ledger;
    struct team team;
    size_t n, finished = 0;
    memset(&crowd, 0, sizeof crowd);
    memset(&ledger, 0, sizeof ledger);
    crowd.rounds = scaled(150);
    fixture_open_words(&fixture, configuration, 1000);
    ends_open_for(&crowd.busy, &fixture, &sending_calls[0]);
    for (n = 0; n < 4; n++)
        crowd.quiet[n] = fixture_sender(&fixture);
    team_start(&team, 5, send_without_end, &crowd);
    while (finished < 4) {
        uint64_t word, sender;
        require_equal(tributary_channel_receive(fixture.channel, &word, 8), 0);
        sender = word_sender(word);
        ledger_accept(&ledger, sender, word_sequence(word));
        if (sender < 4) {
            atomic_fetch_add(&crowd.answered[sender], 1);
            finished += ledger.next[sender] == crowd.rounds;
        }
    }
    atomic_store(&crowd.over, true);
    require_equal(tributary_channel_close(fixture.channel), 0);
    team_join(&team);
    for (n = 0; n < 4; n++)
        tributary_sender_destroy(crowd.quiet[n]);
    ends_drop_senders(&crowd.busy);
    fixture_finish(&fixture);
}

/* Messages of a byte: a segment holds more of them than one gets in a round. */
MATRIX_TEST(a_segment_of_small_messages_is_not_taken_at_once) {
    enum { MANY = 20000 };
    tributary_sender *busy, *other;
    uint8_t byte = 1;
    size_t n, passed = 0;
    fixture_prepare(&fixture, configuration, 1, 1, TRIBUTARY_UNBOUNDED);
    fixture_open(&fixture);
    busy = fixture_sender(&fixture);
    other = fixture_sender(&fixture);
    /* Segments grow while the receiver moves. */
    for (n = 0; n < MANY; n++) {
        require_equal(tributary_sender_try_send(busy, &byte, 1), 0);
        require_equal(tributary_channel_try_receive(fixture.channel, &byte, 1), 0);
    }
    for (n = 0; n < MANY; n++)
        require_equal(tributary_sender_try_send(busy, &byte, 1), 0);
    byte = 2;
    require_equal(tributary_sender_try_send(other, &byte, 1), 0);
    do {
        void *front;
        ptrdiff_t count = tributary_channel_try_borrow(fixture.channel, &front, SIZE_MAX);
        require(count >= 1);
        require_at_most(count, BOUND / 2);
        byte = *(uint8_t *)front;
        require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
        passed += (size_t)count;
    } while (byte != 2);
    require_at_most(passed, BOUND);
    tributary_sender_destroy(busy);
    tributary_sender_destroy(other);
    fixture_finish(&fixture);
}

/* With thousands of lanes a round is long: silent ones leave the ring after a few. */
static void thousands_of_senders_come_and_go(void **state) {
    enum { SENDERS = 2200, LOOKS = 8 };
    static tributary_sender *senders[SENDERS];
    static bool seen[SENDERS];
    size_t n, round, look;
    uint64_t word;
    (void)state;
    fixture_open_words(&fixture, NULL, 2);
    for (n = 0; n < SENDERS; n++)
        senders[n] = fixture_sender(&fixture);
    for (round = 0; round < 3; round++) {
        memset(seen, 0, sizeof seen);
        for (n = 0; n < SENDERS; n++)
            require_equal(send_word(senders[n], n), 0);
        for (n = 0; n < SENDERS; n++) {
            require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
            require(word < SENDERS && !seen[word]);
            seen[word] = true;
        }
        for (look = 0; look < LOOKS; look++)
            require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EAGAIN);
    }
    for (n = 0; n < SENDERS; n++)
        tributary_sender_destroy(senders[n]);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_segment_of_small_messages_is_not_taken_at_once), scenario(thousands_of_senders_come_and_go),
          scenario(a_backlog_of_one_sender_delays_another_by_at_most_a_budget),
          scenario(two_backlogs_are_served_in_turn),
          scenario(a_sender_that_never_pauses_does_not_hold_up_the_others))
