/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "memory.h"

enum { OWNER = 0, FIRST_SENDER = 2, MOST_SENDERS = 8 };

static uint64_t choose_capacity(struct random *random) {
    static const uint64_t capacities[] = {1, 2, 3, 7, 8, 64, 100, 1000, TRIBUTARY_UNBOUNDED};
    return pick(random, capacities, 9);
}

static void choose_options(struct run *run, struct random *random) {
    static const uint64_t sizes[] = {16, 16, 16, 24, 200, LEDGER_LARGEST_MESSAGE};
    static const uint64_t looks[] = {0, 0, 1, 30, 1000};
    static const tributary_parker parkers[] = {TRIBUTARY_PARKER_FUTEX, TRIBUTARY_PARKER_CONDITION, TRIBUTARY_PARKER_EVENTFD};
    const struct scenario *scenario = run->scenario;
    tributary_options *options = &run->options;
    uint64_t size = pick(random, sizes, 6), capacity = choose_capacity(random);
    if (scenario->large) size = LEDGER_LARGEST_MESSAGE;
    if (scenario->large) capacity = one_in(random, 2) ? TRIBUTARY_UNBOUNDED : 300;
    if (scenario->awaits_delivery) capacity = TRIBUTARY_UNBOUNDED;
    tributary_options_initialize(options, size, 8, capacity);
    do
        options->overflow = (tributary_overflow)random_below(random, 3);
    while (!(scenario->policies & 1u << options->overflow));
    options->parker = parkers[random_below(random, 3)];
    options->fence = one_in(random, 3) ? TRIBUTARY_FENCE_LOCAL : TRIBUTARY_FENCE_DEFAULT;
    options->receiver_wait = (tributary_wait_policy){(uint32_t)pick(random, looks, 5), (uint32_t)random_below(random, 2)};
    options->sender_wait = (tributary_wait_policy){(uint32_t)pick(random, looks, 5), (uint32_t)random_below(random, 2)};
    options->pacing = one_in(random, 2);
    options->destroy_message = ledger_destroy;
    options->allocator = memory_hooks();
}

static void choose_end(struct run *run, struct random *random) {
    do
        run->end = 1u << random_below(random, 4);
    while (!(run->scenario->ends & run->end));
    run->end_at = random_below(random, run->messages + 1);
}

static void require(int error, const char *what) {
    if (error != 0) chaos_fail("%s: %d", what, error);
}

static void open_end(struct run *run, struct sending_thread *thread, bool shared) {
    thread->stream = ledger_open_stream(shared);
    if (!shared)
        require(tributary_channel_open_sender(run->channel, &thread->sender), "open_sender");
    else if (one_in(&thread->random, 2))
        thread->shared = run->shared;
    else
        require(tributary_channel_open_shared_sender(run->channel, &thread->shared), "open_shared_sender");
}

/* All ends are opened before the first thread starts, so that the channel does not finish early. */
static unsigned open_ends(struct run *run, struct sending_thread *threads, struct random *random) {
    const struct scenario *scenario = run->scenario;
    unsigned senders = scenario->senders == 0 ? 0 : 1 + (unsigned)random_below(random, scenario->senders);
    unsigned shared = scenario->shared == 0 ? 0 : 1 + (unsigned)random_below(random, scenario->shared);
    if (shared > 0) require(tributary_channel_open_shared_sender(run->channel, &run->shared), "open_shared_sender");
    for (unsigned i = 0; i < senders + shared; i++) {
        struct sending_thread *thread = &threads[i];
        *thread = (struct sending_thread){.run = run, .number = FIRST_SENDER + i, .left = run->messages};
        thread->random = random_stream(run->seed, 1001 + i);
        thread->successors = scenario->turnover ? (unsigned)random_below(&thread->random, 4) : 0;
        thread->leaves_end = one_in(&thread->random, 4);
        sem_init(&thread->called, 0, 0);
        open_end(run, thread, i >= senders);
    }
    if (run->end == REQUEST) threads[random_below(random, senders + shared)].asks_for_close = true;
    return senders + shared;
}

static void start(pthread_t *thread, void *(*body)(void *), void *argument) {
    if (pthread_create(thread, NULL, body, argument) != 0) chaos_fail("no thread");
}

/* Each thread's successor goes on with its end, and its number. */
static void join(struct sending_thread *thread) {
    for (;;) {
        pthread_join(thread->thread, NULL);
        if (thread->successors == 0) break;
        thread->successors--;
        start(&thread->thread, run_sender, thread);
    }
    if (thread->shared != thread->run->shared) tributary_shared_sender_destroy(thread->shared);
    tributary_sender_destroy(thread->sender);
    sem_destroy(&thread->called);
}

void run_scenario(const struct scenario *scenario, uint64_t seed) {
    struct run run = {.scenario = scenario, .seed = seed};
    struct sending_thread threads[MOST_SENDERS];
    pthread_t receiver;
    struct random random = random_stream(seed, 2000);
    chaos_name_run(scenario->name, seed);
    chaos_begin_run(seed, one_in(&random, 2) ? scenario->favours : NULL);
    choose_options(&run, &random);
    run.messages = 1 + random_below(&random, 2 * scenario->messages);
    choose_end(&run, &random);
    run.closed = run.end == REQUEST;
    ledger_begin(&run.options);
    chaos_enter(OWNER, "owner");
    require(tributary_channel_create(&run.options, &run.channel), "create");
    unsigned count = open_ends(&run, threads, &random);
    start(&receiver, run_receiver, &run);
    for (unsigned i = 0; i < count; i++) start(&threads[i].thread, run_sender, &threads[i]);
    for (unsigned i = 0; i < count; i++) join(&threads[i]);
    tributary_shared_sender_destroy(run.shared);
    pthread_join(receiver, NULL);
    chaos_leave();
    ledger_settle(run.options.overflow == TRIBUTARY_OVERFLOW_WAIT && run.end != DESTROY);
    memory_finish();
}
