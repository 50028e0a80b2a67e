/* SPDX-License-Identifier: Apache-2.0 */
/* The faults that other channels shipped with threads that come and go: fault 13. */
#include "support/calls.h"
#include "support/messages.h"
#include "support/stop.h"

static struct fixture fixture;

/* Of a thread with many channels. */
static const struct configuration *chosen;
static struct fixture fixtures[12];
static tributary_shared_sender *shared[12];

struct run {
    struct ends ends;
};

/* moodycamel#288: threads come and go, their lanes are recycled; nothing is used after it was freed,
 * and the receiver's walk over the lanes ends. */
static void open_send_and_exit(void *context, size_t index) {
    struct run *run = context;
    tributary_sender *own = NULL;
    tributary_shared_sender *shared = NULL;
    uint64_t n;
    if (index % 2 == 0)
        require_equal(tributary_shared_sender_open_sender(run->ends.shared, &own), 0);
    else
        require_equal(tributary_shared_sender_clone(run->ends.shared, &shared), 0);
    for (n = 0; n < index * 7; n++)
        require_equal(own != NULL ? send_word(own, word_of(index, n))
                                  : send_word_shared(shared, word_of(index, n)), 0);
    tributary_sender_destroy(own);
    tributary_shared_sender_destroy(shared);
}

MATRIX_TEST(fault_13_a_threads_exit_and_its_recycled_lane) {
    enum { THREADS = 6 };
    static struct ledger ledger;
    struct run run;
    size_t round, n;
    memset(&run, 0, sizeof run);
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    ends_open_for(&run.ends, &fixture, &sending_calls[3]);
    for (round = 0; round < scaled(60); round++) {
        struct team team;
        uint64_t word;
        memset(&ledger, 0, sizeof ledger);
        team_start(&team, THREADS, open_send_and_exit, &run);
        while (ledger.total < 7 * (THREADS * (THREADS - 1) / 2)) {
            require_equal(tributary_channel_receive(fixture.channel, &word, 8), 0);
            ledger_accept(&ledger, word_sender(word), word_sequence(word));
        }
        team_join(&team);
        require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
        require_equal(tributary_channel_sender_count(fixture.channel), 1);
        for (n = 0; n < THREADS; n++)
            require_equal(ledger.next[n], n * 7);
    }
    ends_drop_senders(&run.ends);
    fixture_finish(&fixture);
}

/* A thread outlives the channel whose lane it has, then exits. */
static void send_while_channels_go(void *context, size_t index) {
    struct stop *stop = context;
    size_t n;
    (void)index;
    for (n = 0; n < 12; n++) {
        /* Each has its place in the thread's table, or has lost it to a later one. */
        fixture_open_words(&fixtures[n], chosen, TRIBUTARY_UNBOUNDED);
        shared[n] = fixture_shared_sender(&fixtures[n]);
        require_equal(send_word_shared(shared[n], n), 0);
    }
    stop_here(stop);
}

MATRIX_TEST(fault_13_a_thread_outlives_the_channels_of_its_lanes) {
    static struct stop stop;
    size_t kept;
    chosen = configuration;
    for (kept = 0; kept < 13; kept++) {
        struct worker worker;
        size_t n;
        stop_arm(&stop, 1);
        worker_start(&worker, send_while_channels_go, &stop, 0);
        stop_await(&stop);
        for (n = 0; n < 12; n++) {
            if (n == kept)
                continue;
            tributary_shared_sender_destroy(shared[n]);
            fixture_finish(&fixtures[n]);
        }
        stop_release(&stop);
        worker_join(&worker);
        if (kept == 12)
            continue;
        /* The lane is this thread's now. */
        require_equal(send_word_shared(shared[kept], 100), 0);
        require_word(fixtures[kept].channel, kept);
        require_word(fixtures[kept].channel, 100);
        tributary_shared_sender_destroy(shared[kept]);
        fixture_finish(&fixtures[kept]);
    }
}

/* A thread remembers the lanes of some channels only: of the others it finds its own again. */
MATRIX_TEST(fault_13_a_thread_has_one_lane_in_each_of_many_channels) {
    enum { CHANNELS = 40, ROUNDS = 5 };
    static struct fixture many[CHANNELS];
    tributary_shared_sender *senders[CHANNELS];
    size_t n, round, blocks[CHANNELS];
    for (n = 0; n < CHANNELS; n++) {
        fixture_open_words(&many[n], configuration, 4);
        senders[n] = fixture_shared_sender(&many[n]);
    }
    for (round = 0; round < ROUNDS; round++)
        for (n = 0; n < CHANNELS; n++) {
            require_equal(send_word_shared(senders[n], round), 0);
            require_word(many[n].channel, round);
            if (round == 0)
                blocks[n] = atomic_load(&many[n].memory.live_blocks);
            require_at_most(atomic_load(&many[n].memory.live_blocks), blocks[n]);
        }
    for (n = 0; n < CHANNELS; n++) {
        tributary_shared_sender_destroy(senders[n]);
        fixture_finish(&many[n]);
    }
}

/* Threads that come and go leave one lane behind, not one each for every look to walk over. */
static void send_one(void *context, size_t index) {
    require_equal(send_word_shared(context, index), 0);
}

MATRIX_TEST(fault_13_threads_that_exited_leave_no_lanes_behind) {
    tributary_shared_sender *sender;
    size_t n, blocks = 0;
    fixture_open_words(&fixture, configuration, 4);
    sender = fixture_shared_sender(&fixture);
    for (n = 0; n < 50; n++) {
        struct worker worker = {.body = send_one, .context = sender, .index = n};
        /* No thread has the stack of one before it, and with it the address by which a lane knows its owner. */
        worker.stack_size = (size_t)(n + 4) << 16;
        worker_launch(&worker);
        worker_join(&worker);
        require_word(fixture.channel, n);
        if (n == 0)
            blocks = atomic_load(&fixture.memory.live_blocks);
        require_at_most(atomic_load(&fixture.memory.live_blocks), blocks);
    }
    tributary_shared_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(fault_13_a_thread_has_one_lane_in_each_of_many_channels),
          scenario(fault_13_a_threads_exit_and_its_recycled_lane),
          scenario(fault_13_a_thread_outlives_the_channels_of_its_lanes),
          scenario(fault_13_threads_that_exited_leave_no_lanes_behind))
