/* SPDX-License-Identifier: Apache-2.0 */
/* Interrupted waits: no lost message, no lost wake-up, no timeout cut short. */
#include <signal.h>

#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;
static atomic_size_t interruptions;

static void count_interruption(int signal_number) {
    (void)signal_number;
    atomic_fetch_add(&interruptions, 1);
}

/* Without SA_RESTART: every sleeping system call returns EINTR. */
static void handle_signals(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = count_interruption;
    require_equal(sigaction(SIGUSR1, &action, NULL), 0);
}

struct sleeper {
    struct worker worker;
    const struct call *call;
    struct ends ends;
    int64_t time;
    ptrdiff_t result;
    int64_t begin, end;
};

static void wait_interrupted(void *context, size_t index) {
    struct sleeper *sleeper = context;
    (void)index;
    worker_announces_sleep();
    sleeper->begin = clock_now();
    sleeper->result = sleeper->time == 0
                          ? sleeper->call->wait(&sleeper->ends)
                          : sleeper->call->with_timeout(&sleeper->ends, sleeper->time);
    sleeper->end = clock_now();
}

static const struct call *any_call(size_t n) {
    return n < RECEIVING_CALLS ? &receiving_calls[n] : &sending_calls[n - RECEIVING_CALLS];
}

static void start_waiting(const struct configuration *configuration, size_t which,
                          struct sleeper *sleeper, struct ends *ends, int64_t time) {
    fixture_prepare(&fixture, configuration, 8, 8, 1);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open(ends, &fixture);
    memset(sleeper, 0, sizeof *sleeper);
    sleeper->call = any_call(which);
    if (which >= RECEIVING_CALLS)
        require_equal(ends_fill(ends, sleeper->call, 5), 1);
    ends->word = 6;
    sleeper->ends = *ends;
    sleeper->time = time;
    worker_start(&sleeper->worker, wait_interrupted, sleeper, 0);
}

