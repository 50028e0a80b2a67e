/* SPDX-License-Identifier: Apache-2.0 */
/* Records histories of shared senders and one receiver, and checks each (check.c).
 *
 *     histories SEED COUNT [SECONDS [GROUPS]]    as many, or until the time is over; prints the seed of one that is wrong
 *
 * A group of threads, some senders and a receiver, records one short history after another, each over a channel of its own; several groups
 * run at the same time. From some histories a copy is taken, each kind of fault put in, and the checker has to find it.
 *
 * Time is the monotonic clock, the same on all processors. A call's end is read after a full fence: whoever can know that
 * it has ended was told by a later store of its thread. A call's begin is in memory before a full fence and the call: the processor
 * would let the call's first loads overtake the clock, and what they have not seen yet would have ended before the "begin". */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "history.h"

#ifdef HISTORIES_CHAOS
#include "../chaos/schedule.h"
#endif

enum { MOST_GROUPS = 8, WAITS_NANOSECONDS = 20000, MUTATE_ONE_IN = 64, END_SECONDS = 100 };

struct group {
    struct history history;
    tributary_channel *channel;
    tributary_shared_sender *senders[MOST_SENDERS];
    bool closes, drops; /* before the end: the channel, or senders */
    atomic_uint arrived;
    atomic_ulong round;
    pthread_t threads[MOST_SENDERS + 1];
    atomic_ullong begun; /* for the watch: when this history was, 0 between two */
    bool over;
};

static struct group groups[MOST_GROUPS];
static uint64_t first_seed, count, end_at;
static atomic_ullong next_history;
static atomic_ulong histories, messages, empties, fulls, batches, timeouts, closes, mutated[FAULTS];

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

/* All of the group's threads. */
static void meet(struct group *group) {
    unsigned long round = atomic_load(&group->round);
    if (atomic_fetch_add(&group->arrived, 1) == MOST_SENDERS) {
        atomic_store(&group->arrived, 0);
        atomic_store(&group->round, round + 1);
    } else {
        while (atomic_load(&group->round) == round) sched_yield();
    }
}

/* Nothing, a moment, or long enough for others to overtake. */
static void dawdle(uint64_t *random) {
    uint64_t kind = random_next(random) % 8;
    uint64_t turns = kind < 4 ? 0 : kind < 7 ? random_next(random) % 64 : random_next(random) % 1024;
    for (volatile uint64_t i = 0; i < turns; i++) {
    }
    if (random_next(random) % 32 == 0) sched_yield();
}

/* ---- Sending -------------------------------------------------------------------------------------- */

static ptrdiff_t send_some(tributary_shared_sender *sender, const struct message *batch, struct send *send, bool single) {
    size_t size = sizeof(*batch);
    if (single) {
        int error = send->patience == 0                   ? tributary_shared_sender_try_send(sender, batch, size)
                    : send->patience == TRIBUTARY_FOREVER ? tributary_shared_sender_send(sender, batch, size)
                                                          : tributary_shared_sender_send_timeout(sender, batch, size, send->patience);
        return error == 0 ? 1 : error;
    }
    return send->patience == 0 ? tributary_shared_sender_try_send_batch(sender, batch, send->asked, size)
           : send->patience == TRIBUTARY_FOREVER
               ? tributary_shared_sender_send_batch(sender, batch, send->asked, size)
               : tributary_shared_sender_send_batch_timeout(sender, batch, send->asked, size, send->patience);
}

static int64_t patience_of(uint64_t kind) {
    return kind < 4 ? 0 : kind < 6 ? WAITS_NANOSECONDS : TRIBUTARY_FOREVER;
}

/* One call: false when it is the last one, because there is no place for a further one. */
static bool send_next(struct group *group, unsigned number, uint32_t first, uint64_t *random, struct send **result) {
    struct history *history = &group->history;
    struct send *send = &history->sends[number][history->send_count[number]++];
    struct message batch[MOST_BATCH];
    uint32_t left = history->messages - first;
    bool single = random_next(random) % 2 == 0;
    uint32_t asked = single ? 1 : 1 + (uint32_t)(random_next(random) % MOST_BATCH);
    *send = (struct send){.first = first, .asked = asked < left ? asked : left, .patience = patience_of(random_next(random) % 8)};
    for (uint32_t i = 0; i < send->asked; i++) batch[i] = (struct message){number, first + i};
    send->begin = before();
    ptrdiff_t sent = send_some(group->senders[number], batch, send, single);
    send->end = after();
    if (sent > 0) send->sent = (uint32_t)sent;
    send->error = sent < 0 ? (int)sent : 0;
    *result = send;
    return history->send_count[number] < MOST_CALLS;
}

static void send_all(struct group *group, unsigned number) {
    struct history *history = &group->history;
    uint64_t random = random_stream(history->seed, number + 1);
    uint32_t last = group->drops ? (uint32_t)(random_next(&random) % (history->messages + 1)) : history->messages;
    for (uint32_t next = 0; next < last;) {
        struct send *send;
        dawdle(&random);
        bool more = send_next(group, number, next, &random, &send);
        next += send->sent;
        /* Most are tried again; some are given up. */
        if (send->sent == 0 && random_next(&random) % 16 == 0) next += send->asked;
        if (!more) break;
    }
    tributary_shared_sender_destroy(group->senders[number]);
}

