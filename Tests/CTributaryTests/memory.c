/* SPDX-License-Identifier: Apache-2.0 */
/* What a channel costs idle, and that a burst is given back while it is drained. */
#include "support/calls.h"
#include "support/threads.h"

/* A segment's smallest and largest size; a burst for which segments begin small anew, in messages of 8 bytes. */
enum { KIBIBYTE = 1024, SMALLEST = KIBIBYTE + 64, LARGEST = 16 * KIBIBYTE, LONG_BURST = 2 * KIBIBYTE * KIBIBYTE / 8 + 16384 };

static struct fixture fixture;

static size_t live(void) {
    return atomic_load(&fixture.memory.live_bytes);
}

MATRIX_TEST(an_idle_channel_is_under_a_kibibyte_and_an_idle_sender_under_half) {
    static const size_t shapes[][3] = {
        {8, 8, 1}, {8, 8, 16384}, {8, 8, TRIBUTARY_UNBOUNDED}, {64, 64, 1024}, {4096, 4096, 1024}};
    size_t n, k;
    for (n = 0; n < sizeof shapes / sizeof *shapes; n++) {
        tributary_sender *senders[10];
        tributary_shared_sender *shared[10];
        size_t before;
        fixture_prepare(&fixture, configuration, shapes[n][0], shapes[n][1], shapes[n][2]);
        fixture_open(&fixture);
        require_at_most(live(), KIBIBYTE * 3 / 4);
        for (k = 0; k < 10; k++) {
            before = live();
            senders[k] = fixture_sender(&fixture);
            require_at_most(live() - before, KIBIBYTE / 2);
            before = live();
            shared[k] = fixture_shared_sender(&fixture);
            /* What all of them need comes with the first. */
            require_at_most(live() - before, k == 0 ? KIBIBYTE / 4 + 32 : 32);
        }
        for (k = 0; k < 10; k++) {
            tributary_sender_destroy(senders[k]);
            tributary_shared_sender_destroy(shared[k]);
        }
        fixture_finish(&fixture);
    }
}

static void drain(size_t count, size_t way) {
    static uint64_t words[1000];
    size_t received = 0;
    while (received < count) {
        void *messages;
        ptrdiff_t taken;
        if (way == 0)
            taken = tributary_channel_try_receive(fixture.channel, words, 8) == 0 ? 1 : -1;
        else if (way == 1)
            taken = tributary_channel_try_receive_batch(fixture.channel, words, 1000, 8);
        else
            taken = tributary_channel_try_borrow(fixture.channel, &messages, SIZE_MAX);
        require(taken >= 1);
        if (way == 2)
            require_equal(tributary_channel_release(fixture.channel, (size_t)taken), 0);
        received += (size_t)taken;
    }
    require_equal(received, count);
    require_equal(tributary_channel_length(fixture.channel), 0);
}

/* Not at destruction: the channel and the senders are still open when the bytes are counted. */
MATRIX_TEST(after_a_drained_burst_little_is_left) {
    size_t way, n, burst = scaled(1000000), senders, idle;
    for (senders = 1; senders <= 3; senders += 2)
        for (way = 0; way < 3; way++) {
            tributary_sender *sender[3];
            fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
            for (n = 0; n < senders; n++)
                sender[n] = fixture_sender(&fixture);
            idle = live();
            for (n = 0; n < burst; n++)
                require_equal(send_word(sender[n % senders], n), 0);
            require(live() >= burst * 8);
            drain(burst, way);
            require_at_most(live() - idle, senders * SMALLEST);
            /* A burst after the burst: the receiver has moved since. */
            for (n = 0; n < burst / 4; n++)
                require_equal(send_word(sender[n % senders], n), 0);
            drain(burst / 4, way);
            require_at_most(live() - idle, senders * 2 * SMALLEST);
            for (n = 0; n < senders; n++)
                tributary_sender_destroy(sender[n]);
            fixture_finish(&fixture);
        }
}

static void grow(tributary_sender *sender) {
    size_t n, round;
    for (round = 0; round < 40; round++) {
        for (n = 0; n < 2500; n++)
            require_equal(send_word(sender, n), 0);
        drain(2500, 1);
    }
}

static void never_called(void *context) {
    (void)context;
    require(!"called, though nothing was sent");
}

