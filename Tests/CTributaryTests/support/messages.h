/* SPDX-License-Identifier: Apache-2.0 */
/* Messages whose every byte can be checked, and ledgers that find loss, duplication and disorder. */
#ifndef TRIBUTARY_TESTS_MESSAGES_H
#define TRIBUTARY_TESTS_MESSAGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Fills a message with bytes that depend on its sender, its number and their place. */
void pattern_write(void *message, size_t size, uint64_t sender, uint64_t sequence);
bool pattern_matches(const void *message, size_t size, uint64_t sender, uint64_t sequence);
#define require_pattern(message, size, sender, sequence) \
    require(pattern_matches(message, size, sender, sequence))

/* Sender and sequence in one word: messages of 8 bytes. */
static inline uint64_t word_of(uint64_t sender, uint64_t sequence) {
    return sender << 40 | sequence;
}
static inline uint64_t word_sender(uint64_t word) {
    return word >> 40;
}
static inline uint64_t word_sequence(uint64_t word) {
    return word & ((UINT64_C(1) << 40) - 1);
}

/* A message that carries its own check, of any size from 24 bytes on. */
struct stamp {
    uint64_t sender;
    uint64_t sequence;
    uint64_t check;
};
void stamp_write(void *message, size_t size, uint64_t sender, uint64_t sequence);
/* Requires that the message is whole, and reads its stamp. */
struct stamp stamp_read(const void *message, size_t size);

/* What is expected next of each sender: every message once, in order. */
enum { LEDGER_SENDERS = 64 };
struct ledger {
    uint64_t next[LEDGER_SENDERS];
    uint64_t total;
};
void ledger_accept(struct ledger *ledger, uint64_t sender, uint64_t sequence);

#endif
