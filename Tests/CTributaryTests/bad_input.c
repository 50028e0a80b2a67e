/* SPDX-License-Identifier: Apache-2.0 */
/* Null handles, wrong sizes and counts: a defined error, and nothing happened. A wrong size is
 * not checked by the inline path, so this program is always compiled without it. */
#include "support/calls.h"

static struct fixture fixture;
static struct ends ends;

static void open_words(size_t capacity) {
    fixture_open_words(&fixture, NULL, capacity);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

static void every_waiting_call_refuses_null_handles(void **state) {
    struct ends nothing;
    size_t n;
    (void)state;
    memset(&nothing, 0, sizeof nothing);
    for (n = 0; n < RECEIVING_CALLS + SENDING_CALLS; n++) {
        const struct call *call =
            n < RECEIVING_CALLS ? &receiving_calls[n] : &sending_calls[n - RECEIVING_CALLS];
        test_note("%s", call->name);
        require_equal(call->attempt(&nothing), -EINVAL);
        require_equal(call->wait(&nothing), -EINVAL);
        require_equal(call->with_timeout(&nothing, 0), -EINVAL);
        require_equal(call->with_timeout(&nothing, TRIBUTARY_FOREVER), -EINVAL);
        require_equal(call->with_deadline(&nothing, 0), -EINVAL);
        require_equal(call->with_deadline(&nothing, INT64_MAX), -EINVAL);
    }
}

static void ignore(void *context) {
    (void)context;
}

static void every_other_call_refuses_null_handles(void **state) {
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    tributary_statistics statistics;
    (void)state;
    open_words(4);
    tributary_channel_destroy(NULL);
    tributary_sender_destroy(NULL);
    tributary_shared_sender_destroy(NULL);
    require_equal(tributary_channel_close(NULL), -EINVAL);
    require_equal(tributary_channel_open_sender(NULL, &sender), -EINVAL);
    require_equal(tributary_channel_open_sender(fixture.channel, NULL), -EINVAL);
    require_equal(tributary_channel_open_shared_sender(NULL, &shared), -EINVAL);
    require_equal(tributary_channel_open_shared_sender(fixture.channel, NULL), -EINVAL);
    require_equal(tributary_sender_clone(NULL, &sender), -EINVAL);
    require_equal(tributary_sender_clone(ends.sender, NULL), -EINVAL);
    require_equal(tributary_sender_open_shared_sender(NULL, &shared), -EINVAL);
    require_equal(tributary_sender_open_shared_sender(ends.sender, NULL), -EINVAL);
    require_equal(tributary_shared_sender_clone(NULL, &shared), -EINVAL);
    require_equal(tributary_shared_sender_clone(ends.shared, NULL), -EINVAL);
    require_equal(tributary_shared_sender_open_sender(NULL, &sender), -EINVAL);
    require_equal(tributary_shared_sender_open_sender(ends.shared, NULL), -EINVAL);
    require(sender == NULL && shared == NULL);
    require_equal(tributary_channel_sender_count(fixture.channel), 2);

    require_equal(tributary_channel_release(NULL, 0), -EINVAL);
    require_equal(tributary_sender_commit(NULL, 0), -EINVAL);
    require_equal(tributary_channel_arm(NULL), -EINVAL);
    require_equal(tributary_channel_notify(NULL, ignore, NULL), -EINVAL);
    require_equal(tributary_channel_notify(fixture.channel, NULL, NULL), -EINVAL);
    require_equal(tributary_channel_notify_cancel(NULL), -EINVAL);
    require_equal(tributary_sender_notify(NULL, ignore, NULL), -EINVAL);
    require_equal(tributary_sender_notify(ends.sender, NULL, NULL), -EINVAL);
    require_equal(tributary_sender_notify_cancel(NULL), -EINVAL);
    require_equal(tributary_channel_statistics(NULL, &statistics), -EINVAL);
    require_equal(tributary_channel_statistics(fixture.channel, NULL), -EINVAL);
    finish();
}

static void observing_a_null_handle_is_defined(void **state) {
    (void)state;
    open_words(4);
    require(tributary_channel_is_closed(NULL));
    require(tributary_sender_is_closed(NULL));
    require(tributary_shared_sender_is_closed(NULL));
    require_equal(tributary_channel_length(NULL), 0);
    require_equal(tributary_channel_capacity(NULL), 0);
    require_equal(tributary_channel_message_size(NULL), 0);
    require_equal(tributary_channel_sender_count(NULL), 0);
    require_equal(tributary_sender_length(NULL), 0);
    require_equal(tributary_sender_capacity(NULL), 0);
    require_equal(tributary_sender_message_size(NULL), 0);
    require_equal(tributary_shared_sender_length(NULL), 0);
    require_equal(tributary_shared_sender_capacity(NULL), 0);
    require_equal(tributary_shared_sender_message_size(NULL), 0);
    require(!tributary_sender_same_channel(ends.sender, NULL));
    require(!tributary_sender_same_channel(NULL, ends.sender));
    require(!tributary_sender_same_channel(NULL, NULL));
    require(!tributary_shared_sender_same_channel(ends.shared, NULL));
    require(!tributary_shared_sender_same_channel(NULL, ends.shared));
    require(!tributary_shared_sender_same_channel(NULL, NULL));
    finish();
}

static void null_messages_are_refused_and_nothing_is_taken(void **state) {
    tributary_channel *channel;
    (void)state;
    open_words(4);
    channel = fixture.channel;
    require_equal(tributary_sender_try_send(ends.sender, NULL, 8), -EINVAL);
    require_equal(tributary_sender_send(ends.sender, NULL, 8), -EINVAL);
    require_equal(tributary_sender_send_timeout(ends.sender, NULL, 8, 1), -EINVAL);
    require_equal(tributary_sender_send_deadline(ends.sender, NULL, 8, 1), -EINVAL);
    require_equal(tributary_sender_try_send_batch(ends.sender, NULL, 1, 8), -EINVAL);
    require_equal(tributary_sender_send_batch(ends.sender, NULL, 1, 8), -EINVAL);
    require_equal(tributary_sender_try_reserve(ends.sender, 1, NULL), -EINVAL);
    require_equal(tributary_sender_reserve(ends.sender, 1, NULL), -EINVAL);
    require_equal(tributary_shared_sender_try_send(ends.shared, NULL, 8), -EINVAL);
    require_equal(tributary_shared_sender_send(ends.shared, NULL, 8), -EINVAL);
    require_equal(tributary_shared_sender_try_send_batch(ends.shared, NULL, 1, 8), -EINVAL);
    require_equal(tributary_shared_sender_send_batch(ends.shared, NULL, 1, 8), -EINVAL);
    require_equal(tributary_channel_length(channel), 0);

    require_equal(send_word(ends.sender, 7), 0);
    require_equal(tributary_channel_try_receive(channel, NULL, 8), -EINVAL);
    require_equal(tributary_channel_receive(channel, NULL, 8), -EINVAL);
    require_equal(tributary_channel_receive_timeout(channel, NULL, 8, 1), -EINVAL);
    require_equal(tributary_channel_receive_deadline(channel, NULL, 8, 1), -EINVAL);
    require_equal(tributary_channel_try_receive_batch(channel, NULL, 1, 8), -EINVAL);
    require_equal(tributary_channel_receive_batch(channel, NULL, 1, 8), -EINVAL);
    require_equal(tributary_channel_try_borrow(channel, NULL, 1), -EINVAL);
    require_equal(tributary_channel_borrow(channel, NULL, 1), -EINVAL);
    require_word(channel, 7);
    finish();
}

static void a_size_other_than_the_channels_is_refused(void **state) {
    static const size_t wrong[] = {0, 1, 7, 9, 16, SIZE_MAX};
    unsigned char bytes[64] = {0};
    size_t n;
    (void)state;
    open_words(4);
    require_equal(send_word(ends.sender, 7), 0);
    for (n = 0; n < sizeof wrong / sizeof *wrong; n++) {
        size_t size = wrong[n];
        require_equal(tributary_sender_try_send(ends.sender, bytes, size), -EINVAL);
        require_equal(tributary_sender_send(ends.sender, bytes, size), -EINVAL);
        require_equal(tributary_sender_send_timeout(ends.sender, bytes, size, 1), -EINVAL);
        require_equal(tributary_sender_try_send_batch(ends.sender, bytes, 2, size), -EINVAL);
        require_equal(tributary_sender_send_batch(ends.sender, bytes, 2, size), -EINVAL);
        require_equal(tributary_shared_sender_try_send(ends.shared, bytes, size), -EINVAL);
        require_equal(tributary_shared_sender_send(ends.shared, bytes, size), -EINVAL);
        require_equal(tributary_shared_sender_try_send_batch(ends.shared, bytes, 2, size), -EINVAL);
        require_equal(tributary_channel_try_receive(fixture.channel, bytes, size), -EINVAL);
        require_equal(tributary_channel_receive(fixture.channel, bytes, size), -EINVAL);
        require_equal(tributary_channel_receive_timeout(fixture.channel, bytes, size, 1), -EINVAL);
        require_equal(tributary_channel_try_receive_batch(fixture.channel, bytes, 2, size),
                      -EINVAL);
    }
    require_equal(tributary_channel_length(fixture.channel), 1);
    require_word(fixture.channel, 7);
    finish();
}

static void counts_of_zero_are_refused(void **state) {
    uint64_t words[4] = {0};
    void *place = NULL;
    (void)state;
    open_words(4);
    require_equal(send_word(ends.sender, 7), 0);
    require_equal(tributary_sender_try_send_batch(ends.sender, words, 0, 8), -EINVAL);
    require_equal(tributary_sender_send_batch(ends.sender, words, 0, 8), -EINVAL);
    require_equal(tributary_sender_send_batch_timeout(ends.sender, words, 0, 8, 1), -EINVAL);
    require_equal(tributary_shared_sender_try_send_batch(ends.shared, words, 0, 8), -EINVAL);
    require_equal(tributary_shared_sender_send_batch(ends.shared, words, 0, 8), -EINVAL);
    require_equal(tributary_sender_try_reserve(ends.sender, 0, &place), -EINVAL);
    require_equal(tributary_sender_reserve(ends.sender, 0, &place), -EINVAL);
    require_equal(tributary_channel_try_receive_batch(fixture.channel, words, 0, 8), -EINVAL);
    require_equal(tributary_channel_receive_batch(fixture.channel, words, 0, 8), -EINVAL);
    require_equal(tributary_channel_try_borrow(fixture.channel, &place, 0), -EINVAL);
    require_equal(tributary_channel_borrow(fixture.channel, &place, 0), -EINVAL);
    require_equal(tributary_channel_length(fixture.channel), 1);
    finish();
    require_equal(fixture.destroyed, 1);
}

/* No array is that large; but what fits the channel is also a right answer. */
static void counts_whose_bytes_overflow_are_defined(void **state) {
    static const size_t absurd[] = {SIZE_MAX, SIZE_MAX / 8 + 1, SIZE_MAX / 8 + 3,
                                    (size_t)PTRDIFF_MAX};
    uint64_t words[8] = {0};
    size_t n;
    (void)state;
    for (n = 0; n < sizeof absurd / sizeof *absurd; n++) {
        ptrdiff_t sent, sent_shared, reserved;
        void *place;
        open_words(4);
        sent = tributary_sender_try_send_batch(ends.sender, words, absurd[n], 8);
        require(sent == -EINVAL || sent == 4);
        sent_shared = tributary_shared_sender_try_send_batch(ends.shared, words, absurd[n], 8);
        require(sent_shared == -EINVAL || sent_shared == 4);
        require_equal(tributary_channel_length(fixture.channel),
                      (sent > 0 ? sent : 0) + (sent_shared > 0 ? sent_shared : 0));
        if (sent < 0) {
            reserved = tributary_sender_try_reserve(ends.sender, absurd[n], &place);
            require(reserved == -EINVAL || (reserved >= 1 && reserved <= 4));
        }
        require_equal(tributary_channel_try_receive_batch(fixture.channel, words, absurd[n], 8), -EINVAL);
        finish();
    }
}

static void more_than_was_borrowed_is_not_released(void **state) {
    void *messages;
    uint64_t word;
    (void)state;
    open_words(4);
    require_equal(tributary_channel_release(fixture.channel, 1), -EINVAL);
    require_equal(tributary_channel_release(fixture.channel, SIZE_MAX), -EINVAL);
    require_equal(tributary_channel_release(fixture.channel, 0), 0);
    for (word = 0; word < 3; word++)
        require_equal(send_word(ends.sender, word), 0);
    require_equal(tributary_channel_try_borrow(fixture.channel, &messages, 2), 2);
    require_equal(tributary_channel_release(fixture.channel, 3), -EINVAL);
    require_equal(tributary_channel_release(fixture.channel, SIZE_MAX), -EINVAL);
    require_equal(tributary_channel_length(fixture.channel), 3);
    require_equal(tributary_channel_release(fixture.channel, 2), 0);
    require_equal(tributary_channel_length(fixture.channel), 1);
    require_equal(tributary_channel_release(fixture.channel, 1), -EINVAL);
    require_word(fixture.channel, 2);
    finish();
}

static void more_than_was_reserved_is_not_committed(void **state) {
    uint64_t *slots;
    (void)state;
    open_words(4);
    require_equal(tributary_sender_commit(ends.sender, 1), -EINVAL);
    require_equal(tributary_sender_commit(ends.sender, SIZE_MAX), -EINVAL);
    require_equal(tributary_sender_try_reserve(ends.sender, 2, (void **)&slots), 2);
    slots[0] = 10;
    slots[1] = 11;
    require_equal(tributary_sender_commit(ends.sender, 3), -EINVAL);
    require_equal(tributary_sender_commit(ends.sender, SIZE_MAX), -EINVAL);
    require_equal(tributary_channel_length(fixture.channel), 0);
    require_equal(tributary_sender_commit(ends.sender, 2), 0);
    require_equal(tributary_sender_commit(ends.sender, 1), -EINVAL);
    require_word(fixture.channel, 10);
    require_word(fixture.channel, 11);
    finish();
}

static void callbacks_that_are_no_functions_are_refused(void **state) {
    tributary_shared_waiter waiter;
    (void)state;
    memset(&waiter, 0, sizeof waiter);
    open_words(4);
    require_equal(tributary_channel_notify(fixture.channel, NULL, NULL), -EINVAL);
    require_equal(tributary_sender_notify(ends.sender, NULL, NULL), -EINVAL);
    require_equal(tributary_sender_notify_closed(ends.sender, NULL, NULL), -EINVAL);
    require_equal(tributary_shared_sender_notify(ends.shared, &waiter), -EINVAL);
    require_equal(tributary_shared_sender_notify(ends.shared, NULL), -EINVAL);
    require_equal(tributary_shared_sender_notify(NULL, &waiter), -EINVAL);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiter), -EINVAL);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, NULL), -EINVAL);
    require_equal(tributary_shared_sender_notify_closed(NULL, &waiter), -EINVAL);
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, NULL), -EINVAL);
    require_equal(tributary_shared_sender_notify_cancel(NULL, &waiter), -EINVAL);
    tributary_shared_sender_decline(NULL); /* defined: nothing happens */
    finish();
}

