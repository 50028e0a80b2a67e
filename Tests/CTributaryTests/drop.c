/* SPDX-License-Identifier: Apache-2.0 */
/* Ends dropped in any order, from any thread, with messages under way; destructors that come back. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;

/* Four ends: the channel, two senders, one shared sender. */
enum { ENDS = 4, CHANNEL = 0 };
struct dropped {
    tributary_sender *senders[2];
    tributary_shared_sender *shared;
};
static const size_t undelivered[] = {0, 1, 500};

/* Each message is destroyed once: a mark for each, and a second mark is a failure. */
static atomic_uchar destroyed_marks[3][500];

static void mark_destroyed(void *context, void *message) {
    uint64_t word;
    (void)context;
    memcpy(&word, message, sizeof word);
    require(word_sender(word) < 3 && word_sequence(word) < 500);
    require_equal(atomic_fetch_add(&destroyed_marks[word_sender(word)][word_sequence(word)], 1), 0);
    atomic_fetch_add(&fixture.destroyed, 1);
}

static size_t open_and_send(const struct configuration *configuration, struct dropped *ends,
                            const size_t *counts) {
    size_t sender, n, total = 0;
    memset(destroyed_marks, 0, sizeof destroyed_marks);
    fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
    fixture.options.destroy_message = mark_destroyed;
    fixture_open(&fixture);
    ends->senders[0] = fixture_sender(&fixture);
    ends->senders[1] = fixture_sender(&fixture);
    ends->shared = fixture_shared_sender(&fixture);
    for (sender = 0; sender < 3; sender++)
        for (n = 0; n < counts[sender]; n++, total++)
            require_equal(sender < 2 ? send_word(ends->senders[sender], word_of(sender, n))
                                     : send_word_shared(ends->shared, word_of(sender, n)), 0);
    return total;
}

static void drop(struct dropped *ends, size_t which) {
    if (which == CHANNEL) {
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
    } else if (which < 3) {
        tributary_sender_destroy(ends->senders[which - 1]);
    } else {
        tributary_shared_sender_destroy(ends->shared);
    }
}

/* The n-th of the 24 orders of the four ends. */
static void permute(size_t n, size_t *order) {
    size_t left[ENDS] = {0, 1, 2, 3}, place, choices = ENDS;
    for (place = 0; place < ENDS; place++, choices--) {
        size_t pick = n % choices;
        n /= choices;
        order[place] = left[pick];
        memmove(&left[pick], &left[pick + 1], (choices - pick - 1) * sizeof *left);
    }
}

MATRIX_TEST(ends_may_be_dropped_in_every_order_with_messages_undelivered) {
    size_t permutation, filling;
    for (permutation = 0; permutation < 24; permutation++)
        for (filling = 0; filling < 27; filling++) {
            size_t counts[3] = {undelivered[filling % 3], undelivered[filling / 3 % 3],
                                undelivered[filling / 9]};
            size_t order[ENDS], place, total;
            struct dropped ends;
            bool gone = false;
            total = open_and_send(configuration, &ends, counts);
            permute(permutation, order);
            for (place = 0; place < ENDS; place++) {
                drop(&ends, order[place]);
                gone = gone || order[place] == CHANNEL;
                /* When the receiver goes, not when the last sender does. */
                require_equal(fixture.destroyed, gone ? total : 0);
            }
            fixture_finish(&fixture);
        }
}

MATRIX_TEST(what_was_received_is_not_destroyed) {
    size_t counts[3] = {500, 500, 500}, received;
    for (received = 0; received <= 1500; received += 300) {
        struct dropped ends;
        uint64_t word;
        size_t n, total = open_and_send(configuration, &ends, counts);
        for (n = 0; n < received; n++) {
            require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
            destroyed_marks[word_sender(word)][word_sequence(word)] = 1;
        }
        drop(&ends, CHANNEL);
        require_equal(fixture.destroyed, total - received);
        for (n = 1; n < ENDS; n++)
            drop(&ends, n);
        fixture_finish(&fixture);
    }
}

