/* SPDX-License-Identifier: Apache-2.0 */
/* Every sending and receiving call in tables, so that what holds for all of them is tested for all
 * of them. Each handles one message of uint64_t and returns 1, or the library's error. */
#ifndef TRIBUTARY_TESTS_CALLS_H
#define TRIBUTARY_TESTS_CALLS_H

#include "fixture.h"

struct ends {
    tributary_channel *channel;
    tributary_sender *sender;
    tributary_shared_sender *shared;
    uint64_t word; /* sent, or received */
};

struct call {
    const char *name;
    bool shared; /* it uses the shared sender */
    ptrdiff_t (*attempt)(struct ends *ends); /* the try form */
    ptrdiff_t (*wait)(struct ends *ends);
    ptrdiff_t (*with_timeout)(struct ends *ends, int64_t nanoseconds);
    ptrdiff_t (*with_deadline)(struct ends *ends, int64_t deadline);
};

enum { RECEIVING_CALLS = 3, SENDING_CALLS = 5 };
extern const struct call receiving_calls[RECEIVING_CALLS];
extern const struct call sending_calls[SENDING_CALLS];

/* Opens both kinds of senders on a channel for words. */
void ends_open(struct ends *ends, struct fixture *fixture);
/* Opens only the sender that the call uses. */
void ends_open_for(struct ends *ends, struct fixture *fixture, const struct call *call);
/* Ends the senders that are open. */
void ends_drop_senders(struct ends *ends);
/* Sends with the call's try form until the channel is full; returns how many went in. */
size_t ends_fill(struct ends *ends, const struct call *call, uint64_t first_word);

#endif
