/* SPDX-License-Identifier: Apache-2.0 */
/* A sender stopped in the middle of an enqueue, between exchange and link, holds up nobody whose lane the receiver has. Its
 * two halves are done by hand here, with the core's own headers. */
#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"

static struct fixture fixture;

static struct cds_wfcq_node *stop_in_enqueue(tributary_channel *channel, tributary_sender *lane) {
    require((tributary_fetch_or_acquire_release(&lane->hot.transition.state, TRIBUTARY_LANE_READY) &
             TRIBUTARY_LANE_READY) == 0);
    cds_wfcq_node_init(&lane->node.node);
    return tributary_exchange_acquire_release(&channel->inbox.tail.p, &lane->node.node);
}

static void go_on(tributary_channel *channel, tributary_sender *lane, struct cds_wfcq_node *previous) {
    tributary_store_release(&previous->next, &lane->node.node);
    tributary_core_wake(channel);
}

static void send(tributary_sender *sender, uint64_t word) {
    require_equal(tributary_sender_try_send(sender, &word, sizeof word), 0);
}

static void receive(tributary_channel *channel, uint64_t expected) {
    const int64_t long_enough = INT64_C(2000000000);
    uint64_t word = 0;
    require_equal(tributary_channel_receive_timeout(channel, &word, sizeof word, long_enough), 0);
    require_equal(word, expected);
}

static void call_nobody(void *context) { (void)context; }

MATRIX_TEST(lanes_that_the_receiver_has_go_on) {
    tributary_sender *ready, *before, *stopped;
    tributary_channel *channel;
    struct cds_wfcq_node *previous;
    uint64_t word;
    size_t round;
    fixture_open_words(&fixture, configuration, 64);
    channel = fixture.channel;
    require_equal(tributary_channel_open_sender(channel, &ready), 0);
    require_equal(tributary_channel_open_sender(channel, &before), 0);
    require_equal(tributary_channel_open_sender(channel, &stopped), 0);

    send(ready, 1);
    receive(channel, 1);
    send(before, 2);
    previous = stop_in_enqueue(channel, stopped);
    /* Its link is what the stopped one owes. */
    receive(channel, 2);

    send(ready, 3);
    receive(channel, 3);
    require_equal(tributary_channel_receive_timeout(channel, &word, sizeof word, 5000000), -ETIMEDOUT);
    send(ready, 4);
    receive(channel, 4);
    send(before, 5);
    receive(channel, 5);
    /* Nothing would tell of a message behind the stopped one. */
    require_equal(tributary_channel_notify(channel, call_nobody, NULL), -EALREADY);
    for (round = 0; round < 1000; round++)
        require_equal(tributary_channel_try_receive(channel, &word, sizeof word), -EAGAIN);
    send(ready, 6);
    receive(channel, 6);

    go_on(channel, stopped, previous);
    send(stopped, 7);
    receive(channel, 7);
    send(before, 8);
    receive(channel, 8);
    require_equal(tributary_channel_receive_timeout(channel, &word, sizeof word, 1000000), -ETIMEDOUT);
    send(stopped, 9);
    receive(channel, 9);
    tributary_sender_destroy(before);
    tributary_sender_destroy(stopped);
    tributary_sender_destroy(ready);
    fixture_finish(&fixture);
}

MATRIX_TEST(the_channel_may_go_meanwhile) {
    tributary_sender *before, *stopped;
    struct cds_wfcq_node *previous;
    fixture_open_words(&fixture, configuration, 64);
    require_equal(tributary_channel_open_sender(fixture.channel, &before), 0);
    require_equal(tributary_channel_open_sender(fixture.channel, &stopped), 0);
    send(before, 1);
    previous = stop_in_enqueue(fixture.channel, stopped);
    receive(fixture.channel, 1);
    tributary_sender_destroy(before);
    require_equal(tributary_channel_close(fixture.channel), 0);
    go_on(fixture.channel, stopped, previous);
    tributary_sender_destroy(stopped);
    fixture_finish(&fixture);
}

/* The entry before it, which the receiver has not taken, is a lane whose two ends go: its node is still written to. */
MATRIX_TEST(a_lane_in_the_inbox_outlives_both_of_its_ends) {
    tributary_sender *before, *stopped;
    struct cds_wfcq_node *previous;
    size_t blocks, message;
    for (message = 0; message < 2; message++) {
        fixture_open_words(&fixture, configuration, 64);
        require_equal(tributary_channel_open_sender(fixture.channel, &before), 0);
        require_equal(tributary_channel_open_sender(fixture.channel, &stopped), 0);
        send(before, 1);
        previous = stop_in_enqueue(fixture.channel, stopped);
        require(previous == &before->node.node);
        if (message)
            send(before, 2);
        tributary_channel_destroy(fixture.channel);
        blocks = atomic_load(&fixture.memory.live_blocks);
        tributary_sender_destroy(before);
        require_equal(atomic_load(&fixture.memory.live_blocks), blocks);
        go_on(fixture.channel, stopped, previous);
        fixture.channel = NULL;
        tributary_sender_destroy(stopped);
        fixture_finish(&fixture);
    }
}

