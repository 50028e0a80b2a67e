/* SPDX-License-Identifier: Apache-2.0 */
/* Histories of shared senders and one receiver, recorded and checked: is the channel a linearizable queue with a close?
 *
 *     histories SEED COUNT     prints the seed of a history that is not, and the two calls
 *
 * Every message is unique and there is one receiver, so that a history is a queue's if and only if
 *
 *   each message that a send reported as sent is received exactly once, and no other one is,
 *   no message is received before one whose send had returned when its own began,
 *   no receive reports empty over a message whose send had returned when the receive began,
 *   no send is accepted that began after the close had returned,
 *   no more than the capacity had been sent and not been received at any time,
 *   and no attempt reports full, or waits until its time is over, though there was room from its begin to its end, whatever
 *   other sends that were under way had taken.
 *
 * Time is the monotonic clock, the same on all processors. A call's end is read after a full fence: whoever can know that
 * it has ended was told by a later store of its thread. A call's begin is in memory before a full fence and the call: the processor
 * would let the call's first loads overtake the clock, and what they have not seen yet would have ended before the "begin". */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tributary/tributary.h>

enum { MOST_SENDERS = 4, MOST_MESSAGES = 256, MOST_EMPTY = 100000, MOST_FULL = 100000, PATIENCE_SECONDS = 300 };

struct record {
    uint64_t begin, end;
    int result;
    bool received;
};

struct message {
    uint32_t sender, number;
};

struct history {
    uint64_t seed;
    unsigned senders, messages; /* each sends as many */
    size_t capacity;
    bool closes;                /* some time */
    tributary_channel *channel;
    pthread_barrier_t start;
    struct record sent[MOST_SENDERS][MOST_MESSAGES];
    struct message order[MOST_SENDERS * MOST_MESSAGES]; /* as received */
    uint64_t receive_begin[MOST_SENDERS * MOST_MESSAGES], receive_end[MOST_SENDERS * MOST_MESSAGES];
    uint64_t closed_end; /* when the close had returned */
    size_t received;
    struct {
        uint64_t begin;
        size_t position; /* messages received before */
    } empty[MOST_EMPTY];
    size_t empties;
    struct full {
        uint64_t begin, end;
    } full[MOST_SENDERS][MOST_FULL / MOST_SENDERS];
    size_t fulls[MOST_SENDERS];
};

struct sending_thread {
    struct history *history;
    unsigned number;
    tributary_shared_sender *sender;
};

static uint64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static uint64_t before(void) {
    volatile uint64_t time = now();
    __sync_synchronize();
    return time;
}

static uint64_t after(void) {
    __sync_synchronize();
    return now();
}

