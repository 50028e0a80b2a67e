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
 *   and after the close's verdict nothing is received that was returned to its sender.
 *
 * Time is the monotonic clock, the same on all processors. A send's end is read after a full fence: whoever can know that
 * it has ended was told by a later store of its thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tributary/tributary.h>

enum { MOST_SENDERS = 4, MOST_MESSAGES = 256, MOST_EMPTY = 100000, PATIENCE_SECONDS = 20 };

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
    bool closes;                /* some time */
    tributary_channel *channel;
    pthread_barrier_t start;
    struct record sent[MOST_SENDERS][MOST_MESSAGES];
    struct message order[MOST_SENDERS * MOST_MESSAGES]; /* as received */
    size_t received;
    struct {
        uint64_t begin;
        size_t position; /* messages received before */
    } empty[MOST_EMPTY];
    size_t empties;
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

static void *send_all(void *argument) {
    struct sending_thread *self = argument;
    struct history *history = self->history;
    uint64_t random = stream_of(history->seed, self->number + 1);
    pthread_barrier_wait(&history->start);
    for (unsigned n = 0; n < history->messages; n++) {
        struct record *record = &history->sent[self->number][n];
        struct message message = {self->number, n};
        dawdle(&random);
        record->begin = now();
        record->result = tributary_shared_sender_send(self->sender, &message, sizeof(message));
        __sync_synchronize();
        record->end = now();
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
        if (history->received >= close_at) tributary_channel_close(history->channel);
        dawdle(&random);
        struct message message;
        uint64_t begin = now();
        int result = next(&random) % 4 != 0
                         ? tributary_channel_try_receive(history->channel, &message, sizeof(message))
                         : tributary_channel_receive_timeout(history->channel, &message, sizeof(message), 20000);
        if (result == 0) {
            history->order[history->received++] = message;
        } else if (result == -EPIPE) {
            return;
        } else if (result == -EAGAIN && history->empties < MOST_EMPTY) {
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
            if (record->result == 0 && !record->received) return wrong(history, "sent, and never received", message, message);
            if (record->result != 0 && record->result != -EPIPE) return wrong(history, "an error", message, message);
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

static bool run(struct history *history, uint64_t seed) {
    uint64_t random = stream_of(seed, 7);
    static const size_t capacities[] = {1, 3, 40, 1000, TRIBUTARY_UNBOUNDED, TRIBUTARY_UNBOUNDED};
    history->seed = seed;
    history->senders = 2 + next(&random) % (MOST_SENDERS - 1);
    history->messages = 1 + next(&random) % MOST_MESSAGES;
    history->closes = next(&random) % 3 == 0;
    history->received = history->empties = 0;
    for (unsigned s = 0; s < MOST_SENDERS; s++)
        for (unsigned n = 0; n < MOST_MESSAGES; n++) history->sent[s][n] = (struct record){0};
    tributary_options options;
    tributary_options_initialize(&options, sizeof(struct message), _Alignof(struct message),
                                 capacities[next(&random) % 6]);
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
    return is_complete(history) && is_in_order(history) && was_empty(history);
}

int main(int count, char **arguments) {
    static struct history history;
    uint64_t seed = count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    uint64_t histories = count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t messages = 0, empties = 0;
    for (uint64_t i = 0; i < histories; i++) {
        if (!run(&history, seed + i)) return 1;
        messages += history.received;
        empties += history.empties;
    }
    printf("%llu histories, %llu messages, %llu times empty: all of them a queue's\n", (unsigned long long)histories,
           (unsigned long long)messages, (unsigned long long)empties);
    return messages > 0 ? 0 : 1;
}