/* Which of the shared senders enqueues them all is of no concern to the others, whose sends have returned. */
MATRIX_TEST(shared_messages_of_others_are_received) {
    tributary_shared_sender *shared;
    struct cds_wfcq_node *previous;
    tributary_channel *channel;
    uint64_t word;
    size_t round;
    fixture_open_words(&fixture, configuration, 64);
    channel = fixture.channel;
    require_equal(tributary_channel_open_shared_sender(channel, &shared), 0);
    require_equal(tributary_fetch_or_acquire_release(&channel->shared_front.state, TRIBUTARY_LANE_READY) &
                      TRIBUTARY_LANE_READY, 0);
    cds_wfcq_node_init(&channel->shared->back.node.node);
    previous = tributary_exchange_acquire_release(&channel->inbox.tail.p, &channel->shared->back.node.node);

    for (round = 0; round < 2000; round++) {
        require_equal(send_word_shared(shared, round), 0);
        require_equal(tributary_channel_try_receive(channel, &word, sizeof word), 0);
        require_equal(word, round);
    }
    for (round = 0; round < 1000; round++)
        require_equal(tributary_channel_try_receive(channel, &word, sizeof word), -EAGAIN);
    require_equal(send_word_shared(shared, 1), 0);
    receive(channel, 1);
    require_equal(tributary_channel_receive_timeout(channel, &word, sizeof word, 1000000), -ETIMEDOUT);

    tributary_store_release(&previous->next, &channel->shared->back.node.node);
    tributary_core_wake(channel);
    require_equal(tributary_channel_receive_timeout(channel, &word, sizeof word, 1000000), -ETIMEDOUT);
    require_equal(send_word_shared(shared, 2), 0);
    receive(channel, 2);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

/* Messages of a lane whose enqueue has begun and not ended are destroyed with the others. */
MATRIX_TEST(messages_of_a_stopped_enqueuer_go_with_the_channel) {
    static const tributary_overflow policies[] = {TRIBUTARY_OVERFLOW_WAIT, TRIBUTARY_OVERFLOW_DROP_OLDEST};
    size_t policy;
    for (policy = 0; policy < 2; policy++) {
        tributary_sender *stopped;
        struct cds_wfcq_node *previous;
        fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), 64);
        fixture.options.overflow = policies[policy];
        fixture_open(&fixture);
        stopped = fixture_sender(&fixture);
        previous = stop_in_enqueue(fixture.channel, stopped);
        send(stopped, 1);
        send(stopped, 2);
        tributary_channel_destroy(fixture.channel);
        require_equal(atomic_load(&fixture.destroyed), 2);
        go_on(fixture.channel, stopped, previous);
        fixture.channel = NULL;
        tributary_sender_destroy(stopped);
        fixture_finish(&fixture);
    }
}

/* Silent for long, the shared messages stay with the receiver while an entry is held: let go, they would come back behind it. */
MATRIX_TEST(silent_shared_messages_stay_while_an_entry_is_held) {
    tributary_shared_sender *shared;
    tributary_sender *before, *stopped;
    struct cds_wfcq_node *previous;
    uint64_t word;
    size_t round;
    fixture_open_words(&fixture, configuration, 64);
    shared = fixture_shared_sender(&fixture);
    before = fixture_sender(&fixture);
    stopped = fixture_sender(&fixture);
    require_equal(send_word_shared(shared, 1), 0);
    receive(fixture.channel, 1);
    send(before, 2);
    previous = stop_in_enqueue(fixture.channel, stopped);
    receive(fixture.channel, 2);
    for (round = 0; round < 1000; round++)
        require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EAGAIN);
    require_equal(send_word_shared(shared, 3), 0);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
    require_equal(word, 3);
    go_on(fixture.channel, stopped, previous);
    tributary_sender_destroy(before);
    tributary_sender_destroy(stopped);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(messages_of_a_stopped_enqueuer_go_with_the_channel),
          scenario(silent_shared_messages_stay_while_an_entry_is_held), scenario(lanes_that_the_receiver_has_go_on), scenario(shared_messages_of_others_are_received),
          scenario(the_channel_may_go_meanwhile), scenario(a_lane_in_the_inbox_outlives_both_of_its_ends))
