/* SPDX-License-Identifier: Apache-2.0 */
#include "ledger.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "occupancy.h"
#include "random.h"
#include "schedule.h"

struct entry { /* a message; the sender writes the times, the receiver `delivered`, who destroys it `destroyed`, these two `taken_at` */
    uint64_t begin, end;
    uint32_t sent_at, taken_at; /* the receiver's call that had begun when the send had returned; the one that took it, or 0 */
    uint8_t delivered, destroyed;
};

struct stream {
    bool shared;
    uint64_t accepted; /* the sender's, as is `written`; the receiver reads both, and the sender `next` */
    uint64_t written;  /* tried, so that nothing may be received beyond */
    uint64_t begin;
    uint64_t next; /* the receiver's: no smaller number may come */
    struct entry *entries;
};

static struct stream streams[LEDGER_STREAMS];
static unsigned opened;
static size_t message_size;
static uint64_t capacity;
static tributary_overflow overflow;
static uint64_t delivered;
static uint32_t calls; /* of the receiver, that take: the last one's number */
static bool has_taken; /* in that one */
static _Thread_local bool receives;
static struct message *order; /* as received */
enum { MOST_RECEIVED = LEDGER_STREAMS * LEDGER_MESSAGES };

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

void ledger_begin(const tributary_options *options) {
    if (order == NULL) order = malloc(MOST_RECEIVED * sizeof(*order));
    for (unsigned i = 0; i < LEDGER_STREAMS; i++) {
        struct entry *entries = streams[i].entries;
        if (entries == NULL) entries = malloc(LEDGER_MESSAGES * sizeof(*entries));
        streams[i] = (struct stream){.entries = entries};
    }
    message_size = options->message_size;
    capacity = options->capacity;
    overflow = options->overflow;
    opened = 0;
    delivered = 0;
    calls = 0;
    has_taken = true;
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

static void check_returned(int stream, uint64_t number) {
    const struct entry *entry = &streams[stream].entries[number];
    if (__atomic_load_n(&entry->delivered, __ATOMIC_RELAXED) || __atomic_load_n(&entry->destroyed, __ATOMIC_RELAXED))
        chaos_fail("stream %d: message %llu was returned, and destroyed or received all the same", stream,
                   (unsigned long long)number);
}

void ledger_write(int stream, void *memory, size_t count) {
    unsigned char *bytes = memory;
    struct stream *of = &streams[stream];
    uint64_t first = of->accepted;
    if (first + count > LEDGER_MESSAGES) chaos_fail("the ledger is too short");
    for (size_t i = 0; i < count; i++, bytes += message_size) {
        struct message message = {(uint32_t)stream, (uint32_t)(first + i), check_of((uint32_t)stream, (uint32_t)(first + i))};
        memcpy(bytes, &message, sizeof(message));
        for (size_t place = sizeof(message); place < message_size; place += 8)
            memcpy(bytes + place, &message.check, 8);
        struct entry *entry = &of->entries[first + i];
        /* Sent again, since the last try reported an error: then it must be nowhere. What was before this run is there too. */
        if (first + i >= of->written)
            *entry = (struct entry){0};
        else
            check_returned(stream, first + i);
    }
    if (of->written < first + count) __atomic_store_n(&of->written, first + count, __ATOMIC_RELEASE);
    ledger_send_begins(stream);
}

void ledger_send_begins(int stream) {
    if (streams[stream].shared) streams[stream].begin = now();
}

void ledger_accept(int stream, size_t count) {
    struct stream *of = &streams[stream];
    uint32_t call = __atomic_load_n(&calls, __ATOMIC_ACQUIRE);
    for (size_t i = 0; i < count; i++) of->entries[of->accepted + i].sent_at = call;
    if (of->shared) {
        /* Whoever can know that the send has ended was told by a later store of this thread. */
        __sync_synchronize();
        uint64_t end = now();
        for (size_t i = 0; i < count; i++) {
            of->entries[of->accepted + i].begin = of->begin;
            of->entries[of->accepted + i].end = end;
        }
    }
    __atomic_store_n(&of->accepted, of->accepted + count, __ATOMIC_RELEASE);
}

bool ledger_is_drained(int stream) {
    return __atomic_load_n(&streams[stream].next, __ATOMIC_ACQUIRE) == streams[stream].accepted;
}

/* A call that took nothing has its number still. */
void ledger_receive_begins(void) {
    receives = true;
    if (!has_taken) return;
    has_taken = false;
    __atomic_store_n(&calls, calls + 1, __ATOMIC_RELEASE);
}

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
        if (message.number < stream->next || (overflow == TRIBUTARY_OVERFLOW_WAIT && message.number != stream->next))
            chaos_fail("received message %u of stream %u, expected %llu", message.number, message.stream,
                       (unsigned long long)stream->next);
        stream->entries[message.number].delivered++;
        stream->entries[message.number].taken_at = calls;
        __atomic_store_n(&stream->next, message.number + 1, __ATOMIC_RELEASE);
        order[delivered++] = message;
        has_taken = true;
    }
}

