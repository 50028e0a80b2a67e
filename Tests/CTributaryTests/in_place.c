/* SPDX-License-Identifier: Apache-2.0 */
/* Reserve and commit, borrow and release: whose memory it is, and when. */
#include "support/calls.h"
#include "support/messages.h"
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

static ptrdiff_t reserve(size_t maximum, uint64_t **slots) {
    return tributary_sender_try_reserve(ends.sender, maximum, (void **)slots);
}

static ptrdiff_t borrow(size_t maximum, const uint64_t **messages) {
    return tributary_channel_try_borrow(fixture.channel, (void **)messages, maximum);
}

MATRIX_TEST(only_committed_messages_are_sent) {
    size_t reserved, committed, n;
    for (reserved = 1; reserved <= 6; reserved++)
        for (committed = 0; committed <= reserved; committed++) {
            uint64_t *slots;
            open_words(configuration, 6);
            require_equal(reserve(reserved, &slots), reserved);
            for (n = 0; n < reserved; n++)
                slots[n] = 100 + n;
            require_equal(tributary_sender_length(ends.sender), 0);
            require_equal(tributary_channel_length(fixture.channel), 0);
            require_equal(tributary_channel_try_receive(fixture.channel, &n, 8), -EAGAIN);
            require_equal(tributary_sender_commit(ends.sender, committed), 0);
            require_equal(tributary_channel_length(fixture.channel), committed);
            /* What was not committed was never used: the whole rest of the room is there. */
            for (n = committed; n < 6; n++)
                require_equal(send_word(ends.sender, 100 + n), 0);
            require_equal(send_word(ends.sender, 0), -EAGAIN);
            for (n = 0; n < 6; n++)
                require_word(fixture.channel, 100 + n);
            finish();
            require_equal(fixture.destroyed, 0);
        }
}

MATRIX_TEST(a_second_reserve_replaces_the_first) {
    uint64_t *first, *second;
    open_words(configuration, 4);
    require_equal(reserve(4, &first), 4);
    first[0] = 1;
    require_equal(reserve(2, &second), 2);
    require(second == first);
    second[0] = 2;
    require_equal(tributary_sender_commit(ends.sender, 3), -EINVAL);
    require_equal(tributary_sender_commit(ends.sender, 1), 0);
    require_equal(tributary_channel_length(fixture.channel), 1);
    require_word(fixture.channel, 2);
    finish();
}

MATRIX_TEST(a_send_ends_the_reservation_and_uses_its_slot) {
    uint64_t *slots, words[2] = {8, 9};
    open_words(configuration, 4);
    require_equal(reserve(4, &slots), 4);
    slots[0] = 1;
    slots[1] = 2;
    require_equal(send_word(ends.sender, 7), 0);
    require_equal(tributary_sender_commit(ends.sender, 1), -EINVAL);
    require_equal(reserve(2, &slots), 2);
    require_equal(tributary_sender_try_send_batch(ends.sender, words, 2, 8), 2);
    require_equal(tributary_sender_commit(ends.sender, 1), -EINVAL);
    require_word(fixture.channel, 7);
    require_word(fixture.channel, 8);
    require_word(fixture.channel, 9);
    require_equal(tributary_channel_length(fixture.channel), 0);
    finish();
}

MATRIX_TEST(committing_nothing_is_allowed_any_time) {
    uint64_t *slots;
    open_words(configuration, 4);
    require_equal(tributary_sender_commit(ends.sender, 0), 0);
    require_equal(reserve(4, &slots), 4);
    require_equal(tributary_sender_commit(ends.sender, 0), 0);
    require_equal(tributary_sender_commit(ends.sender, 1), -EINVAL);
    require_equal(tributary_channel_length(fixture.channel), 0);
    finish();
}