/* ---- Receiving ------------------------------------------------------------------------------------ */

static ptrdiff_t receive_some(tributary_channel *channel, struct message *batch, size_t most, int64_t patience, uint64_t how) {
    size_t size = sizeof(*batch);
    if (how == 0) {
        int error = patience == 0 ? tributary_channel_try_receive(channel, batch, size)
                                  : tributary_channel_receive_timeout(channel, batch, size, patience);
        return error == 0 ? 1 : error;
    }
    if (how == 1)
        return patience == 0 ? tributary_channel_try_receive_batch(channel, batch, most, size)
                             : tributary_channel_receive_batch_timeout(channel, batch, most, size, patience);
    void *place;
    ptrdiff_t there = patience == 0 ? tributary_channel_try_borrow(channel, &place, most)
                                    : tributary_channel_borrow_timeout(channel, &place, most, patience);
    if (there <= 0) return there;
    /* Some of them, and the rest with the next call. */
    if (how == 2 && there > 1) there /= 2;
    memcpy(batch, place, (size_t)there * size);
    if (tributary_channel_release(channel, (size_t)there) != 0) abort();
    return there;
}

/* Until the end is reported. */
static void receive_all(struct group *group) {
    struct history *history = &group->history;
    uint64_t random = random_stream(history->seed, 0);
    size_t close_at = group->closes ? random_next(&random) % (history->senders * history->messages + 1) : SIZE_MAX;
    for (;;) {
        if (history->received >= close_at && history->closed == UINT64_MAX) {
            history->closing = before();
            tributary_channel_close(group->channel);
            history->closed = after();
        }
        dawdle(&random);
        struct message batch[MOST_BATCH];
        struct receive receive = {.position = (uint32_t)history->received};
        uint64_t how = random_next(&random) % 4;
        receive.patience = random_next(&random) % 3 == 0 ? WAITS_NANOSECONDS : 0;
        receive.begin = before();
        ptrdiff_t received = receive_some(group->channel, batch, 1 + random_next(&random) % MOST_BATCH, receive.patience, how);
        receive.end = after();
        if (received > 0) {
            receive.received = (uint32_t)received;
            for (ptrdiff_t i = 0; i < received && history->received < MOST_IN_ALL; i++) history->order[history->received++] = batch[i];
        } else {
            receive.error = (int)received;
        }
        /* Those that found nothing are many where nobody runs: the last places are for messages. */
        if (received > 0 || received == -EPIPE || history->receive_count < MOST_RECEIVES - MOST_IN_ALL - 2)
            history->receives[history->receive_count++] = receive;
        if (received == -EPIPE) {
            if (receive.end < history->closed) history->closed = receive.end;
            return;
        }
    }
}

/* ---- One history after another -------------------------------------------------------------------- */

static void fail(const struct history *history, const char *what) {
    fprintf(stderr, "seed %llu: %s\n", (unsigned long long)history->seed, what);
    exit(1);
}

static void prepare(struct group *group, uint64_t seed) {
    static const size_t capacities[] = {1, 2, 3, 8, 40, TRIBUTARY_UNBOUNDED};
    struct history *history = &group->history;
    uint64_t random = random_stream(seed, 7);
    tributary_options options;
    history->seed = seed;
    history->senders = 2 + (unsigned)(random_next(&random) % (MOST_SENDERS - 1));
    history->messages = 1 + (unsigned)(random_next(&random) % (random_next(&random) % 4 == 0 ? MOST_MESSAGES : 10));
    history->capacity = capacities[random_next(&random) % 6];
    history->closing = history->closed = UINT64_MAX;
    history->received = history->receive_count = 0;
    for (unsigned s = 0; s < MOST_SENDERS; s++) history->send_count[s] = 0;
    group->closes = random_next(&random) % 3 == 0;
    group->drops = random_next(&random) % 3 == 0;
    tributary_options_initialize(&options, sizeof(struct message), _Alignof(struct message), history->capacity);
    options.fence = random_next(&random) % 4 == 0 ? TRIBUTARY_FENCE_LOCAL : TRIBUTARY_FENCE_DEFAULT;
    if (random_next(&random) % 2 == 0) options.receiver_wait.spin = options.sender_wait.spin = 0;
    if (tributary_channel_create(&options, &group->channel) != 0) fail(history, "no memory");
    for (unsigned s = 0; s < history->senders; s++)
        if (tributary_channel_open_shared_sender(group->channel, &group->senders[s]) != 0) fail(history, "no memory");
}

