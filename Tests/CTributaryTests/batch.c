/* SPDX-License-Identifier: Apache-2.0 */
/* Batches: in order, as many as there are or fit, nothing written past what is reported. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

enum { MOST = 5000 };
static struct fixture fixture;
static struct ends ends;
static uint64_t words[MOST];

static void number_words(uint64_t first, size_t count) {
    size_t n;
    for (n = 0; n < count; n++)
        words[n] = first + n;
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_receive_batch_takes_what_is_there_and_writes_nothing_past_it) {
    size_t there, wanted, n;
    for (there = 1; there <= 9; there += 4)
        for (wanted = 1; wanted <= 12; wanted++) {
            uint64_t taken = 0;
            fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
            ends_open(&ends, &fixture);
            number_words(0, there);
            require_equal(tributary_sender_try_send_batch(ends.sender, words, there, 8), there);
            while (taken < there) {
                ptrdiff_t count;
                memset(words, 0xee, 20 * sizeof *words);
                count = tributary_channel_try_receive_batch(fixture.channel, words, wanted, 8);
                require_equal(count, there - taken < wanted ? there - taken : wanted);
                for (n = 0; n < (size_t)count; n++)
                    require_equal(words[n], taken + n);
                for (; n < 20; n++)
                    require(words[n] == UINT64_C(0xeeeeeeeeeeeeeeee));
                taken += (uint64_t)count;
            }
            require_equal(tributary_channel_try_receive_batch(fixture.channel, words, wanted, 8),
                          -EAGAIN);
            finish();
        }
}

/* All senders of the channel are in one batch where there is room. */
MATRIX_TEST(a_receive_batch_collects_from_several_senders) {
    tributary_sender *senders[5];
    size_t seen = 0, n;
    struct ledger ledger;
    memset(&ledger, 0, sizeof ledger);
    fixture_open_words(&fixture, configuration, 10);
    ends_open(&ends, &fixture);
    for (n = 0; n < 5; n++) {
        uint64_t sequence;
        senders[n] = fixture_sender(&fixture);
        for (sequence = 0; sequence < 10; sequence++) {
            require_equal(send_word(senders[n], word_of(n, sequence)), 0);
            if (n == 0)
                require_equal(send_word_shared(ends.shared, word_of(5, sequence)), 0);
        }
    }
    while (seen < 60) {
        ptrdiff_t count = tributary_channel_receive_batch(fixture.channel, words, MOST, 8);
        require(count >= 1);
        for (n = 0; n < (size_t)count; n++)
            ledger_accept(&ledger, word_sender(words[n]), word_sequence(words[n]));
        seen += (size_t)count;
    }
    require_equal(ledger.total, 60);
    for (n = 0; n < 5; n++)
        tributary_sender_destroy(senders[n]);
    finish();
}

struct sending {
    struct ends ends;
    bool shared;
    size_t total, portion;
    ptrdiff_t last;
    size_t sent;
};

static ptrdiff_t send_batch(struct sending *sending, const uint64_t *from, size_t count) {
    return sending->shared
               ? tributary_shared_sender_send_batch(sending->ends.shared, from, count, 8)
               : tributary_sender_send_batch(sending->ends.sender, from, count, 8);
}

static void send_all_in_batches(void *context, size_t index) {
    struct sending *sending = context;
    uint64_t *own = malloc(sending->portion * sizeof *own);
    size_t n;
    (void)index;
    while (sending->sent < sending->total) {
        size_t count = sending->total - sending->sent;
        if (count > sending->portion)
            count = sending->portion;
        for (n = 0; n < count; n++)
            own[n] = sending->sent + n;
        sending->last = send_batch(sending, own, count);
        require_equal(sending->last, count);
        sending->sent += count;
    }
    free(own);
}