MATRIX_TEST(a_wait_that_is_interrupted_goes_on) {
    size_t which, n;
    handle_signals();
    for (which = 0; which < RECEIVING_CALLS + SENDING_CALLS; which++) {
        struct sleeper sleeper;
        struct ends ends;
        start_waiting(configuration, which, &sleeper, &ends, 0);
        worker_await_sleep(&sleeper.worker);
        for (n = 0; n < scaled(50); n++) {
            size_t before = atomic_load(&interruptions);
            require_equal(pthread_kill(sleeper.worker.thread, SIGUSR1), 0);
            await(atomic_load(&interruptions) > before);
            /* It sleeps again; worker_await_sleep fails if the call has returned. */
            worker_await_sleep(&sleeper.worker);
        }
        if (which < RECEIVING_CALLS)
            require_equal(send_word(ends.sender, 9), 0);
        else
            require_word(fixture.channel, 5);
        worker_join(&sleeper.worker);
        require_equal(sleeper.result, 1);
        if (which < RECEIVING_CALLS)
            require_equal(sleeper.ends.word, 9);
        else
            require_word(fixture.channel, 6);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

MATRIX_TEST(a_timeout_that_is_interrupted_is_neither_cut_short_nor_endless) {
    size_t which;
    handle_signals();
    for (which = 0; which < RECEIVING_CALLS + SENDING_CALLS; which++) {
        struct sleeper sleeper;
        struct ends ends;
        start_waiting(configuration, which, &sleeper, &ends, 5 * MILLISECOND);
        while (!atomic_load(&sleeper.worker.finished)) {
            require_equal(pthread_kill(sleeper.worker.thread, SIGUSR1), 0);
            give_way();
        }
        worker_join(&sleeper.worker);
        require_equal(sleeper.result, -ETIMEDOUT);
        require_at_most(sleeper.begin + sleeper.time, sleeper.end);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

/* Messages in both modes of waiting under a storm of signals to sender and receiver. */
struct storm {
    struct ends ends;
    const struct call *sending;
    uint64_t total;
};

static void send_in_a_storm(void *context, size_t index) {
    struct storm *storm = context;
    uint64_t n;
    (void)index;
    for (n = 0; n < storm->total; n++) {
        ptrdiff_t result;
        storm->ends.word = n;
        do
            result = n % 2 == 0 ? storm->sending->wait(&storm->ends)
                                : storm->sending->with_timeout(&storm->ends, 20 * MICROSECOND);
        while (result == -ETIMEDOUT);
        require_equal(result, 1);
    }
}

struct shooter {
    pthread_t targets[2];
    atomic_bool over;
};

static void shoot(void *context, size_t index) {
    struct shooter *shooter = context;
    (void)index;
    while (!atomic_load(&shooter->over)) {
        pthread_kill(shooter->targets[0], SIGUSR1);
        pthread_kill(shooter->targets[1], SIGUSR1);
        give_way();
    }
}

MATRIX_TEST(a_storm_of_signals_loses_no_message) {
    size_t s;
    handle_signals();
    for (s = 0; s < SENDING_CALLS; s++) {
        struct storm storm;
        struct shooter shooter;
        struct worker sender, signals;
        struct ends ends;
        uint64_t next = 0;
        memset(&storm, 0, sizeof storm);
        memset(&shooter, 0, sizeof shooter);
        fixture_prepare(&fixture, configuration, 8, 8, 4);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        storm.ends = ends;
        storm.sending = &sending_calls[s];
        storm.total = scaled(2000);
        worker_start(&sender, send_in_a_storm, &storm, 0);
        shooter.targets[0] = pthread_self();
        shooter.targets[1] = sender.thread;
        worker_start(&signals, shoot, &shooter, 0);
        while (next < storm.total) {
            const struct call *call = &receiving_calls[next % RECEIVING_CALLS];
            ptrdiff_t result = next % 3 == 0 ? call->wait(&ends)
                                             : call->with_timeout(&ends, 20 * MICROSECOND);
            if (result == -ETIMEDOUT)
                continue;
            require_equal(result, 1);
            require_equal(ends.word, next++);
        }
        /* The sender must live while it is shot at. */
        atomic_store(&shooter.over, true);
        worker_join(&signals);
        worker_join(&sender);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

/* A producer that stands still anywhere in a send, also between two instructions of an enqueue: the
 * receiver goes on with the lanes that it has, and never spins for the one that stands still. */
static atomic_bool frozen, thaw;
static atomic_size_t declined;

static void freeze(int signal_number) {
    (void)signal_number;
    /* In the C library's allocator it would stop everybody, whatever the channel does. */
    if (counting_allocator_is_busy()) {
        atomic_fetch_add(&declined, 1);
        return;
    }
    atomic_store(&frozen, true);
    await(atomic_load(&thaw));
    atomic_store(&frozen, false);
}

struct victim {
    struct worker worker;
    struct ends ends;
    atomic_size_t sent;
    atomic_bool over;
};

static void handle_freezing(void) {
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = freeze;
    require_equal(sigaction(SIGUSR2, &action, NULL), 0);
}

/* Freezes it somewhere in its loop, receiving meanwhile if it is to be frozen where there is room. */
static void freeze_victim(struct victim *victim, bool receiving) {
    size_t before = atomic_load(&declined);
    uint64_t word;
    atomic_store(&thaw, false);
    require_equal(pthread_kill(victim->worker.thread, SIGUSR2), 0);
    while (!atomic_load(&frozen)) {
        if (atomic_load(&declined) != before) {
            before = atomic_load(&declined);
            require_equal(pthread_kill(victim->worker.thread, SIGUSR2), 0);
        }
        if (receiving)
            (void)tributary_channel_try_receive(fixture.channel, &word, 8);
        else
            give_way();
    }
}

enum { VICTIM = 1, STEADY = 2 };

static void send_until_over(void *context, size_t index) {
    struct victim *victim = context;
    uint64_t n;
    (void)index;
    for (n = 0; !atomic_load(&victim->over); n++) {
        int error = n % 2 == 0 ? send_word(victim->ends.sender, word_of(VICTIM, n))
                               : send_word_shared(victim->ends.shared, word_of(VICTIM, n));
        require(error == 0 || error == -EAGAIN);
        atomic_fetch_add(&victim->sent, error == 0);
    }
}

MATRIX_TEST(a_producer_frozen_anywhere_holds_up_nobody_else) {
    struct random_source source = random_for(8);
    struct victim victim;
    tributary_sender *steady;
    uint64_t sent = 0, received = 0, word, step, round;
    memset(&victim, 0, sizeof victim);
    handle_freezing();
    fixture_open_words(&fixture, configuration, 64);
    ends_open(&victim.ends, &fixture);
    steady = fixture_sender(&fixture);
    /* One message stays in it all the time, so that the receiver keeps its lane. */
    require_equal(send_word(steady, word_of(STEADY, sent++)), 0);
    require_equal(send_word(steady, word_of(STEADY, sent++)), 0);
    require_word(fixture.channel, word_of(STEADY, received++));
    worker_start(&victim.worker, send_until_over, &victim, 0);
    /* Its first sends open and allocate, under locks: it is not frozen there. */
    await(atomic_load(&victim.sent) >= 4);
    for (round = 0; round < scaled(400); round++) {
        bool freezing = round % 2 == 0;
        if (freezing)
            freeze_victim(&victim, false);
        for (step = random_below(&source, 100); step > 0; step--) {
            require_equal(send_word(steady, word_of(STEADY, sent++)), 0);
            do
                require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
            while (word_sender(word) == VICTIM);
            require_equal(word, word_of(STEADY, received++));
        }
        if (freezing) {
            atomic_store(&thaw, true);
            await(!atomic_load(&frozen));
        }
    }
    atomic_store(&victim.over, true);
    worker_join(&victim.worker);
    tributary_sender_destroy(steady);
    ends_drop_senders(&victim.ends);
    fixture_finish(&fixture);
}

/* Frozen while it is counted in, thawed when others have filled the channel: it may not be one too
 * many. */
static atomic_bool pause_sending, paused;

static void send_shared_until_over(void *context, size_t index) {
    struct victim *victim = context;
    uint64_t n = 0;
    (void)index;
    while (!atomic_load(&victim->over)) {
        int error = send_word_shared(victim->ends.shared, word_of(VICTIM, n));
        require(error == 0 || error == -EAGAIN);
        n += error == 0;
        atomic_store(&victim->sent, n);
        if (atomic_load(&pause_sending)) {
            atomic_store(&paused, true);
            await(!atomic_load(&pause_sending) || atomic_load(&victim->over));
            atomic_store(&paused, false);
        }
    }
}

MATRIX_TEST(a_sender_frozen_in_a_send_is_not_one_too_many) {
    static const size_t capacities[] = {1, 100, 1000, 5000};
    size_t c, round;
    handle_freezing();
    for (c = 0; c < 4; c++) {
        struct victim victim;
        uint64_t word;
        memset(&victim, 0, sizeof victim);
        fixture_open_words(&fixture, configuration, capacities[c]);
        ends_open_for(&victim.ends, &fixture, &sending_calls[3]);
        atomic_store(&pause_sending, false);
        atomic_store(&paused, false);
        worker_start(&victim.worker, send_shared_until_over, &victim, 0);
        /* The first sends of both threads open and allocate, under locks: not frozen there. */
        while (atomic_load(&victim.sent) < 4 ||
               send_word_shared(victim.ends.shared, word_of(STEADY, 0)) != 0)
            (void)tributary_channel_try_receive(fixture.channel, &word, 8);
        for (round = 0; round < scaled(300); round++) {
            size_t count = 0;
            freeze_victim(&victim, true);
            while (send_word_shared(victim.ends.shared, word_of(STEADY, round)) == 0) {
            }
            atomic_store(&pause_sending, true);
            atomic_store(&thaw, true);
            await(!atomic_load(&frozen) && atomic_load(&paused));
            while (tributary_channel_try_receive(fixture.channel, &word, 8) == 0)
                count++;
            require_equal(count, capacities[c]);
            atomic_store(&pause_sending, false);
            await(!atomic_load(&paused));
        }
        atomic_store(&victim.over, true);
        worker_join(&victim.worker);
        ends_drop_senders(&victim.ends);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(a_sender_frozen_in_a_send_is_not_one_too_many),
          scenario(a_producer_frozen_anywhere_holds_up_nobody_else),
          scenario(a_wait_that_is_interrupted_goes_on),
          scenario(a_timeout_that_is_interrupted_is_neither_cut_short_nor_endless),
          scenario(a_storm_of_signals_loses_no_message))