/* -EPIPE, and what is in the slots is untouched and still the caller's. */
MATRIX_TEST(a_commit_after_the_close_or_the_receivers_end_returns_the_messages) {
    size_t destroyed, undelivered, n;
    for (destroyed = 0; destroyed < 2; destroyed++)
        for (undelivered = 0; undelivered <= 300; undelivered += 150) {
            uint64_t *slots;
            open_words(configuration, TRIBUTARY_UNBOUNDED);
            for (n = 0; n < undelivered; n++)
                require_equal(send_word(ends.sender, n), 0);
            require(reserve(3, &slots) >= 1);
            slots[0] = 4711;
            if (destroyed) {
                tributary_channel_destroy(fixture.channel);
                fixture.channel = NULL;
                require_equal(fixture.destroyed, undelivered);
            } else {
                require_equal(tributary_channel_close(fixture.channel), 0);
            }
            require_equal(tributary_sender_commit(ends.sender, 1), -EPIPE);
            require_equal(slots[0], 4711);
            require_equal(reserve(1, &slots), -EPIPE);
            if (!destroyed) {
                for (n = 0; n < undelivered; n++)
                    require_word(fixture.channel, n);
                require_equal(tributary_channel_try_receive(fixture.channel, &n, 8), -EPIPE);
            }
            finish();
            require_equal(fixture.destroyed, destroyed ? undelivered : 0);
        }
}

MATRIX_TEST(a_reservation_may_be_abandoned_with_its_sender) {
    uint64_t *slots;
    size_t channel_first;
    for (channel_first = 0; channel_first < 2; channel_first++) {
        open_words(configuration, 4);
        require_equal(send_word(ends.sender, 5), 0);
        require_equal(reserve(3, &slots), 3);
        slots[0] = 6;
        if (channel_first) {
            tributary_channel_destroy(fixture.channel);
            fixture.channel = NULL;
        } else {
            ends_drop_senders(&ends);
            require_word(fixture.channel, 5);
            require_equal(tributary_channel_try_receive(fixture.channel, slots, 8), -EPIPE);
        }
        finish();
        require_equal(fixture.destroyed, channel_first ? 1 : 0);
    }
}

MATRIX_TEST(a_borrow_without_a_release_is_a_peek) {
    const uint64_t *first, *again;
    size_t n;
    open_words(configuration, 8);
    for (n = 0; n < 5; n++)
        require_equal(send_word(ends.sender, n), 0);
    require_equal(borrow(3, &first), 3);
    require_equal(borrow(3, &again), 3);
    require(again == first);
    require_equal(borrow(1, &again), 1);
    require(again == first);
    require_equal(borrow(5, &again), 5);
    for (n = 0; n < 5; n++)
        require_equal(again[n], n);
    require_equal(tributary_channel_length(fixture.channel), 5);
    require_equal(fixture_statistics(&fixture).received, 0);
    /* New messages do not get in front of the borrowed ones. */
    require_equal(send_word_shared(ends.shared, 77), 0);
    require_equal(borrow(2, &again), 2);
    require_equal(again[0], 0);
    require_equal(tributary_channel_release(fixture.channel, 2), 0);
    require_equal(borrow(3, &again), 3);
    require_equal(again[0], 2);
    require_equal(tributary_channel_release(fixture.channel, 0), 0);
    require_equal(tributary_channel_release(fixture.channel, 3), 0);
    require_equal(tributary_channel_length(fixture.channel), 1);
    require_equal(fixture_statistics(&fixture).received, 5);
    finish();
}

MATRIX_TEST(receiving_by_copy_ends_a_borrow) {
    const uint64_t *messages;
    uint64_t words[2];
    size_t n;
    open_words(configuration, 8);
    for (n = 0; n < 6; n++)
        require_equal(send_word(ends.sender, n), 0);
    require_equal(borrow(4, &messages), 4);
    require_word(fixture.channel, 0);
    require_equal(tributary_channel_release(fixture.channel, 1), -EINVAL);
    require_equal(borrow(4, &messages), 4);
    require_equal(messages[0], 1);
    require_equal(tributary_channel_try_receive_batch(fixture.channel, words, 2, 8), 2);
    require_equal(words[0], 1);
    require_equal(tributary_channel_release(fixture.channel, 1), -EINVAL);
    require_equal(tributary_channel_length(fixture.channel), 3);
    finish();
    require_equal(fixture.destroyed, 3);
}