static uint64_t next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static uint64_t stream_of(uint64_t seed, uint64_t stream) {
    uint64_t state = (seed * 8 + stream + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    for (int i = 0; i < 4; i++) next(&state);
    return state;
}

/* Nothing, a moment, or long enough for others to overtake. */
static void dawdle(uint64_t *random) {
    uint64_t kind = next(random) % 8;
    uint64_t turns = kind < 4 ? 0 : kind < 7 ? next(random) % 64 : next(random) % 1024;
    for (volatile uint64_t i = 0; i < turns; i++) {
    }
}

static bool is_refused(int result) {
    return result == -EAGAIN || result == -ETIMEDOUT;
}

static int send_one(tributary_shared_sender *sender, const struct message *message, uint64_t how) {
    return how == 0   ? tributary_shared_sender_try_send(sender, message, sizeof(*message))
           : how == 1 ? tributary_shared_sender_send_timeout(sender, message, sizeof(*message), 20000)
                      : tributary_shared_sender_send(sender, message, sizeof(*message));
}

static void *send_all(void *argument) {
    struct sending_thread *self = argument;
    struct history *history = self->history;
    uint64_t random = stream_of(history->seed, self->number + 1);
    pthread_barrier_wait(&history->start);
    for (unsigned n = 0; n < history->messages; n++) {
        struct record *record = &history->sent[self->number][n];
        struct message message = {self->number, n};
        do {
            dawdle(&random);
            record->begin = before();
            record->result = send_one(self->sender, &message, next(&random) % 4);
            record->end = after();
            size_t *fulls = &history->fulls[self->number];
            if (is_refused(record->result) && *fulls < MOST_FULL / MOST_SENDERS)
                history->full[self->number][(*fulls)++] = (struct full){record->begin, record->end};
            /* Most are tried again; some are given up. */
        } while (is_refused(record->result) && next(&random) % 64 != 0);
    }
    tributary_shared_sender_destroy(self->sender);
    return NULL;
}

/* Until the end is reported. */
static void receive_all(struct history *history) {
    uint64_t random = stream_of(history->seed, 0);
    size_t close_at = history->closes ? next(&random) % (history->senders * history->messages + 1) : SIZE_MAX;
    uint64_t patience = now() + (uint64_t)PATIENCE_SECONDS * 1000000000;
    pthread_barrier_wait(&history->start);
    for (;;) {
        if (history->received >= close_at && history->closed_end == UINT64_MAX) {
            tributary_channel_close(history->channel);
            history->closed_end = after();
        }
        dawdle(&random);
        struct message message;
        bool tries = next(&random) % 4 != 0;
        uint64_t begin = before();
        int result = tries
                         ? tributary_channel_try_receive(history->channel, &message, sizeof(message))
                         : tributary_channel_receive_timeout(history->channel, &message, sizeof(message), 20000);
        if (result == 0) {
            history->receive_begin[history->received] = begin;
            history->receive_end[history->received] = after();
            history->order[history->received++] = message;
            patience = begin + (uint64_t)PATIENCE_SECONDS * 1000000000;
        } else if (result == -EPIPE) {
            return;
        } else if (is_refused(result) && history->empties < MOST_EMPTY) {
            history->empty[history->empties].begin = begin;
            history->empty[history->empties++].position = history->received;
        }
        if (begin > patience) {
            fprintf(stderr, "seed %llu: no end of it\n", (unsigned long long)history->seed);
            exit(1);
        }
    }
}

static bool wrong(const struct history *history, const char *what, struct message a, struct message b) {
    fprintf(stderr, "seed %llu: %s: message %u of sender %u, message %u of sender %u\n",
            (unsigned long long)history->seed, what, a.number, a.sender, b.number, b.sender);
    return false;
}

static struct record *record_of(struct history *history, struct message message) {
    return &history->sent[message.sender][message.number];
}

static bool is_complete(struct history *history) {
    for (size_t i = 0; i < history->received; i++) {
        struct message message = history->order[i];
        if (message.sender >= history->senders || message.number >= history->messages)
            return wrong(history, "received what nobody sent", message, message);
        struct record *record = record_of(history, message);
        if (record->received) return wrong(history, "received twice", message, message);
        record->received = true;
        if (record->result != 0) return wrong(history, "received and returned", message, message);
    }
    for (unsigned s = 0; s < history->senders; s++)
        for (unsigned n = 0; n < history->messages; n++) {
            struct message message = {s, n};
            struct record *record = record_of(history, message);
            if (record->result == 0 && record->begin > history->closed_end) return wrong(history, "sent after the close", message, message);
            if (record->result == 0 && !record->received) return wrong(history, "sent, and never received", message, message);
            if (record->result != 0 && record->result != -EPIPE && !is_refused(record->result)) return wrong(history, "an error", message, message);
        }
    return true;
}

static bool is_in_order(struct history *history) {
    struct message latest = {0, 0};
    uint64_t latest_begin = 0;
    for (size_t i = 0; i < history->received; i++) {
        struct record *record = record_of(history, history->order[i]);
        if (record->end < latest_begin)
            return wrong(history, "the first was received first, and sent after the second had returned", latest, history->order[i]);
        if (record->begin > latest_begin) {
            latest_begin = record->begin;
            latest = history->order[i];
        }
    }
    return true;
}

static bool was_empty(struct history *history) {
    size_t i = history->received, e = history->empties;
    uint64_t earliest_end = UINT64_MAX;
    struct message earliest = {0, 0};
    while (e-- > 0) {
        for (; i > history->empty[e].position; i--) {
            struct record *record = record_of(history, history->order[i - 1]);
            if (record->end < earliest_end) {
                earliest_end = record->end;
                earliest = history->order[i - 1];
            }
        }
        if (earliest_end < history->empty[e].begin) return wrong(history, "reported empty over", earliest, earliest);
    }
    return true;
}

static int by_time(const void *a, const void *b) {
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

/* How many of the sorted times are before that one. */
static size_t count_before(const uint64_t *times, size_t count, uint64_t time) {
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (times[middle] < time) low = middle + 1;
        else high = middle;
    }
    return low;
}

/* Attempts by others that may have held room while this one looked. */
static size_t under_way(const struct history *history, unsigned but, struct full full) {
    size_t count = 0;
    for (unsigned s = 0; s < history->senders; s++) {
        if (s == but) continue;
        /* A thread has one attempt at a time; each that overlaps may have been in the way for a while. */
        for (size_t i = 0; i < history->fulls[s]; i++)
            if (history->full[s][i].begin < full.end && history->full[s][i].end > full.begin) {
                count++;
                break;
            }
        /* Returned because of the close, but published for a moment. */
        for (unsigned n = 0; n < history->messages; n++) {
            const struct record *record = &history->sent[s][n];
            if (record->result == -EPIPE && record->begin < full.end && record->end > full.begin) count++;
        }
    }
    return count;
}

static bool kept_its_capacity(const struct history *history) {
    static uint64_t begins[MOST_SENDERS * MOST_MESSAGES], ends[MOST_SENDERS * MOST_MESSAGES];
    size_t sent = 0;
    if (history->capacity == TRIBUTARY_UNBOUNDED) return true;
    for (unsigned s = 0; s < history->senders; s++)
        for (unsigned n = 0; n < history->messages; n++)
            if (history->sent[s][n].result == 0) {
                begins[sent] = history->sent[s][n].begin;
                ends[sent++] = history->sent[s][n].end;
            }
    qsort(begins, sent, sizeof begins[0], by_time);
    qsort(ends, sent, sizeof ends[0], by_time);
    for (size_t i = 0; i < sent; i++) {
        size_t received = count_before(history->receive_begin, history->received, ends[i]);
        if (i + 1 > received + history->capacity) {
            fprintf(stderr, "seed %llu: %zu sent, %zu received, capacity %zu\n", (unsigned long long)history->seed, i + 1, received,
                    history->capacity);
            return false;
        }
    }
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->fulls[s]; i++) {
            struct full full = history->full[s][i];
            size_t at_most = count_before(begins, sent, full.end) + under_way(history, s, full) -
                             count_before(history->receive_end, history->received, full.begin);
            if (at_most < history->capacity) {
                fprintf(stderr, "seed %llu: sender %u found it full with %zu messages at most, capacity %zu\n",
                        (unsigned long long)history->seed, s, at_most, history->capacity);
                return false;
            }
        }
    return true;
}