static void add(const struct history *history) {
    atomic_fetch_add(&histories, 1);
    atomic_fetch_add(&messages, history->received);
    for (size_t r = 0; r < history->receive_count; r++) {
        if (history_refused(history->receives[r].error)) atomic_fetch_add(&empties, 1);
        if (history->receives[r].received > 1) atomic_fetch_add(&batches, 1);
    }
    for (unsigned s = 0; s < history->senders; s++)
        for (size_t i = 0; i < history->send_count[s]; i++) {
            const struct send *send = &history->sends[s][i];
            if (history_refused(send->error)) atomic_fetch_add(&fulls, 1);
            if (send->error == -ETIMEDOUT) atomic_fetch_add(&timeouts, 1);
            if (send->sent > 1) atomic_fetch_add(&batches, 1);
        }
    if (history->closing != UINT64_MAX) atomic_fetch_add(&closes, 1);
}

/* Each fault that the history has a place for has to be found, and by its name. */
static void try_checker(const struct history *history) {
    static _Thread_local struct history copy;
    uint64_t random = random_stream(history->seed, 6);
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        copy = *history;
        if (!history_mutate(&copy, (enum fault)fault, &random)) continue;
        enum fault found = history_check(&copy);
        if (found != (enum fault)fault) {
            fprintf(stderr, "the checker finds \"%s\" instead of \"%s\"\n", fault_names[found], fault_names[fault]);
            fail(history, "the checker is wrong");
        }
        atomic_fetch_add(&mutated[fault], 1);
    }
}

static void *run_sender(void *argument) {
    struct group *group = (struct group *)((uintptr_t)argument & ~(uintptr_t)7);
    unsigned number = (unsigned)((uintptr_t)argument & 7);
#ifdef HISTORIES_CHAOS
    chaos_enter(number + 1, "sender");
#endif
    for (;;) {
        meet(group);
        if (group->over) return NULL;
        if (number < group->history.senders) send_all(group, number);
        meet(group);
    }
}

static void *run_receiver(void *argument) {
    struct group *group = argument;
    for (;;) {
        uint64_t n = atomic_fetch_add(&next_history, 1);
        group->over = n >= count || now() > end_at;
        if (!group->over) {
#ifdef HISTORIES_CHAOS
            chaos_begin_run(first_seed + n, NULL);
            chaos_enter(0, "receiver");
#endif
            prepare(group, first_seed + n);
            atomic_store(&group->begun, now());
        }
        meet(group);
        if (group->over) return NULL;
        receive_all(group);
        meet(group);
        tributary_channel_destroy(group->channel);
        atomic_store(&group->begun, 0);
        enum fault fault = history_check(&group->history);
        if (fault != FAULT_NONE) fail(&group->history, fault_names[fault]);
        if (n % MUTATE_ONE_IN == 0) try_checker(&group->history);
        add(&group->history);
    }
}

static void *watch(void *argument) {
    (void)argument;
    for (;;) {
        struct timespec second = {.tv_sec = 1};
        nanosleep(&second, NULL);
        for (int g = 0; g < MOST_GROUPS; g++) {
            uint64_t begun = atomic_load(&groups[g].begun);
            if (begun != 0 && now() > begun + (uint64_t)END_SECONDS * 1000000000) fail(&groups[g].history, "no end of it");
        }
    }
    return NULL;
}

int main(int argument_count, char **arguments) {
    uint64_t begun = now();
    pthread_t watching;
    first_seed = argument_count > 1 ? strtoull(arguments[1], NULL, 10) : 1;
    count = argument_count > 2 ? strtoull(arguments[2], NULL, 10) : 1;
    uint64_t seconds = argument_count > 3 ? strtoull(arguments[3], NULL, 10) : 0;
    unsigned group_count = argument_count > 4 ? (unsigned)strtoul(arguments[4], NULL, 10) : 2;
    end_at = seconds > 0 ? begun + seconds * 1000000000 : UINT64_MAX;
#ifdef HISTORIES_CHAOS
    chaos_prepare();
    group_count = 1;
#endif
    if (group_count < 1 || group_count > MOST_GROUPS) return 2;
    pthread_create(&watching, NULL, watch, NULL);
    for (unsigned g = 0; g < group_count; g++) {
        for (unsigned s = 0; s < MOST_SENDERS; s++)
            pthread_create(&groups[g].threads[s], NULL, run_sender, (void *)((uintptr_t)&groups[g] | s));
        pthread_create(&groups[g].threads[MOST_SENDERS], NULL, run_receiver, &groups[g]);
    }
    for (unsigned g = 0; g < group_count; g++)
        for (unsigned s = 0; s <= MOST_SENDERS; s++) pthread_join(groups[g].threads[s], NULL);
    double taken = (double)(now() - begun) / 1e9;
    unsigned long done = atomic_load(&histories);
    printf("%lu histories, %lu messages, %lu times empty, %lu times full: all of them a queue's\n", done, atomic_load(&messages),
           atomic_load(&empties), atomic_load(&fulls));
    printf("%.0f a second; %lu batches, %lu sends out of time, %lu closed early\n", (double)done / taken, atomic_load(&batches),
           atomic_load(&timeouts), atomic_load(&closes));
    bool all = done > 0;
    printf("faults put in, each found:");
    for (int fault = FAULT_NONE + 1; fault < FAULTS; fault++) {
        printf(" %lu", atomic_load(&mutated[fault]));
        if (atomic_load(&mutated[fault]) == 0 && done >= 5000) all = false;
    }
    printf("\n");
    return all ? 0 : 1;
}
