/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "random.h"
#include "schedule.h"

struct entry { /* a message; the sender writes the times, the receiver `delivered`, who destroys it `destroyed` */
    uint64_t begin, end;
    uint8_t delivered, destroyed;
};

struct stream {
    bool shared;
    uint64_t accepted; /* the sender's */
    uint64_t written;  /* the sender's: tried, so that nothing may be received beyond */
    uint64_t begin;
    uint64_t next; /* the receiver's: no smaller number may come */
    struct entry *entries;
};

static struct stream streams[LEDGER_STREAMS];
static unsigned opened;
static size_t message_size;
static bool drops;
static uint64_t delivered;
static struct message *order; /* as received */
enum { MOST_RECEIVED = LEDGER_STREAMS * LEDGER_MESSAGES };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void ledger_begin(size_t size, bool may_drop) {
    if (order == NULL) order = malloc(MOST_RECEIVED * sizeof(*order));
    for (unsigned i = 0; i < LEDGER_STREAMS; i++) {
        struct entry *entries = streams[i].entries;
        if (entries == NULL) entries = malloc(LEDGER_MESSAGES * sizeof(*entries));
        streams[i] = (struct stream){.entries = entries};
    }
    message_size = size;
    drops = may_drop;
    opened = 0;
    delivered = 0;
}

int ledger_open_stream(bool shared) {
    unsigned number = __atomic_load_n(&opened, __ATOMIC_RELAXED);
    do {
        if (number == LEDGER_STREAMS) return -1;
    } while (!__atomic_compare_exchange_n(&opened, &number, number + 1, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    streams[number].shared = shared;
    return (int)number;
}

static uint64_t check_of(uint32_t stream, uint32_t number) {
    return mix(((uint64_t)stream << 32 | number) + 1);
}

void ledger_write(int stream, void *memory, size_t count) {
    unsigned char *bytes = memory;
    uint64_t first = streams[stream].accepted;
    if (first + count > LEDGER_MESSAGES) chaos_fail("the ledger is too short");
    for (size_t i = 0; i < count; i++, bytes += message_size) {
        struct message message = {(uint32_t)stream, (uint32_t)(first + i), check_of((uint32_t)stream, (uint32_t)(first + i))};
        memcpy(bytes, &message, sizeof(message));
        for (size_t place = sizeof(message); place < message_size; place += 8)
            memcpy(bytes + place, &message.check, 8);
        streams[stream].entries[first + i] = (struct entry){0};
    }
    if (streams[stream].written < first + count) streams[stream].written = first + count;
    ledger_send_begins(stream);
}

void ledger_send_begins(int stream) {
    if (streams[stream].shared) streams[stream].begin = now();
}

void ledger_accept(int stream, size_t count) {
    struct stream *of = &streams[stream];
    if (of->shared) {
        /* Whoever can know that the send has ended was told by a later store of this thread. */
        __sync_synchronize();
        uint64_t end = now();
        for (size_t i = 0; i < count; i++) {
            of->entries[of->accepted + i].begin = of->begin;
            of->entries[of->accepted + i].end = end;
        }
    }
    of->accepted += count;
}

uint64_t ledger_accepted(int stream) { return streams[stream].accepted; }

/* Whole, and of a stream that there is. */
static struct message check(const void *memory, const char *how) {
    const unsigned char *bytes = memory;
    struct message message;
    memcpy(&message, bytes, sizeof(message));
    bool whole = message.stream < LEDGER_STREAMS && message.number < LEDGER_MESSAGES &&
                 message.check == check_of(message.stream, message.number);
    for (size_t place = sizeof(message); whole && place < message_size; place += 8)
        whole = memcmp(bytes + place, &message.check, 8) == 0;
    if (!whole)
        chaos_fail("%s what nobody sent: %08x %08x %016llx", how, message.stream, message.number,
                   (unsigned long long)message.check);
    return message;
}

void ledger_deliver(const void *messages, size_t count) {
    const unsigned char *bytes = messages;
    for (size_t i = 0; i < count; i++, bytes += message_size) {
        struct message message = check(bytes, "received");
        struct stream *stream = &streams[message.stream];
        if (message.number < stream->next || (!drops && message.number != stream->next))
            chaos_fail("received message %u of stream %u, expected %llu", message.number, message.stream,
                       (unsigned long long)stream->next);
        stream->next = message.number + 1;
        stream->entries[message.number].delivered++;
        order[delivered++] = message;
    }
}

uint64_t ledger_delivered(void) { return delivered; }

void ledger_destroy(void *context, void *memory) {
    (void)context;
    struct message message = check(memory, "destroyed");
    uint8_t *flag = &streams[message.stream].entries[message.number].destroyed;
    if (__atomic_exchange_n(flag, 1, __ATOMIC_RELAXED) != 0)
        chaos_fail("message %u of stream %u is destroyed twice", message.number, message.stream);
}

/* In reverse: whoever was received before a message must not have begun after it had ended. */
static void check_order(void) {
    uint64_t earliest_end = UINT64_MAX;
    struct message earliest = {0};
    for (uint64_t i = delivered; i-- > 0;) {
        const struct stream *stream = &streams[order[i].stream];
        if (!stream->shared) continue;
        const struct entry *entry = &stream->entries[order[i].number];
        if (entry->begin > earliest_end)
            chaos_fail("message %u of stream %u was received before message %u of stream %u, whose send had returned "
                       "%llu ns before its own began",
                       order[i].number, order[i].stream, earliest.number, earliest.stream,
                       (unsigned long long)(entry->begin - earliest_end));
        if (entry->end < earliest_end) {
            earliest_end = entry->end;
            earliest = order[i];
        }
    }
}

void ledger_settle(bool all_delivered) {
    uint64_t sum = 0;
    for (unsigned i = 0; i < opened; i++) {
        const struct stream *stream = &streams[i];
        if (stream->next > stream->accepted)
            chaos_fail("stream %u: message %llu was received, and its send reported an error", i,
                       (unsigned long long)stream->next - 1);
        for (uint64_t n = 0; n < stream->accepted; n++) {
            const struct entry *entry = &stream->entries[n];
            if (entry->delivered + entry->destroyed != 1 || (all_delivered && entry->destroyed))
                chaos_fail("stream %u of %llu messages: message %llu was received %u times and destroyed %u times", i,
                           (unsigned long long)stream->accepted, (unsigned long long)n, entry->delivered,
                           entry->destroyed);
            sum += entry->delivered;
        }
        for (uint64_t n = stream->accepted; n < stream->written; n++)
            if (stream->entries[n].delivered || stream->entries[n].destroyed)
                chaos_fail("stream %u: message %llu was returned, and destroyed or received all the same", i,
                           (unsigned long long)n);
    }
    if (sum != delivered) chaos_fail("%llu messages too many", (unsigned long long)(delivered - sum));
    check_order();
}