MATRIX_TEST(what_is_not_released_is_delivered_next) {
    const uint64_t *messages;
    uint64_t next = 0;
    size_t n, total = scaled(4000);
    open_words(configuration, TRIBUTARY_UNBOUNDED);
    for (n = 0; n < total; n++)
        require_equal(send_word(ends.sender, n), 0);
    while (next < total) {
        ptrdiff_t count = borrow(100, &messages);
        size_t taken;
        require(count >= 1 && count <= 100);
        for (n = 0; n < (size_t)count; n++)
            require_equal(messages[n], next + n);
        taken = (size_t)(count + 1) / 2;
        require_equal(tributary_channel_release(fixture.channel, taken), 0);
        next += taken;
        if (next < total)
            require_word(fixture.channel, next++);
        require_equal(tributary_channel_length(fixture.channel), total - next);
    }
    require_equal(borrow(1, &messages), -EAGAIN);
    finish();
}

MATRIX_TEST(shared_messages_can_be_borrowed_too) {
    const uint64_t *messages;
    uint64_t next = 0, word;
    open_words(configuration, 1000);
    for (word = 0; word < 1000; word++)
        require_equal(send_word_shared(ends.shared, word), 0);
    while (next < 1000) {
        ptrdiff_t count = borrow(7, &messages), n;
        require(count >= 1 && count <= 7);
        for (n = 0; n < count; n++)
            require_equal(messages[n], next + (uint64_t)n);
        require_equal(tributary_shared_sender_length(ends.shared), 1000 - next);
        require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
        next += (uint64_t)count;
    }
    require_equal(borrow(1, &messages), -EAGAIN);
    finish();
}

/* The bytes of borrowed messages do not change under the receiver while the sender refills. */
static void send_until_closed(void *context, size_t index) {
    struct ends *own = context;
    uint64_t message[4];
    uint64_t sequence = 0;
    int error;
    (void)index;
    do {
        stamp_write(message, sizeof message, 0, sequence++);
        error = tributary_sender_send(own->sender, message, sizeof message);
    } while (error == 0);
    require_equal(error, -EPIPE);
}

MATRIX_TEST(borrowed_messages_are_never_overwritten) {
    static const size_t capacities[] = {1, 3, 64, 1000};
    size_t c, n;
    for (c = 0; c < 4; c++) {
        struct worker worker;
        uint64_t next = 0;
        fixture_prepare(&fixture, configuration, 32, 8, capacities[c]);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        worker_start(&worker, send_until_closed, &ends, 0);
        while (next < scaled(3000)) {
            unsigned char *messages;
            ptrdiff_t count, look;
            count = tributary_channel_borrow(fixture.channel, (void **)&messages, 1 + next % 50);
            require(count >= 1);
            for (look = 0; look < 3; look++) {
                for (n = 0; n < (size_t)count; n++)
                    require_equal(stamp_read(messages + n * 32, 32).sequence, next + n);
                give_way();
            }
            require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
            next += (uint64_t)count;
        }
        require_equal(tributary_channel_close(fixture.channel), 0);
        worker_join(&worker);
        finish();
    }
}

TEST_MAIN(scenario(only_committed_messages_are_sent),
          scenario(a_second_reserve_replaces_the_first),
          scenario(a_send_ends_the_reservation_and_uses_its_slot),
          scenario(committing_nothing_is_allowed_any_time),
          scenario(a_commit_after_the_close_or_the_receivers_end_returns_the_messages),
          scenario(a_reservation_may_be_abandoned_with_its_sender),
          scenario(a_borrow_without_a_release_is_a_peek),
          scenario(receiving_by_copy_ends_a_borrow),
          scenario(what_is_not_released_is_delivered_next),
          scenario(shared_messages_can_be_borrowed_too),
          scenario(borrowed_messages_are_never_overwritten))
