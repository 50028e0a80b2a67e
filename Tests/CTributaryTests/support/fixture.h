/* SPDX-License-Identifier: Apache-2.0 */
/* A channel under test whose memory and destroyed messages are counted. */
#ifndef TRIBUTARY_TESTS_FIXTURE_H
#define TRIBUTARY_TESTS_FIXTURE_H

#include "allocator.h"
#include "matrix.h"
#include "test.h"

struct fixture {
    struct counting_allocator memory;
    tributary_options options;
    tributary_channel *channel;
    atomic_size_t destroyed; /* calls of destroy_message */
};

/* Options for the channel, to be changed before fixture_open. `configuration` NULL: defaults. */
void fixture_prepare(struct fixture *fixture, const struct configuration *configuration,
                     size_t message_size, size_t message_alignment, size_t capacity);
/* No polling before a wait sleeps. */
void fixture_sleep_at_once(struct fixture *fixture);
void fixture_open(struct fixture *fixture);
/* Prepare and open for messages of uint64_t. */
void fixture_open_words(struct fixture *fixture, const struct configuration *configuration,
                        size_t capacity);
/* Destroys the channel unless that was done, and requires that all memory came back. */
void fixture_finish(struct fixture *fixture);

tributary_sender *fixture_sender(struct fixture *fixture);
tributary_shared_sender *fixture_shared_sender(struct fixture *fixture);
tributary_statistics fixture_statistics(struct fixture *fixture);

/* One message of uint64_t; errors as the library reports them. */
int send_word(tributary_sender *sender, uint64_t word);
int send_word_shared(tributary_shared_sender *sender, uint64_t word);
/* Receives one and requires that it is `word`. */
void require_word(tributary_channel *channel, uint64_t word);

#endif