uint64_t ledger_delivered(void) { return delivered; }

void ledger_destroy(void *context, void *memory) {
    (void)context;
    struct message message = check(memory, "destroyed");
    struct entry *entry = &streams[message.stream].entries[message.number];
    /* A sender that destroys one makes room at once. */
    if (receives) entry->taken_at = calls;
    if (__atomic_exchange_n(&entry->destroyed, 1, __ATOMIC_RELAXED) != 0)
        chaos_fail("message %u of stream %u is destroyed twice", message.number, message.stream);
    chaos_step();
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

static void check_occupancy(const char *whose) {
    uint64_t most = occupancy_most();
    if (most > capacity)
        chaos_fail("%llu messages of %s were undelivered, capacity %llu", (unsigned long long)most, whose,
                   (unsigned long long)capacity);
}

static void add_to_occupancy(const struct stream *stream) {
    for (uint64_t n = 0; n < stream->accepted; n++)
        occupancy_add(stream->entries[n].sent_at, stream->entries[n].taken_at);
}

/* Each lane has its own, and all shared messages have one. */
static void check_capacity(void) {
    if (capacity == TRIBUTARY_UNBOUNDED) return;
    for (unsigned i = 0; i < opened; i++) {
        if (streams[i].shared) continue;
        occupancy_begin(calls);
        add_to_occupancy(&streams[i]);
        check_occupancy("one sender");
    }
    occupancy_begin(calls);
    for (unsigned i = 0; i < opened; i++)
        if (streams[i].shared) add_to_occupancy(&streams[i]);
    check_occupancy("all shared senders");
}

static uint64_t smaller(uint64_t a, uint64_t b) { return a < b ? a : b; }

uint64_t ledger_least_length(void) {
    uint64_t sum = 0;
    /* Where messages are dropped the receiver cannot tell how many are left. */
    if (overflow != TRIBUTARY_OVERFLOW_WAIT) return 0;
    for (unsigned i = 0; i < __atomic_load_n(&opened, __ATOMIC_ACQUIRE); i++) {
        uint64_t accepted = __atomic_load_n(&streams[i].accepted, __ATOMIC_ACQUIRE);
        /* The receiver may be ahead of the sender's ledger. */
        if (accepted > streams[i].next) sum += accepted - streams[i].next;
    }
    return sum;
}

uint64_t ledger_greatest_length(void) {
    uint64_t sum = 0, shared = 0;
    for (unsigned i = 0; i < __atomic_load_n(&opened, __ATOMIC_ACQUIRE); i++) {
        uint64_t left = __atomic_load_n(&streams[i].written, __ATOMIC_ACQUIRE) - streams[i].next;
        if (streams[i].shared)
            shared += left;
        else
            sum += smaller(left, capacity);
    }
    return sum + smaller(shared, capacity);
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
        for (uint64_t n = stream->accepted; n < stream->written; n++) check_returned((int)i, n);
    }
    if (sum != delivered) chaos_fail("%llu messages too many", (unsigned long long)(delivered - sum));
    check_order();
    check_capacity();
}