struct race {
    struct dropped ends;
    size_t first; /* which end the first worker drops */
};

static void drop_one(void *context, size_t index) {
    struct race *race = context;
    drop(&race->ends, (index + race->first) % ENDS);
}

MATRIX_TEST(ends_may_be_dropped_at_the_same_time_by_different_threads) {
    size_t round;
    for (round = 0; round < scaled(150); round++) {
        size_t counts[3] = {undelivered[round % 3], undelivered[round / 3 % 3],
                            undelivered[round / 9 % 3]};
        struct race race;
        size_t total = open_and_send(configuration, &race.ends, counts);
        race.first = round % ENDS;
        team_run(ENDS, drop_one, &race);
        require_equal(fixture.destroyed, total);
        fixture_finish(&fixture);
    }
}

/* Clones outlive what they were cloned from. */
MATRIX_TEST(clones_are_ends_of_their_own) {
    tributary_sender *first, *clone, *other;
    tributary_shared_sender *shared, *shared_clone, *shared_other;
    uint64_t word, sum = 0;
    fixture_open_words(&fixture, configuration, 4);
    first = fixture_sender(&fixture);
    require_equal(tributary_sender_clone(first, &clone), 0);
    require_equal(tributary_sender_open_shared_sender(clone, &shared), 0);
    require_equal(tributary_shared_sender_clone(shared, &shared_clone), 0);
    require_equal(tributary_shared_sender_open_sender(shared_clone, &other), 0);
    require_equal(tributary_channel_open_shared_sender(fixture.channel, &shared_other), 0);
    require_equal(tributary_channel_sender_count(fixture.channel), 6);
    require(tributary_sender_same_channel(first, other));
    require(tributary_shared_sender_same_channel(shared, shared_other));
    tributary_sender_destroy(first);
    tributary_shared_sender_destroy(shared);
    require_equal(tributary_channel_sender_count(fixture.channel), 4);
    require_equal(send_word(clone, 1), 0);
    require_equal(send_word(other, 2), 0);
    require_equal(send_word_shared(shared_clone, 4), 0);
    require_equal(send_word_shared(shared_other, 8), 0);
    tributary_sender_destroy(clone);
    tributary_sender_destroy(other);
    tributary_shared_sender_destroy(shared_clone);
    tributary_shared_sender_destroy(shared_other);
    while (tributary_channel_receive(fixture.channel, &word, 8) == 0)
        sum += word;
    require_equal(sum, 15);
    require_equal(tributary_channel_sender_count(fixture.channel), 0);
    fixture_finish(&fixture);
}

static void senders_of_different_channels_are_told_apart(void **state) {
    struct fixture other;
    struct ends here, there;
    (void)state;
    fixture_open_words(&fixture, NULL, 4);
    fixture_open_words(&other, NULL, 4);
    ends_open(&here, &fixture);
    ends_open(&there, &other);
    require(!tributary_sender_same_channel(here.sender, there.sender));
    require(!tributary_shared_sender_same_channel(here.shared, there.shared));
    require(tributary_sender_belongs_to(here.sender, fixture.channel));
    require(!tributary_sender_belongs_to(here.sender, other.channel));
    require(!tributary_sender_belongs_to(NULL, fixture.channel));
    require(!tributary_sender_belongs_to(here.sender, NULL));
    require(tributary_shared_sender_belongs_to(there.shared, other.channel));
    require(!tributary_shared_sender_belongs_to(there.shared, fixture.channel));
    require(!tributary_shared_sender_belongs_to(NULL, fixture.channel));
    require(!tributary_shared_sender_belongs_to(here.shared, NULL));
    ends_drop_senders(&here);
    ends_drop_senders(&there);
    fixture_finish(&fixture);
    fixture_finish(&other);
}

