/* SPDX-License-Identifier: Apache-2.0 */
/* Faults that other channels shipped, about beginnings and ends. Each test is named after one. */
#include "support/calls.h"
#include "support/stop.h"
#include "support/threads.h"

static struct fixture fixture;

/* A sender on a thread of its own that does its part once in each round. */
struct rounds {
    struct ends ends;
    const struct call *call;
    atomic_size_t begun, done;
    size_t total, accepted;
    size_t messages;
    ptrdiff_t last;
};

static void rounds_open(struct rounds *rounds, const struct configuration *configuration,
                        const struct call *call, size_t capacity) {
    memset(rounds, 0, sizeof *rounds);
    fixture_open_words(&fixture, configuration, capacity);
    rounds->call = call;
    ends_open_for(&rounds->ends, &fixture, call);
}

static void send_then_drop(void *context, size_t index) {
    struct rounds *rounds = context;
    size_t n;
    (void)index;
    for (n = 0; n < rounds->messages; n++) {
        rounds->ends.word = n;
        rounds->last = rounds->call->wait(&rounds->ends);
        if (rounds->last != 1)
            break;
        rounds->accepted++;
    }
    ends_drop_senders(&rounds->ends);
}

/* crossbeam, RUSTSEC-2025-0024: leak, then double free. */
MATRIX_TEST(fault_01_first_block_installed_while_the_receiver_drops) {
    size_t round, s;
    size_t total = scaled(400) < 4 ? 4 : scaled(400);
    for (round = 0; round < total; round++)
        for (s = 0; s < SENDING_CALLS; s++) {
            struct rounds rounds;
            struct team team;
            rounds_open(&rounds, configuration, &sending_calls[s], TRIBUTARY_UNBOUNDED);
            rounds.messages = 1 + round % 3;
            /* Now and then not by luck: the block is there and the message is not. A shared sender has no such call, see below. */
            if (round % 4 == 1 && !sending_calls[s].shared) {
                void *slots;
                require_equal(tributary_sender_try_reserve(rounds.ends.sender, 1, &slots), 1);
                tributary_channel_destroy(fixture.channel);
                fixture.channel = NULL;
            }
            team_start(&team, 1, send_then_drop, &rounds);
            if (round % 4 == 0)
                give_way();
            tributary_channel_destroy(fixture.channel);
            fixture.channel = NULL;
            team_join(&team);
            fixture_finish(&fixture);
            require_equal(rounds.accepted, fixture.destroyed);
        }
}

/* The worst moment: the receiver has gone when the sender comes out of the allocation of its first block. */
MATRIX_TEST(fault_01_the_receiver_drops_inside_of_the_first_blocks_allocation) {
    int allocation;
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++)
        /* A shared sender's thread allocates its lane first. */
        for (allocation = 1; allocation <= (sending_calls[s].shared ? 2 : 1); allocation++) {
            static struct stop stop;
            struct rounds rounds;
            struct worker worker;
            rounds_open(&rounds, configuration, &sending_calls[s], TRIBUTARY_UNBOUNDED);
            rounds.messages = 1;
            stop_arm(&stop, allocation);
            fixture.memory.visit = stop_at_allocation;
            fixture.memory.visit_context = &stop;
            worker_start(&worker, send_then_drop, &rounds, 0);
            stop_await(&stop);
            tributary_channel_destroy(fixture.channel);
            fixture.channel = NULL;
            stop_release(&stop);
            worker_join(&worker);
            require_equal(rounds.last, -EPIPE);
            require_equal(fixture.destroyed, 0);
            fixture_finish(&fixture);
        }
}

/* crossfire#70, flume#120: the end is reported with an item queued. */
MATRIX_TEST(fault_02_empty_then_closed_read_in_the_wrong_order) {
    size_t round, s;
    for (round = 0; round < scaled(300); round++)
        for (s = 0; s < SENDING_CALLS; s++) {
            struct rounds rounds;
            struct team team;
            struct ends ends = {0};
            ptrdiff_t result;
            size_t received = 0;
            rounds_open(&rounds, configuration, &sending_calls[s], TRIBUTARY_UNBOUNDED);
            rounds.messages = 1 + round % 2;
            ends.channel = fixture.channel;
            team_start(&team, 1, send_then_drop, &rounds);
            while ((result = receiving_calls[round % RECEIVING_CALLS].attempt(&ends)) != -EPIPE)
                if (result == 1)
                    require_equal(ends.word, received++);
                else
                    give_way();
            require_equal(received, rounds.messages);
            team_join(&team);
            fixture_finish(&fixture);
        }
}

/* The item comes, and the last sender goes, in the middle of the receiver's look: it frees a lane on its way. */
struct last_words {
    struct ends ends;
    const struct call *call;
    bool said;
};

