/* SPDX-License-Identifier: Apache-2.0 */
/* Channels from their creation to the last end's, and the verdict on each. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "soak.h"

int64_t clock_now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

void unexpected(const char *call, ptrdiff_t result) {
    fprintf(stderr, "soak: %s returned %td\n", call, result);
    abort();
}

uint64_t random_next(struct random *random) {
    random->state ^= random->state << 13;
    random->state ^= random->state >> 7;
    return random->state ^= random->state << 17;
}

struct random random_of(uint64_t seed, uint64_t stream) {
    struct random random = {(seed * 1024 + stream + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1};
    for (int i = 0; i < 4; i++) random_next(&random);
    return random;
}

/* On the receiver's thread, or on that of a sender whose send the destruction has overtaken. */
static void count_undelivered(void *context, void *message) {
    struct life *life = context;
    uint64_t first = *(uint64_t *)message;
    bool whole = first >> SEQUENCE_BITS < MOST_IDENTITIES;
    for (size_t i = 1; i < life->words; i++) whole = whole && ((uint64_t *)message)[i] == payload_word(first, i);
    atomic_fetch_add(&life->undelivered, 1);
    if (!whole) atomic_fetch_add(&life->malformed, 1);
}

static void open_channel(struct life *life, enum fence fence) {
    tributary_options options;
    tributary_options_initialize(&options, life->words * sizeof(uint64_t), sizeof(uint64_t), life->scenario->capacity);
    options.fence = fence == LOCAL ? TRIBUTARY_FENCE_LOCAL : TRIBUTARY_FENCE_DEFAULT;
    options.parker = life->waiting == CONDITION                                       ? TRIBUTARY_PARKER_CONDITION
                     : life->waiting == EVENTFD || life->waiting == EVENT_LOOP ? TRIBUTARY_PARKER_EVENTFD
                                                                               : TRIBUTARY_PARKER_FUTEX;
    options.destroy_message = count_undelivered;
    options.destroy_context = life;
    options.pacing = random_below(&life->random, 4) != 0;
    if (random_below(&life->random, 2) == 0)
        options.receiver_wait = options.sender_wait = (tributary_wait_policy){0, 0}; /* to sleep at once */
    int result = tributary_channel_create(&options, &life->channel);
    if (result != 0) unexpected("tributary_channel_create", result);
}

static void open_producer(struct producer *producer, struct life *life, unsigned number) {
    enum kind kind = life->scenario->kind;
    producer->life = life;
    producer->number = number;
    producer->exclusive = NULL;
    producer->shared = NULL;
    producer->identity = number;
    producer->sequence = 0;
    producer->closed = false;
    producer->random = random_of(random_next(&life->random), number);
    sem_init(&producer->woken, 0, 0);
    int result = kind == EXCLUSIVE || (kind == BOTH && number % 2 == 0)
                     ? tributary_channel_open_sender(life->channel, &producer->exclusive)
                     : tributary_channel_open_shared_sender(life->channel, &producer->shared);
    if (result != 0) unexpected("open", result);
}

static void choose(struct life *life) {
    static const size_t sizes[] = {1, 1, 1, 1, 1, 2, 3, 8, MOST_WORDS};
    life->words = sizes[random_below(&life->random, sizeof sizes / sizeof sizes[0])];
    life->senders = 1 + random_below(&life->random, MOST_SENDERS);
    if (life->scenario->kind == BOTH && life->senders == 1) life->senders = 2;
    life->close_at = UINT64_MAX;
    life->asked_by_sender = life->destroyed_full = false;
    if (life->scenario->course != CLOSED) return;
    life->close_at = random_below(&life->random, UINT64_C(1) << random_below(&life->random, 20));
    unsigned by = (unsigned)random_below(&life->random, 3);
    life->asked_by_sender = by == 1;
    life->destroyed_full = by == 2;
}

/* From a channel's creation to the end of all that had to do with it. */
static void live(struct life *life, enum fence fence) {
    static struct producer producers[MOST_SENDERS];
    choose(life);
    atomic_store(&life->stop, false);
    atomic_store(&life->identities, life->senders);
    atomic_store(&life->undelivered, 0);
    atomic_store(&life->malformed, 0);
    atomic_store(&life->accepted, 0);
    memset(life->accepted_of, 0, sizeof life->accepted_of);
    checker_begin(&life->checker, life->words);
    sem_init(&life->woken, 0, 0);
    open_channel(life, fence);
    for (unsigned n = 0; n < life->senders; n++) open_producer(&producers[n], life, n);
    for (unsigned n = 0; n < life->senders; n++)
        if (pthread_create(&producers[n].thread, NULL, produce, &producers[n]) != 0) unexpected("pthread_create", 0);
    receive_everything(life);
    if (life->destroyed_full) tributary_channel_destroy(life->channel);
    for (unsigned n = 0; n < life->senders; n++) {
        pthread_join(producers[n].thread, NULL);
        sem_destroy(&producers[n].woken);
    }
    if (!life->destroyed_full) {
        tributary_statistics statistics;
        int result = tributary_channel_statistics(life->channel, &statistics);
        if (result != 0) unexpected("tributary_channel_statistics", result);
        /* A second opinion: the library's own counts. */
        if (statistics.received != life->checker.received || statistics.sent != life->checker.received)
            unexpected("tributary_channel_statistics: sent", (ptrdiff_t)statistics.sent);
        tributary_channel_destroy(life->channel);
    }
    sem_destroy(&life->woken);
    size_t identities = atomic_load(&life->identities);
    checker_finish(&life->checker, life->accepted_of, identities < MOST_IDENTITIES ? identities : MOST_IDENTITIES,
                   atomic_load(&life->undelivered));
    life->checker.verdict.corrupted += atomic_load(&life->malformed);
}

bool run_lives(const struct scenario *scenario, enum fence fence, enum waiting waiting, uint64_t seed, int64_t until,
               uint64_t *messages, struct verdict *verdict) {
    static struct life life;
    life.scenario = scenario;
    life.waiting = waiting;
    life.random = random_of(seed, 100);
    life.until = until;
    do {
        live(&life, fence);
        *messages += life.checker.received;
        verdict->lost += life.checker.verdict.lost;
        verdict->doubled += life.checker.verdict.doubled;
        verdict->reordered += life.checker.verdict.reordered;
        verdict->corrupted += life.checker.verdict.corrupted;
        if (!verdict_is_clean(&life.checker.verdict)) {
            fprintf(stderr, "soak: seed %llu: %zu senders, %zu words a message: lost %llu, doubled %llu, reordered %llu, corrupted %llu\n",
                    (unsigned long long)seed, life.senders, life.words, (unsigned long long)life.checker.verdict.lost,
                    (unsigned long long)life.checker.verdict.doubled, (unsigned long long)life.checker.verdict.reordered,
                    (unsigned long long)life.checker.verdict.corrupted);
            return false;
        }
    } while (clock_now() < until);
    return true;
}