/* A destructor that drops a sender of its own channel, sends into it in vain, sends into another
 * channel and drops an end of that one. */
struct visit {
    struct fixture other;
    struct ends own, elsewhere;
    size_t calls;
};

static void destroy_and_come_back(void *context, void *message) {
    struct visit *visit = context;
    uint64_t word;
    memcpy(&word, message, sizeof word);
    visit->calls++;
    require_equal(send_word(visit->elsewhere.sender, word), 0);
    if (visit->own.sender != NULL) {
        require_equal(send_word(visit->own.sender, 1), -EPIPE);
        tributary_sender_destroy(visit->own.sender);
        visit->own.sender = NULL;
    } else if (visit->own.shared != NULL) {
        require_equal(send_word_shared(visit->own.shared, 1), -EPIPE);
        tributary_shared_sender_destroy(visit->own.shared);
        visit->own.shared = NULL;
    } else if (visit->elsewhere.shared != NULL) {
        tributary_shared_sender_destroy(visit->elsewhere.shared);
        visit->elsewhere.shared = NULL;
    }
}

MATRIX_TEST(a_destructor_may_send_and_drop_ends_of_this_and_other_channels) {
    size_t each, n;
    for (each = 1; each <= 400; each += 133) {
        struct visit visit;
        memset(&visit, 0, sizeof visit);
        fixture_open_words(&visit.other, configuration, TRIBUTARY_UNBOUNDED);
        ends_open(&visit.elsewhere, &visit.other);
        fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
        fixture.options.destroy_message = destroy_and_come_back;
        fixture.options.destroy_context = &visit;
        fixture_open(&fixture);
        ends_open(&visit.own, &fixture);
        for (n = 0; n < each; n++) {
            require_equal(send_word(visit.own.sender, n), 0);
            require_equal(send_word_shared(visit.own.shared, n), 0);
        }
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        require_equal(visit.calls, 2 * each);
        require_equal(tributary_channel_length(visit.other.channel), 2 * each);
        ends_drop_senders(&visit.own);
        ends_drop_senders(&visit.elsewhere);
        fixture_finish(&fixture);
        fixture_finish(&visit.other);
        require_equal(visit.other.destroyed, 2 * each);
    }
}

/* Messages that own ends of channels, one inside the other: the destructor destroys a channel. */
static void destroy_inner_channel(void *context, void *message) {
    tributary_channel *inner;
    (void)context;
    memcpy(&inner, message, sizeof inner);
    tributary_channel_destroy(inner);
}

MATRIX_TEST(a_chain_of_channels_held_by_messages_is_destroyed_whole) {
    enum { DEPTH = 20 };
    static struct fixture chain[DEPTH];
    size_t depth;
    for (depth = 0; depth < DEPTH; depth++) {
        tributary_sender *sender;
        fixture_prepare(&chain[depth], configuration, sizeof(void *), sizeof(void *), 2);
        chain[depth].options.destroy_message = destroy_inner_channel;
        fixture_open(&chain[depth]);
        sender = fixture_sender(&chain[depth]);
        if (depth > 0)
            require_equal(tributary_sender_try_send(sender, &chain[depth - 1].channel,
                                                    sizeof(void *)), 0);
        tributary_sender_destroy(sender);
    }
    tributary_channel_destroy(chain[DEPTH - 1].channel);
    for (depth = 0; depth < DEPTH; depth++)
        require_nothing_allocated(&chain[depth].memory);
}

TEST_MAIN(scenario(ends_may_be_dropped_in_every_order_with_messages_undelivered),
          scenario(what_was_received_is_not_destroyed),
          scenario(ends_may_be_dropped_at_the_same_time_by_different_threads),
          scenario(clones_are_ends_of_their_own),
          scenario(senders_of_different_channels_are_told_apart),
          scenario(a_destructor_may_send_and_drop_ends_of_this_and_other_channels),
          scenario(a_chain_of_channels_held_by_messages_is_destroyed_whole))