static void send_and_go(void *context, bool allocates) {
    struct last_words *last = context;
    if (allocates || last->said)
        return;
    last->said = true;
    last->ends.word = 2;
    require_equal(last->call->attempt(&last->ends), 1);
    ends_drop_senders(&last->ends);
}

MATRIX_TEST(fault_02_an_item_and_the_end_in_the_middle_of_a_look) {
    size_t s, r;
    for (s = 0; s < SENDING_CALLS; s++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            struct last_words last = {.call = &sending_calls[s]};
            struct ends ends = {0};
            tributary_sender *before;
            ptrdiff_t result;
            fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
            ends.channel = fixture.channel;
            ends_open_for(&last.ends, &fixture, last.call);
            before = fixture_sender(&fixture);
            require_equal(send_word(before, 1), 0);
            tributary_sender_destroy(before);
            require_equal(receiving_calls[r].attempt(&ends), 1);
            fixture.memory.visit_context = &last;
            fixture.memory.visit = send_and_go;
            while ((result = receiving_calls[r].attempt(&ends)) == -EAGAIN) {
            }
            require(last.said);
            require_equal(result, 1);
            require_equal(ends.word, 2);
            require_equal(receiving_calls[r].attempt(&ends), -EPIPE);
            fixture_finish(&fixture);
        }
}

/* tokio#3263, #4113; .NET runtime#132736 at a segment's edge. */
static void send_each_in_turn(void *context, size_t index) {
    struct rounds *rounds = context;
    size_t n;
    (void)index;
    for (n = 1; n <= rounds->total; n++) {
        rounds->ends.word = n;
        require_equal(rounds->call->wait(&rounds->ends), 1);
        atomic_store_explicit(&rounds->done, n, memory_order_release);
        if (n % 128 == 0)
            await(atomic_load(&rounds->begun) == n);
    }
}

MATRIX_TEST(fault_03_empty_reported_though_a_send_happened_before) {
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct rounds rounds;
        struct worker worker;
        struct ends ends = {0};
        size_t received = 0;
        rounds_open(&rounds, configuration, &sending_calls[s], TRIBUTARY_UNBOUNDED);
        test_note("%s, fence %s, parker %s", sending_calls[s].name, configuration->fence_name,
                  configuration->parker_name);
        rounds.total = scaled(8000);
        ends.channel = fixture.channel;
        worker_start(&worker, send_each_in_turn, &rounds, 0);
        while (received < rounds.total) {
            size_t sent = atomic_load_explicit(&rounds.done, memory_order_acquire);
            if (sent > received) {
                /* That send has returned, so a look now must find it. */
                require_equal(receiving_calls[received % RECEIVING_CALLS].attempt(&ends), 1);
                require_equal(ends.word, ++received);
            } else {
                /* Looks in vain move the lane in and out of the ring. */
                ptrdiff_t result = receiving_calls[s % RECEIVING_CALLS].attempt(&ends);
                require(result == 1 || result == -EAGAIN);
                if (result == 1)
                    require_equal(ends.word, ++received);
                else
                    give_way(); /* where there are more threads than processors the sender would wait for the end of a time slice */
            }
            atomic_store(&rounds.begun, received);
        }
        worker_join(&worker);
        ends_drop_senders(&rounds.ends);
        fixture_finish(&fixture);
    }
}

/* A look that began before the send says nothing about it: here the round was half over. At each place of a segment. */
MATRIX_TEST(fault_03_empty_is_not_concluded_from_a_round_that_began_before) {
    enum { PLACES = 700 };
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct ends ends[2];
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open_for(&ends[0], &fixture, &sending_calls[s]);
        ends_open_for(&ends[1], &fixture, &sending_calls[0]);
        for (n = 0; n < PLACES; n++) {
            uint64_t word;
            size_t end;
            for (end = 0; end < 2; end++) {
                ends[end].word = n;
                require_equal(sending_calls[end == 0 ? s : 0].attempt(&ends[end]), 1);
            }
            require_word(fixture.channel, n);
            require_word(fixture.channel, n);
            for (end = 0; end < 2; end++) {
                ends[end].word = n;
                require_equal(sending_calls[end == 0 ? s : 0].attempt(&ends[end]), 1);
                require_word(fixture.channel, n);
            }
            require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EAGAIN);
        }
        ends_drop_senders(&ends[0]);
        ends_drop_senders(&ends[1]);
        fixture_finish(&fixture);
    }
}

