/* SPDX-License-Identifier: Apache-2.0 */
/* Who sent what, and what became of it. A stream is a sender's lane, or a thread's shared messages: its messages are numbered, and
 * arrive in order. */
#ifndef TRIBUTARY_CHAOS_LEDGER_H
#define TRIBUTARY_CHAOS_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tributary/options.h>

enum { LEDGER_STREAMS = 48, LEDGER_MESSAGES = 20000, LEDGER_LARGEST_MESSAGE = 512 };

struct message {
    uint32_t stream, number;
    uint64_t check; /* the rest of the message is filled from it */
};

/* Nothing is sent yet. */
void ledger_begin(const tributary_options *options);
/* A new stream's number, or -1: all are used. Any thread. */
int ledger_open_stream(bool shared);

/* A sender, about its own stream: the next messages, written to `memory`; then that so many of them were accepted. */
void ledger_write(int stream, void *memory, size_t count);
void ledger_accept(int stream, size_t count);
/* All that were accepted have been received. */
bool ledger_is_drained(int stream);
/* Around a send of shared messages: times, for the order. */
void ledger_send_begins(int stream);

/* The receiver, before a call that may take messages. */
void ledger_receive_begins(void);
/* It has these now. */
void ledger_deliver(const void *messages, size_t count);
/* The channel destroys it. Any thread. */
void ledger_destroy(void *context, void *message);
uint64_t ledger_delivered(void);

/* The receiver, around a look at the length: the fewest that may be in the channel, before it; the most, after it. */
uint64_t ledger_least_length(void);
uint64_t ledger_greatest_length(void);

/* After all ends have gone: each accepted message was delivered or destroyed, once; no other one was; no shared message was
 * received before one whose send had returned when its own began; and never were more undelivered than the capacity is.
 * `all_delivered`: nothing may have been destroyed. */
void ledger_settle(bool all_delivered);

#endif
