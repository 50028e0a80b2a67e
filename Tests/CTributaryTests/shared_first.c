/* SPDX-License-Identifier: Apache-2.0 */
/* The first shared sender of a channel brings what all of them need: nothing of it may be seen half, twice, or after the close. */
#include "support/fixture.h"
#include "support/threads.h"

static struct fixture fixture;

/* What happens in the middle of opening the first one: where memory is asked for. */
struct meanwhile {
    void (*act)(void);
    tributary_shared_sender *other;
};

static struct meanwhile meanwhile;

static void visit(void *context, bool allocates) {
    void (*act)(void) = meanwhile.act;
    (void)context;
    if (!allocates || act == NULL)
        return;
    meanwhile.act = NULL;
    act();
}

static void open_words(const struct configuration *configuration, size_t capacity, tributary_overflow overflow) {
    fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture.options.overflow = overflow;
    fixture.memory.visit = visit;
    meanwhile = (struct meanwhile){NULL, NULL};
    fixture_open(&fixture);
}

static void close_channel(void) {
    require_equal(tributary_channel_close(fixture.channel), 0);
}

static void open_other(void) {
    require_equal(tributary_channel_open_shared_sender(fixture.channel, &meanwhile.other), 0);
    require_equal(send_word_shared(meanwhile.other, 1), 0);
}

/* A channel that never has one does all else without. */
static void check_without(const struct configuration *configuration, tributary_overflow overflow) {
    uint64_t word;
    tributary_sender *sender;
    tributary_shared_sender *shared;
    tributary_statistics statistics;
    open_words(configuration, 2, overflow);
    require_equal(tributary_channel_length(fixture.channel), 0);
    sender = fixture_sender(&fixture);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EAGAIN);
    require_equal(tributary_channel_receive_timeout(fixture.channel, &word, sizeof word, 1000), -ETIMEDOUT);
    require_equal(send_word(sender, 1), 0);
    require_equal(tributary_channel_length(fixture.channel), 1);
    require_word(fixture.channel, 1);
    statistics = fixture_statistics(&fixture);
    require_equal(statistics.sent, 1);
    require_equal(statistics.received, 1);
    close_channel();
    shared = (tributary_shared_sender *)(void *)&word;
    require_equal(tributary_channel_open_shared_sender(fixture.channel, &shared), -EPIPE);
    require(shared == NULL);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EPIPE);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_channel_without_one_receives_closes_and_ends) {
    check_without(configuration, TRIBUTARY_OVERFLOW_WAIT);
    check_without(configuration, TRIBUTARY_OVERFLOW_DROP_NEWEST);
    check_without(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST);
}

/* The close could not tell it of the end. */
MATRIX_TEST(the_first_one_is_refused_when_the_channel_closes_meanwhile) {
    tributary_shared_sender *shared;
    uint64_t word;
    open_words(configuration, 2, TRIBUTARY_OVERFLOW_WAIT);
    meanwhile.act = close_channel;
    require_equal(tributary_channel_open_shared_sender(fixture.channel, &shared), -EPIPE);
    require(meanwhile.act == NULL && shared == NULL);
    require_equal(tributary_channel_sender_count(fixture.channel), 0);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EPIPE);
    fixture_finish(&fixture);
}

static void check_two_firsts(const struct configuration *configuration, tributary_overflow overflow) {
    tributary_shared_sender *shared;
    uint64_t word;
    open_words(configuration, 2, overflow);
    meanwhile.act = open_other;
    require_equal(tributary_channel_open_shared_sender(fixture.channel, &shared), 0);
    require(meanwhile.act == NULL && meanwhile.other != NULL);
    require_equal(tributary_channel_sender_count(fixture.channel), 2);
    /* One queue, one capacity. */
    require_equal(send_word_shared(shared, 2), 0);
    if (overflow == TRIBUTARY_OVERFLOW_WAIT) {
        word = 3;
        require_equal(tributary_shared_sender_try_send(meanwhile.other, &word, sizeof word), -EAGAIN);
    }
    require_equal(tributary_channel_length(fixture.channel), 2);
    require_word(fixture.channel, 1);
    require_word(fixture.channel, 2);
    tributary_shared_sender_destroy(meanwhile.other);
    tributary_shared_sender_destroy(shared);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EPIPE);
    fixture_finish(&fixture);
}

MATRIX_TEST(two_first_ones_at_once_share_one_queue) {
    check_two_firsts(configuration, TRIBUTARY_OVERFLOW_WAIT);
    check_two_firsts(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST);
}

struct opening {
    tributary_sender *senders[4];
};

static void open_and_send(void *context, size_t index) {
    struct opening *opening = context;
    tributary_shared_sender *shared;
    require_equal(tributary_sender_open_shared_sender(opening->senders[index], &shared), 0);
    tributary_sender_destroy(opening->senders[index]);
    require_equal(send_word_shared(shared, index), 0);
    tributary_shared_sender_destroy(shared);
}

/* The receiver looks, and sleeps, while several threads open the first one; so does who asks for the length. */
MATRIX_TEST(threads_open_the_first_one_while_the_receiver_looks) {
    size_t round, n, rounds = scaled(100);
    for (round = 0; round < rounds; round++) {
        struct opening opening;
        struct team team;
        uint64_t word, seen = 0;
        tributary_statistics statistics;
        open_words(configuration, round % 2 == 0 ? 4 : TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT);
        for (n = 0; n < 4; n++)
            opening.senders[n] = fixture_sender(&fixture);
        team_start(&team, 4, open_and_send, &opening);
        while (round % 4 < 2 && tributary_channel_length(fixture.channel) < 4)
            require_equal(fixture_statistics(&fixture).received, 0);
        for (n = 0; n < 4; n++) {
            int result = -EAGAIN;
            if (round % 3 == 0) {
                while (result == -EAGAIN)
                    result = tributary_channel_try_receive(fixture.channel, &word, sizeof word);
            } else {
                result = tributary_channel_receive(fixture.channel, &word, sizeof word);
            }
            require_equal(result, 0);
            require(word < 4 && (seen & (UINT64_C(1) << word)) == 0);
            seen |= UINT64_C(1) << word;
        }
        require_equal(tributary_channel_receive(fixture.channel, &word, sizeof word), -EPIPE);
        team_join(&team);
        statistics = fixture_statistics(&fixture);
        require_equal(statistics.sent, 4);
        require_equal(statistics.received, 4);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(a_channel_without_one_receives_closes_and_ends),
          scenario(the_first_one_is_refused_when_the_channel_closes_meanwhile),
          scenario(two_first_ones_at_once_share_one_queue),
          scenario(threads_open_the_first_one_while_the_receiver_looks))