static void a_reservation_without_a_place_for_it_is_refused(void **state) {
    void *slots = &fixture;
    (void)state;
    open_words(4);
    require_equal(tributary_sender_try_reserve(ends.sender, 1, NULL), -EINVAL);
    require_equal(tributary_sender_reserve_timeout(ends.sender, 1, NULL, 1), -EINVAL);
    require_equal(tributary_sender_reserve_timeout(ends.sender, 1, &slots, -1), -EINVAL);
    require(slots == NULL);
    finish();
}

static void only_a_channel_with_a_descriptor_is_armed(void **state) {
    (void)state;
    open_words(4);
    require_equal(tributary_channel_arm(fixture.channel), -EINVAL);
    require_equal(tributary_channel_file_descriptor(fixture.channel), -EINVAL);
    finish();
}

TEST_MAIN(scenario(callbacks_that_are_no_functions_are_refused), scenario(a_reservation_without_a_place_for_it_is_refused),
          scenario(only_a_channel_with_a_descriptor_is_armed), scenario(every_waiting_call_refuses_null_handles),
          scenario(every_other_call_refuses_null_handles),
          scenario(observing_a_null_handle_is_defined),
          scenario(null_messages_are_refused_and_nothing_is_taken),
          scenario(a_size_other_than_the_channels_is_refused),
          scenario(counts_of_zero_are_refused),
          scenario(counts_whose_bytes_overflow_are_defined),
          scenario(more_than_was_borrowed_is_not_released),
          scenario(more_than_was_reserved_is_not_committed))