/* Of what a stream needed, the sender's segment is left once the receiver waits. */
MATRIX_TEST(after_a_stream_one_segment_is_left) {
    tributary_sender *sender;
    size_t idle;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    sender = fixture_sender(&fixture);
    idle = live();
    grow(sender);
    require(live() - idle > LARGEST);
    require_equal(tributary_channel_notify(fixture.channel, never_called, NULL), 0);
    require_at_most(live() - idle, LARGEST);
    require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

/* Segments that a stream has made large are small again at the end of a long burst. */
MATRIX_TEST(after_a_stream_and_a_long_burst_little_is_left) {
    tributary_sender *sender;
    size_t idle, n;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    sender = fixture_sender(&fixture);
    idle = live();
    grow(sender);
    for (n = 0; n < LONG_BURST; n++)
        require_equal(send_word(sender, n), 0);
    drain(LONG_BURST, 1);
    require_at_most(live() - idle, SMALLEST);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(memory_shrinks_while_the_burst_is_drained) {
    size_t n, burst = scaled(1000000), quarter;
    tributary_sender *sender;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    sender = fixture_sender(&fixture);
    for (n = 0; n < burst; n++)
        require_equal(send_word(sender, n), 0);
    for (quarter = 3; quarter >= 1; quarter--) {
        uint64_t word;
        while (tributary_channel_length(fixture.channel) > quarter * burst / 4)
            for (n = 0; n < burst / 40 + 1; n++)
                require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
        /* The messages that are left, an eighth for headers and rounding, and the spare storage. */
        require_at_most(live(), quarter * burst * 8 / 4 * 9 / 8 + 64 * KIBIBYTE);
    }
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(after_a_drained_burst_of_shared_messages_little_is_left) {
    size_t way, n, burst = scaled(300000), idle;
    for (way = 0; way < 3; way++) {
        tributary_shared_sender *sender;
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        sender = fixture_shared_sender(&fixture);
        require_at_most(live(), 2 * KIBIBYTE - 1);
        idle = live();
        for (n = 0; n < burst; n++)
            require_equal(send_word_shared(sender, n), 0);
        require(live() >= burst * 8);
        drain(burst, way);
        /* The thread's lane is left, too. */
        require_at_most(live() - idle, burst >= LONG_BURST ? SMALLEST + KIBIBYTE * 5 / 8 : 64 * KIBIBYTE);
        tributary_shared_sender_destroy(sender);
        fixture_finish(&fixture);
    }
}

MATRIX_TEST(large_shared_messages_are_given_back_as_they_are_received) {
    static unsigned char message[10000];
    tributary_shared_sender *sender;
    size_t n, empty;
    fixture_prepare(&fixture, configuration, sizeof message, 8, TRIBUTARY_UNBOUNDED);
    fixture_open(&fixture);
    sender = fixture_shared_sender(&fixture);
    empty = live();
    for (n = 0; n < 100; n++)
        require_equal(tributary_shared_sender_try_send(sender, message, sizeof message), 0);
    for (n = 0; n < 100; n++)
        require_equal(tributary_channel_try_receive(fixture.channel, message, sizeof message), 0);
    /* Storage for some more of them is kept, not for all that there were. */
    require_at_most(live(), empty + 16 * sizeof message);
    tributary_shared_sender_destroy(sender);
    fixture_finish(&fixture);
}

/* Senders that come and go leave nothing behind while the channel lives. */
MATRIX_TEST(senders_that_ended_cost_nothing_once_they_are_drained) {
    size_t n, round, before = 0;
    tributary_sender *keep;
    uint64_t word;
    fixture_open_words(&fixture, configuration, 64);
    keep = fixture_sender(&fixture);
    for (round = 0; round < 20 + scaled(300); round++) {
        tributary_sender *sender = fixture_sender(&fixture);
        tributary_shared_sender *shared = fixture_shared_sender(&fixture);
        for (n = 0; n < round % 50; n++) {
            require_equal(send_word(sender, n), 0);
            require_equal(send_word_shared(shared, n), 0);
        }
        tributary_sender_destroy(sender);
        tributary_shared_sender_destroy(shared);
        while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0) {
        }
        /* What this thread keeps for its shared messages is there after the first of them. */
        if (round == 10)
            before = live();
        if (round > 10)
            require_at_most(live(), before + 8 * KIBIBYTE);
    }
    tributary_sender_destroy(keep);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(an_idle_channel_is_under_a_kibibyte_and_an_idle_sender_under_half),
          scenario(after_a_drained_burst_little_is_left),
          scenario(after_a_stream_one_segment_is_left),
          scenario(after_a_stream_and_a_long_burst_little_is_left),
          scenario(memory_shrinks_while_the_burst_is_drained),
          scenario(after_a_drained_burst_of_shared_messages_little_is_left),
          scenario(large_shared_messages_are_given_back_as_they_are_received),
          scenario(senders_that_ended_cost_nothing_once_they_are_drained))
