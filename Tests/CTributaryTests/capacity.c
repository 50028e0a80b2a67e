/* SPDX-License-Identifier: Apache-2.0 */
/* A capacity of n is n: no more, no less, wherever in its segments the lane stands. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"

static const size_t capacities[] = {1, 2, 3, 7, 64, 1000, 1024};
enum { CAPACITIES = sizeof capacities / sizeof *capacities };

static struct fixture fixture;
static struct ends ends;

static void require_length(const struct call *call, size_t length) {
    require_equal(tributary_channel_length(fixture.channel), length);
    if (call->shared)
        require_equal(tributary_shared_sender_length(ends.shared), length);
    else
        require_equal(tributary_sender_length(ends.sender), length);
}

/* Takes exactly `count` messages with the call, in order from *next on. */
static void take(const struct call *receiving, size_t count, uint64_t *next) {
    while (count-- > 0) {
        require_equal(receiving->attempt(&ends), 1);
        require_equal(ends.word, (*next)++);
    }
}

static void check_exact(const struct configuration *configuration, size_t capacity,
                        const struct call *sending, const struct call *receiving) {
    struct random_source source = random_for(capacity);
    uint64_t sent = 0, received = 0;
    size_t round;
    test_note("capacity %zu, %s, %s", capacity, sending->name, receiving->name);
    fixture_open_words(&fixture, configuration, capacity);
    ends_open_for(&ends, &fixture, sending);
    sent += ends_fill(&ends, sending, sent);
    require_equal(sent, capacity);
    require_length(sending, capacity);
    for (round = 0; round < scaled(40); round++) {
        size_t part = round == 0 ? capacity : 1 + random_below(&source, capacity);
        take(receiving, part, &received);
        require_length(sending, capacity - part);
        require_equal(ends_fill(&ends, sending, sent), part);
        sent += part;
        require_length(sending, capacity);
        require_equal(sending->attempt(&ends), -EAGAIN);
    }
    take(receiving, capacity, &received);
    require_equal(receiving->attempt(&ends), -EAGAIN);
    require_length(sending, 0);
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(exactly_the_capacity_fits_and_k_received_make_room_for_k) {
    size_t c, s, r;
    for (c = 0; c < CAPACITIES; c++)
        for (s = 0; s < SENDING_CALLS; s++)
            for (r = 0; r < RECEIVING_CALLS; r++)
                check_exact(configuration, capacities[c], &sending_calls[s], &receiving_calls[r]);
}

/* One more message than is received each time: every offset in every segment is full once. */
MATRIX_TEST(the_capacity_is_exact_at_every_place_of_a_segment) {
    size_t c, step;
    for (c = 0; c < CAPACITIES; c++) {
        uint64_t sent, received = 0;
        fixture_open_words(&fixture, configuration, capacities[c]);
        ends_open_for(&ends, &fixture, &sending_calls[0]);
        sent = ends_fill(&ends, &sending_calls[0], 0);
        for (step = 0; step < scaled(6000); step++) {
            require_word(fixture.channel, received++);
            require_equal(tributary_channel_length(fixture.channel), capacities[c] - 1);
            require_equal(send_word(ends.sender, sent++), 0);
            require_equal(send_word(ends.sender, sent), -EAGAIN);
            require_equal(tributary_sender_length(ends.sender), capacities[c]);
        }
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
        require_equal(fixture.destroyed, capacities[c]);
    }
}

static void check_batches(const struct configuration *configuration, size_t capacity, bool shared,
                          bool borrowed) {
    uint64_t words[1100], sent = 0, received = 0;
    struct random_source source = random_for(capacity);
    size_t round, n;
    fixture_open_words(&fixture, configuration, capacity);
    ends_open_for(&ends, &fixture, &sending_calls[shared ? 3 : 0]);
    for (round = 0; round < scaled(60); round++) {
        /* As many as fit, although more are offered. */
        size_t room = capacity - (size_t)(sent - received), taken = 0, part;
        ptrdiff_t count;
        for (n = 0; n < room + 5; n++)
            words[n] = sent + n;
        count = shared ? tributary_shared_sender_try_send_batch(ends.shared, words, room + 5, 8)
                       : tributary_sender_try_send_batch(ends.sender, words, room + 5, 8);
        require_equal(count, room);
        sent += room;
        count = shared ? tributary_shared_sender_try_send_batch(ends.shared, words, 5, 8)
                       : tributary_sender_try_send_batch(ends.sender, words, 5, 8);
        require_equal(count, -EAGAIN);
        part = 1 + random_below(&source, capacity);
        while (taken < part) {
            const uint64_t *messages = words;
            if (borrowed)
                count = tributary_channel_try_borrow(fixture.channel, (void **)&messages,
                                                     part - taken);
            else
                count = tributary_channel_try_receive_batch(fixture.channel, words, part - taken,
                                                            8);
            require(count >= 1 && (size_t)count <= part - taken);
            for (n = 0; n < (size_t)count; n++)
                require_equal(messages[n], received + n);
            if (borrowed) {
                /* Borrowed messages still fill the channel. */
                require_equal(tributary_channel_length(fixture.channel), sent - received);
                require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
            }
            received += (uint64_t)count;
            taken += (size_t)count;
            require_equal(tributary_channel_length(fixture.channel), sent - received);
        }
    }
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
    require_equal(fixture.destroyed, sent - received);
}

MATRIX_TEST(batches_fill_exactly_the_room_there_is) {
    size_t c, way;
    for (c = 0; c < CAPACITIES; c++)
        for (way = 0; way < 4; way++)
            check_batches(configuration, capacities[c], way & 1, way & 2);
}

MATRIX_TEST(reservations_add_up_to_exactly_the_capacity) {
    size_t c;
    for (c = 0; c < CAPACITIES; c++) {
        size_t reserved = 0;
        uint64_t *slots, word = 0;
        ptrdiff_t count;
        fixture_open_words(&fixture, configuration, capacities[c]);
        ends_open_for(&ends, &fixture, &sending_calls[2]);
        while ((count = tributary_sender_try_reserve(ends.sender, 10000, (void **)&slots)) > 0) {
            ptrdiff_t n;
            for (n = 0; n < count; n++)
                slots[n] = word++;
            reserved += (size_t)count;
            require_at_most(reserved, capacities[c]);
            require_equal(tributary_sender_commit(ends.sender, (size_t)count), 0);
        }
        require_equal(count, -EAGAIN);
        require_equal(reserved, capacities[c]);
        for (word = 0; word < capacities[c]; word++)
            require_word(fixture.channel, word);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

/* n for each sender of its own; n for all shared senders together, however many handles. */
MATRIX_TEST(every_sender_has_its_own_capacity_and_shared_senders_one_together) {
    size_t c;
    for (c = 0; c < CAPACITIES; c++) {
        size_t capacity = capacities[c], n;
        tributary_sender *senders[3];
        tributary_shared_sender *shared[3];
        size_t accepted = 0;
        fixture_open_words(&fixture, configuration, capacity);
        for (n = 0; n < 3; n++) {
            senders[n] = fixture_sender(&fixture);
            shared[n] = fixture_shared_sender(&fixture);
        }
        for (n = 0; n < 3; n++) {
            size_t word;
            for (word = 0; word < capacity; word++)
                require_equal(send_word(senders[n], word), 0);
            require_equal(send_word(senders[n], word), -EAGAIN);
        }
        while (send_word_shared(shared[accepted % 3], accepted) == 0)
            accepted++;
        require_equal(accepted, capacity);
        for (n = 0; n < 3; n++)
            require_equal(send_word_shared(shared[n], 0), -EAGAIN);
        require_equal(tributary_channel_length(fixture.channel), 4 * capacity);
        for (n = 0; n < 3; n++) {
            tributary_sender_destroy(senders[n]);
            tributary_shared_sender_destroy(shared[n]);
        }
        require_equal(tributary_channel_length(fixture.channel), 4 * capacity);
        fixture_finish(&fixture);
        require_equal(fixture.destroyed, 4 * capacity);
    }
}

TEST_MAIN(scenario(exactly_the_capacity_fits_and_k_received_make_room_for_k),
          scenario(the_capacity_is_exact_at_every_place_of_a_segment),
          scenario(batches_fill_exactly_the_room_there_is),
          scenario(reservations_add_up_to_exactly_the_capacity),
          scenario(every_sender_has_its_own_capacity_and_shared_senders_one_together))
