/* SPDX-License-Identifier: Apache-2.0 */
/* Every message against the one that has to come next from its sender. */
#include <string.h>

#include "soak.h"

void messages_write(uint64_t *messages, size_t words, size_t count, uint64_t first) {
    if (words == 1) {
        for (size_t n = 0; n < count; n++) messages[n] = first + n;
        return;
    }
    for (size_t n = 0; n < count; n++, messages += words) {
        messages[0] = first + n;
        for (size_t i = 1; i < words; i++) messages[i] = payload_word(first + n, i);
    }
}

void checker_begin(struct checker *checker, size_t words) {
    /* The rest of `next` was never written, or is about to be. */
    memset(checker->next, 0, checker->identities * sizeof checker->next[0]);
    checker->words = words;
    checker->identities = 0;
    checker->received = 0;
    checker->gap_count = 0;
    checker->verdict = (struct verdict){0, 0, 0, 0};
}

/* How many messages of one word are first, first + 1, and so on: blocks at a time, so that the check costs less than
 * the message. */
static size_t words_in_order(const uint64_t *messages, size_t count, uint64_t first) {
    enum { BLOCK = 32 };
    size_t n = 0;
    for (; n + BLOCK <= count; n += BLOCK) {
        uint64_t difference = 0;
        for (size_t i = 0; i < BLOCK; i++) difference |= messages[n + i] ^ (first + n + i);
        if (difference != 0) break;
    }
    while (n < count && messages[n] == first + n) n++;
    return n;
}

static bool is_whole(const uint64_t *message, size_t words) {
    for (size_t i = 1; i < words; i++)
        if (message[i] != payload_word(message[0], i)) return false;
    return true;
}

static size_t messages_in_order(const uint64_t *messages, size_t words, size_t count, uint64_t first) {
    if (words == 1) return words_in_order(messages, count, first);
    size_t n = 0;
    while (n < count && messages[n * words] == first + n && is_whole(messages + n * words, words)) n++;
    return n;
}

/* A message that was skipped before is late, any other one came twice. */
static void came_again(struct checker *checker, uint64_t word) {
    for (size_t i = 0; i < checker->gap_count; i++) {
        if (word < checker->gaps[i].from || word >= checker->gaps[i].to) continue;
        if (checker->gap_count < sizeof checker->gaps / sizeof checker->gaps[0]) {
            checker->gaps[checker->gap_count].from = word + 1;
            checker->gaps[checker->gap_count++].to = checker->gaps[i].to;
        }
        checker->gaps[i].to = word;
        checker->verdict.reordered++;
        return;
    }
    checker->verdict.doubled++;
}

static void accept_wrong(struct checker *checker, const uint64_t *message) {
    uint64_t word = message[0], *next = &checker->next[word >> SEQUENCE_BITS];
    if (!is_whole(message, checker->words)) {
        checker->verdict.corrupted++;
    } else if (word < *next) {
        came_again(checker, word);
        return;
    } else if (checker->gap_count < sizeof checker->gaps / sizeof checker->gaps[0]) {
        checker->gaps[checker->gap_count].from = *next;
        checker->gaps[checker->gap_count++].to = word;
    } else {
        checker->verdict.lost += word - *next;
    }
    *next = word + 1;
}

void checker_accept(struct checker *checker, const uint64_t *messages, size_t count) {
    checker->received += count;
    while (count > 0) {
        uint64_t identity = messages[0] >> SEQUENCE_BITS;
        size_t n = 1;
        if (identity >= MOST_IDENTITIES) {
            checker->verdict.corrupted++;
        } else {
            for (; checker->identities <= identity; checker->identities++)
                checker->next[checker->identities] = word_of(checker->identities, 0);
            n = messages_in_order(messages, checker->words, count, checker->next[identity]);
            checker->next[identity] += n;
            if (n == 0) {
                accept_wrong(checker, messages);
                n = 1;
            }
        }
        messages += n * checker->words;
        count -= n;
    }
}

void checker_finish(struct checker *checker, const uint64_t *accepted, size_t identities, uint64_t undelivered) {
    uint64_t missing = 0;
    for (size_t i = 0; i < identities || i < checker->identities; i++) {
        uint64_t end = word_of(i, i < identities ? accepted[i] : 0);
        uint64_t next = i < checker->identities ? checker->next[i] : word_of(i, 0);
        /* Received, though its send had failed: its sender has it too. */
        if (next > end) checker->verdict.doubled += next - end;
        else missing += end - next;
    }
    for (size_t i = 0; i < checker->gap_count; i++) checker->verdict.lost += checker->gaps[i].to - checker->gaps[i].from;
    if (missing > undelivered) checker->verdict.lost += missing - undelivered;
    else checker->verdict.doubled += undelivered - missing;
}

/* ---- Does the check find what it is there for? --------------------------------------------- */

static struct verdict verdict_on(size_t words, const uint64_t (*sequences)[2], size_t count, uint64_t accepted, size_t broken) {
    static struct checker checker;
    static uint64_t messages[64 * 4];
    uint64_t accepted_of[3] = {accepted, 0, accepted};
    checker_begin(&checker, words);
    for (size_t n = 0; n < count; n++) messages_write(messages + n * words, words, 1, word_of(sequences[n][0], sequences[n][1]));
    if (broken != 0) messages[broken * words + words - 1] ^= UINT64_C(1) << 63;
    checker_accept(&checker, messages, count);
    checker_finish(&checker, accepted_of, 3, 0);
    return checker.verdict;
}

static bool is(struct verdict verdict, uint64_t lost, uint64_t doubled, uint64_t reordered, bool corrupted) {
    return verdict.lost == lost && verdict.doubled == doubled && verdict.reordered == reordered &&
           (verdict.corrupted != 0) == corrupted;
}

bool checker_works(void) {
    for (size_t words = 1; words <= 4; words += 3) {
        /* Two senders, one after the other, 20 messages each, long enough for a block. */
        for (size_t place = 1; place < 19; place++) {
            uint64_t sequences[64][2];
            for (size_t n = 0; n < 40; n++) sequences[n][0] = n < 20 ? 0 : 2, sequences[n][1] = n % 20;
            if (!is(verdict_on(words, sequences, 40, 20, 0), 0, 0, 0, false)) return false;
            if (!is(verdict_on(words, sequences, 39, 20, 0), 1, 0, 0, false)) return false;
            if (!is(verdict_on(words, sequences, 40, 19, 0), 0, 2, 0, false)) return false;
            if (verdict_on(words, sequences, 40, 20, place).corrupted == 0) return false;
            sequences[place][1] = place + 1, sequences[place + 1][1] = place;
            if (!is(verdict_on(words, sequences, 40, 20, 0), 0, 0, 1, false)) return false;
            sequences[place][1] = sequences[place + 1][1] = place;
            if (!is(verdict_on(words, sequences, 40, 20, 0), 1, 1, 0, false)) return false;
        }
    }
    return true;
}
