/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

static void count_destroyed(void *context, void *message) {
    struct fixture *fixture = context;
    require(message != NULL);
    atomic_fetch_add(&fixture->destroyed, 1);
}

void fixture_prepare(struct fixture *fixture, const struct configuration *configuration,
                     size_t message_size, size_t message_alignment, size_t capacity) {
    memset(fixture, 0, sizeof *fixture);
    counting_allocator_initialize(&fixture->memory);
    tributary_options_initialize(&fixture->options, message_size, message_alignment, capacity);
    fixture->options.allocator = counting_allocator_hooks(&fixture->memory);
    fixture->options.destroy_message = count_destroyed;
    fixture->options.destroy_context = fixture;
    if (configuration != NULL) {
        fixture->options.fence = configuration->fence;
        fixture->options.parker = configuration->parker;
    }
}

void fixture_sleep_at_once(struct fixture *fixture) {
    tributary_wait_policy at_once = {0, 0};
    fixture->options.receiver_wait = at_once;
    fixture->options.sender_wait = at_once;
}

void fixture_open(struct fixture *fixture) {
    require_equal(tributary_channel_create(&fixture->options, &fixture->channel), 0);
    require(fixture->channel != NULL);
}

void fixture_open_words(struct fixture *fixture, const struct configuration *configuration,
                        size_t capacity) {
    fixture_prepare(fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture_open(fixture);
}

void fixture_finish(struct fixture *fixture) {
    tributary_channel_destroy(fixture->channel);
    fixture->channel = NULL;
    require_nothing_allocated(&fixture->memory);
}

tributary_sender *fixture_sender(struct fixture *fixture) {
    tributary_sender *sender = NULL;
    require_equal(tributary_channel_open_sender(fixture->channel, &sender), 0);
    require(sender != NULL);
    return sender;
}

tributary_shared_sender *fixture_shared_sender(struct fixture *fixture) {
    tributary_shared_sender *sender = NULL;
    require_equal(tributary_channel_open_shared_sender(fixture->channel, &sender), 0);
    require(sender != NULL);
    return sender;
}

tributary_statistics fixture_statistics(struct fixture *fixture) {
    tributary_statistics statistics;
    memset(&statistics, 0xff, sizeof statistics);
    require_equal(tributary_channel_statistics(fixture->channel, &statistics), 0);
    return statistics;
}

int send_word(tributary_sender *sender, uint64_t word) {
    return tributary_sender_try_send(sender, &word, sizeof word);
}

int send_word_shared(tributary_shared_sender *sender, uint64_t word) {
    return tributary_shared_sender_try_send(sender, &word, sizeof word);
}

void require_word(tributary_channel *channel, uint64_t word) {
    uint64_t received = ~word;
    require_equal(tributary_channel_try_receive(channel, &received, sizeof received), 0);
    require_equal(received, word);
}
