/* SPDX-License-Identifier: Apache-2.0 */
/* What is sent: word 0 has the producer in its upper 16 bits and the sequence number in the lower
 * 48; the other words of a longer message are derived from it. Every word of every message is
 * checked on arrival: loss, duplication, reordering within a producer and torn copies all end
 * the program. The checks are written so that a run of messages of one producer costs one
 * comparison a word: the receiver is to be measured, not its checks. */
#ifndef CBENCH_MESSAGE_H
#define CBENCH_MESSAGE_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "cell.h"

#define MESSAGE_INLINE static inline __attribute__((always_inline))
#define MESSAGE_DERIVATION UINT64_C(0x9e3779b97f4a7c15)

enum { MESSAGE_BYTES_MAXIMUM = 256, MESSAGE_SEQUENCE_BITS = 48 };

struct message {
    uint64_t words[MESSAGE_BYTES_MAXIMUM / 8];
};

MESSAGE_INLINE uint64_t message_first_word(unsigned producer) {
    return (uint64_t)producer << MESSAGE_SEQUENCE_BITS;
}

/* Writes `size` bytes; `size` is a constant wherever this is inlined. */
MESSAGE_INLINE void message_write(void *slot, uint64_t word, size_t size) {
    uint64_t *words = slot;
    for (size_t index = 0; index < size / 8; index++)
        words[index] = word + index * MESSAGE_DERIVATION;
}

/* The next word expected of each producer that is not the one being received from. That one's is in
 * a local variable of the receiver, so that it stays in a register. */
struct message_checker {
    unsigned producers;
    uint64_t expected[CELL_PRODUCERS_MAXIMUM];
};

/* Returns what the first message has to be. */
uint64_t message_checker_initialize(struct message_checker *checker, unsigned producers);

/* A message that is not the next of the current producer: the next of another one, or the end of
 * the program. Returns its word. */
uint64_t message_checker_switch(struct message_checker *checker, uint64_t expected, uint64_t word);

/* Ends the program: the first word is right and another is not. */
__attribute__((noreturn)) void message_torn(uint64_t word, uint64_t other);

/* Checks one message; returns what the next one should be. */
MESSAGE_INLINE uint64_t message_check(struct message_checker *checker, uint64_t expected,
                                      const void *message, size_t size) {
    const uint64_t *words = message;
    uint64_t difference = words[0] ^ expected;
    for (size_t index = 1; index < size / 8; index++)
        difference |= words[index] ^ (expected + index * MESSAGE_DERIVATION);
    if (__builtin_expect(difference != 0, 0)) {
        expected = message_checker_switch(checker, expected, words[0]);
        for (size_t index = 1; index < size / 8; index++)
            if (words[index] != expected + index * MESSAGE_DERIVATION)
                message_torn(expected, words[index]);
    }
    return expected + 1;
}

/* Checks `count` neighbouring messages: as a run of one producer first, one by one if it is not. */
MESSAGE_INLINE uint64_t message_check_run(struct message_checker *checker, uint64_t expected,
                                          const void *messages, size_t count, size_t size) {
    const uint64_t *words = messages;
    uint64_t difference = 0;
    if (words[0] != expected)
        expected = message_checker_switch(checker, expected, words[0]);
    for (size_t message = 0; message < count; message++)
        for (size_t index = 0; index < size / 8; index++)
            difference |= words[message * (size / 8) + index] ^
                          (expected + message + index * MESSAGE_DERIVATION);
    if (__builtin_expect(difference == 0, 1))
        return expected + count;
    for (size_t message = 0; message < count; message++)
        expected = message_check(checker, expected, words + message * (size / 8), size);
    return expected;
}

/* After the last message: every producer's last one has arrived, and nothing after it. */
void message_checker_finish(struct message_checker *checker, uint64_t expected,
                            const struct cell *cell);

#endif
