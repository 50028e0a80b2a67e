/* SPDX-License-Identifier: Apache-2.0 */
#include "message.h"

#include <inttypes.h>

#include "report.h"

static unsigned producer_of(uint64_t word) {
    return (unsigned)(word >> MESSAGE_SEQUENCE_BITS);
}

uint64_t message_checker_initialize(struct message_checker *checker, unsigned producers) {
    checker->producers = producers;
    for (unsigned producer = 0; producer < producers; producer++)
        checker->expected[producer] = message_first_word(producer);
    return checker->expected[0];
}

uint64_t message_checker_switch(struct message_checker *checker, uint64_t expected,
                                uint64_t word) {
    unsigned producer = producer_of(word);
    checker->expected[producer_of(expected)] = expected;
    if (producer >= checker->producers || checker->expected[producer] != word)
        fail("received %#" PRIx64 " after %#" PRIx64 ": lost, repeated, reordered or torn", word,
             producer < checker->producers ? checker->expected[producer] - 1 : expected - 1);
    return word;
}

void message_torn(uint64_t word, uint64_t other) {
    fail("message %#" PRIx64 " arrived with %#" PRIx64 " in it: torn", word, other);
}

void message_checker_finish(struct message_checker *checker, uint64_t expected,
                            const struct cell *cell) {
    checker->expected[producer_of(expected)] = expected;
    for (unsigned producer = 0; producer < checker->producers; producer++)
        if (checker->expected[producer] !=
            message_first_word(producer) + cell_share(cell, producer))
            fail("producer %u: %" PRIu64 " messages sent, the next one received would be %#" PRIx64,
                 producer, cell_share(cell, producer), checker->expected[producer]);
}
