/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include "random.h"
#include "test.h"

/* Writes or compares eight bytes of the pattern at a time. */
static uint64_t pattern_word(uint64_t sender, uint64_t sequence, size_t place) {
    return random_mix(random_mix(sender * 1000003 + sequence) + place);
}

void pattern_write(void *message, size_t size, uint64_t sender, uint64_t sequence) {
    unsigned char *bytes = message;
    size_t place;
    for (place = 0; place < size; place += sizeof(uint64_t)) {
        uint64_t word = pattern_word(sender, sequence, place);
        size_t rest = size - place;
        memcpy(bytes + place, &word, rest < sizeof word ? rest : sizeof word);
    }
}

bool pattern_matches(const void *message, size_t size, uint64_t sender, uint64_t sequence) {
    const unsigned char *bytes = message;
    size_t place;
    for (place = 0; place < size; place += sizeof(uint64_t)) {
        uint64_t word = pattern_word(sender, sequence, place);
        size_t rest = size - place;
        if (memcmp(bytes + place, &word, rest < sizeof word ? rest : sizeof word) != 0)
            return false;
    }
    return true;
}

void stamp_write(void *message, size_t size, uint64_t sender, uint64_t sequence) {
    struct stamp stamp = {sender, sequence, random_mix(sender ^ random_mix(sequence))};
    memcpy(message, &stamp, sizeof stamp);
    pattern_write((unsigned char *)message + sizeof stamp, size - sizeof stamp, sender, sequence);
}

struct stamp stamp_read(const void *message, size_t size) {
    struct stamp stamp;
    memcpy(&stamp, message, sizeof stamp);
    require(stamp.check == random_mix(stamp.sender ^ random_mix(stamp.sequence)));
    require_pattern((const unsigned char *)message + sizeof stamp, size - sizeof stamp,
                    stamp.sender, stamp.sequence);
    return stamp;
}

void ledger_accept(struct ledger *ledger, uint64_t sender, uint64_t sequence) {
    require(sender < LEDGER_SENDERS);
    if (sequence != ledger->next[sender])
        test_failed(__FILE__, __LINE__, "sender %llu: message %llu arrived, %llu expected: %s",
                    (unsigned long long)sender, (unsigned long long)sequence,
                    (unsigned long long)ledger->next[sender],
                    sequence < ledger->next[sender] ? "duplicate or out of order" : "lost");
    ledger->next[sender]++;
    ledger->total++;
}