static bool run(struct history *history, uint64_t seed) {
    uint64_t random = stream_of(seed, 7);
    static const size_t capacities[] = {1, 3, 40, 1000, TRIBUTARY_UNBOUNDED, TRIBUTARY_UNBOUNDED};
    history->seed = seed;
    history->senders = 2 + next(&random) % (MOST_SENDERS - 1);
    history->messages = 1 + next(&random) % MOST_MESSAGES;
    history->closes = next(&random) % 3 == 0;
    history->received = history->empties = 0;
    history->closed_end = UINT64_MAX;
    for (unsigned s = 0; s < MOST_SENDERS; s++) history->fulls[s] = 0;
    for (unsigned s = 0; s < MOST_SENDERS; s++)
        for (unsigned n = 0; n < MOST_MESSAGES; n++) history->sent[s][n] = (struct record){0};
    history->capacity = capacities[next(&random) % 6];
    tributary_options options;
    tributary_options_initialize(&options, sizeof(struct message), _Alignof(struct message), history->capacity);
    options.fence = next(&random) % 4 == 0 ? TRIBUTARY_FENCE_LOCAL : TRIBUTARY_FENCE_DEFAULT;
    struct sending_thread threads[MOST_SENDERS];
    pthread_t handles[MOST_SENDERS];
    if (tributary_channel_create(&options, &history->channel) != 0) abort();
    pthread_barrier_init(&history->start, NULL, history->senders + 1);
    for (unsigned s = 0; s < history->senders; s++) {
        threads[s] = (struct sending_thread){history, s, NULL};
        if (tributary_channel_open_shared_sender(history->channel, &threads[s].sender) != 0) abort();
        if (pthread_create(&handles[s], NULL, send_all, &threads[s]) != 0) abort();
    }
    receive_all(history);
    for (unsigned s = 0; s < history->senders; s++) pthread_join(handles[s], NULL);
    tributary_channel_destroy(history->channel);
    pthread_barrier_destroy(&history->start);
    return is_complete(history) && is_in_order(history) && was_empty(history) && kept_its_capacity(history);
}

int main(int count, char **arguments) {
    static struct history history;
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t histories = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t messages = 0, empties = 0, fulls = 0;
    for (uint64_t i = 0; i < histories; i++) {
        if (!run(&history, seed + i)) return 1;
        messages += history.received;
        empties += history.empties;
        for (unsigned s = 0; s < history.senders; s++) fulls += history.fulls[s];
    }
    printf("%llu histories, %llu messages, %llu times empty, %llu times full: all of them a queue's\n", (unsigned long long)histories,
           (unsigned long long)messages, (unsigned long long)empties, (unsigned long long)fulls);
    return messages > 0 ? 0 : 1;
}
