/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include "random.h"
#include "test.h"

/* Eight bytes of the pattern: no two places, numbers or senders share them. */
static uint64_t pattern_base(uint64_t sender, uint64_t sequence) {
    return random_mix(sender * 1000003 + sequence);
}

static uint64_t pattern_word(uint64_t base, size_t place) {
    return base ^ (place * UINT64_C(0x9e3779b97f4a7c15));
}

void pattern_write(void *message, size_t size, uint64_t sender, uint64_t sequence) {
    unsigned char *bytes = message;
    uint64_t base = pattern_base(sender, sequence), word;
    size_t place;
    for (place = 0; place + sizeof word <= size; place += sizeof word) {
        word = pattern_word(base, place);
        memcpy(bytes + place, &word, sizeof word);
    }
    word = pattern_word(base, place);
    memcpy(bytes + place, &word, size - place);
}

bool pattern_matches(const void *message, size_t size, uint64_t sender, uint64_t sequence) {
    const unsigned char *bytes = message;
    uint64_t base = pattern_base(sender, sequence), word, found;
    size_t place;
    for (place = 0; place + sizeof word <= size; place += sizeof word) {
        memcpy(&found, bytes + place, sizeof found);
        if (found != pattern_word(base, place))
            return false;
    }
    word = pattern_word(base, place);
    return memcmp(bytes + place, &word, size - place) == 0;
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