/* Larger than the channel holds: sent in portions while the receiver makes room. */
MATRIX_TEST(a_waiting_batch_larger_than_the_capacity_is_sent_whole) {
    static const size_t capacities[] = {1, 3, 64, 1000};
    size_t c, shared;
    for (c = 0; c < 4; c++)
        for (shared = 0; shared < 2; shared++) {
            struct sending sending;
            struct worker worker;
            uint64_t next = 0;
            memset(&sending, 0, sizeof sending);
            fixture_open_words(&fixture, configuration, capacities[c]);
            ends_open(&ends, &fixture);
            sending.ends = ends;
            sending.shared = shared;
            sending.portion = 2500;
            sending.total = scaled(c == 0 ? 3000 : 20000);
            worker_start(&worker, send_all_in_batches, &sending, 0);
            while (next < sending.total) {
                ptrdiff_t count, n;
                count = tributary_channel_receive_batch(fixture.channel, words,
                                                        1 + next % 200, 8);
                require(count >= 1 && count <= (ptrdiff_t)(1 + next % 200));
                for (n = 0; n < count; n++)
                    require_equal(words[n], next++);
            }
            worker_join(&worker);
            require_equal(sending.sent, sending.total);
            finish();
        }
}

static void send_one_batch(void *context, size_t index) {
    struct sending *sending = context;
    uint64_t own[10];
    size_t n;
    (void)index;
    for (n = 0; n < 10; n++)
        own[n] = n;
    worker_announces_sleep();
    sending->last = send_batch(sending, own, 10);
}

/* The first ones of the array are sent and delivered, the others are still the caller's. */
MATRIX_TEST(a_close_in_the_middle_of_a_batch_reports_the_part_that_was_sent) {
    size_t shared, word;
    for (shared = 0; shared < 2; shared++) {
        struct sending sending;
        struct worker worker;
        memset(&sending, 0, sizeof sending);
        fixture_prepare(&fixture, configuration, 8, 8, 4);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        sending.ends = ends;
        sending.shared = shared;
        worker_start(&worker, send_one_batch, &sending, 0);
        worker_await_sleep(&worker);
        require_equal(tributary_channel_close(fixture.channel), 0);
        worker_join(&worker);
        require_equal(sending.last, 4);
        require_equal(send_batch(&sending, words, 10), -EPIPE);
        for (word = 0; word < 4; word++)
            require_word(fixture.channel, word);
        require_equal(tributary_channel_try_receive_batch(fixture.channel, words, 10, 8), -EPIPE);
        finish();
        require_equal(fixture.destroyed, 0);
    }
}

/* Batches of all sizes from 1 to beyond a segment, in and out, against single calls. */
MATRIX_TEST(batches_of_changing_size_keep_the_order_across_segments) {
    size_t shared;
    for (shared = 0; shared < 2; shared++) {
        struct random_source source = random_for(shared);
        uint64_t sent = 0, received = 0;
        size_t target = scaled(60000);
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open(&ends, &fixture);
        while (received < target) {
            size_t size = 1 + random_below(&source, random_one_in(&source, 8) ? MOST : 70);
            ptrdiff_t count, n;
            if (sent < target && random_one_in(&source, 2)) {
                number_words(sent, size);
                count = shared ? tributary_shared_sender_try_send_batch(ends.shared, words, size, 8)
                               : tributary_sender_try_send_batch(ends.sender, words, size, 8);
                require_equal(count, size);
                sent += size;
            } else if (received < sent) {
                count = tributary_channel_try_receive_batch(fixture.channel, words, size, 8);
                require(count >= 1 && (size_t)count <= size);
                for (n = 0; n < count; n++)
                    require_equal(words[n], received++);
            }
            require_equal(tributary_channel_length(fixture.channel), sent - received);
        }
        finish();
        require_equal(fixture.destroyed, sent - received);
    }
}

TEST_MAIN(scenario(a_receive_batch_takes_what_is_there_and_writes_nothing_past_it),
          scenario(a_receive_batch_collects_from_several_senders),
          scenario(a_waiting_batch_larger_than_the_capacity_is_sent_whole),
          scenario(a_close_in_the_middle_of_a_batch_reports_the_part_that_was_sent),
          scenario(batches_of_changing_size_keep_the_order_across_segments))