/* tokio#7991. */
MATRIX_TEST(fault_08_batch_receive_into_a_full_buffer_on_a_closed_channel) {
    uint64_t words[8];
    struct ends ends;
    size_t n;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open(&ends, &fixture);
    for (n = 0; n < 5; n++)
        require_equal(send_word(ends.sender, n), 0);
    require_equal(tributary_channel_close(fixture.channel), 0);
    for (n = 0; n < 8; n++)
        words[n] = 100 + n;
    /* Into the rest of a buffer that holds something already. */
    require_equal(tributary_channel_receive_batch(fixture.channel, words + 2, 3, 8), 3);
    require_equal(tributary_channel_receive_batch(fixture.channel, words + 5, 3, 8), 2);
    require_equal(tributary_channel_receive_batch(fixture.channel, words + 7, 1, 8), -EPIPE);
    require_equal(words[0], 100);
    require_equal(words[1], 101);
    for (n = 0; n < 5; n++)
        require_equal(words[2 + n], n);
    require_equal(words[7], 107);
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

/* tokio#7094, in C: the destructor uses every call of the channel's other ends, and receives from
 * another channel, while the drain is in the middle of a segment. */
struct reentry {
    struct fixture other;
    struct ends own, elsewhere;
    size_t calls;
};

static void reenter(void *context, void *message) {
    struct reentry *reentry = context;
    struct ends visit = reentry->own;
    tributary_sender *sender = NULL;
    size_t s;
    (void)message;
    reentry->calls++;
    visit.word = 1;
    for (s = 0; s < SENDING_CALLS; s++)
        require_equal(sending_calls[s].wait(&visit), -EPIPE);
    require_equal(tributary_sender_clone(visit.sender, &sender), -EPIPE);
    require(tributary_sender_is_closed(visit.sender));
    (void)tributary_sender_length(visit.sender);
    visit = reentry->elsewhere;
    visit.channel = reentry->other.channel;
    for (s = 0; s < SENDING_CALLS; s++) {
        visit.word = s;
        require_equal(sending_calls[s].attempt(&visit), 1);
        require_equal(receiving_calls[s % RECEIVING_CALLS].attempt(&visit), 1);
        require_equal(visit.word, s);
    }
}

MATRIX_TEST(fault_09_a_destructor_that_reenters_while_the_channel_is_drained) {
    struct reentry reentry;
    size_t n;
    memset(&reentry, 0, sizeof reentry);
    fixture_open_words(&reentry.other, configuration, 4);
    ends_open(&reentry.elsewhere, &reentry.other);
    fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
    fixture.options.destroy_message = reenter;
    fixture.options.destroy_context = &reentry;
    fixture_open(&fixture);
    ends_open(&reentry.own, &fixture);
    for (n = 0; n < 1000; n++) {
        require_equal(send_word(reentry.own.sender, n), 0);
        require_equal(send_word_shared(reentry.own.shared, n), 0);
    }
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    require_equal(reentry.calls, 2000);
    ends_drop_senders(&reentry.own);
    ends_drop_senders(&reentry.elsewhere);
    fixture_finish(&fixture);
    fixture_finish(&reentry.other);
}

/* crossbeam#669. */
MATRIX_TEST(fault_10_undelivered_messages_do_not_live_until_the_senders_go) {
    size_t received;
    /* Lanes that the receiver has looked at, and such as stand in the inbox. */
    for (received = 0; received <= 20; received += 10) {
        struct ends ends;
        size_t n;
        fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
        ends_open(&ends, &fixture);
        for (n = 0; n < 700; n++) {
            require_equal(send_word(ends.sender, n), 0);
            require_equal(send_word_shared(ends.shared, n), 0);
        }
        ends.channel = fixture.channel;
        for (n = 0; n < received; n++)
            require_equal(receiving_calls[n % RECEIVING_CALLS].attempt(&ends), 1);
        tributary_channel_destroy(fixture.channel);
        fixture.channel = NULL;
        require_equal(fixture.destroyed + received, 1400);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
        require_equal(fixture.destroyed + received, 1400);
    }
}

TEST_MAIN(scenario(fault_01_first_block_installed_while_the_receiver_drops),
          scenario(fault_01_the_receiver_drops_inside_of_the_first_blocks_allocation),
          scenario(fault_02_empty_then_closed_read_in_the_wrong_order),
          scenario(fault_02_an_item_and_the_end_in_the_middle_of_a_look),
          scenario(fault_03_empty_reported_though_a_send_happened_before),
          scenario(fault_03_empty_is_not_concluded_from_a_round_that_began_before),
          scenario(fault_08_batch_receive_into_a_full_buffer_on_a_closed_channel),
          scenario(fault_09_a_destructor_that_reenters_while_the_channel_is_drained),
          scenario(fault_10_undelivered_messages_do_not_live_until_the_senders_go))
