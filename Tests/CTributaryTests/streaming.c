/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes that come and go: bursts long enough to make them stream, silences long enough to make the
 * receiver let them go, and everything between. */
#include "../../Sources/CTributary/core.h"
#include "support/calls.h"
#include "support/messages.h"
#include "support/random.h"
#include "support/threads.h"

enum { MEMBERS = 4 };

static struct fixture fixture;

/* Bursts on command: the receiver names a round, each member sends its part and reports. */
struct bursts {
    struct ends ends[MEMBERS];
    atomic_size_t round;
    atomic_size_t parts[MEMBERS]; /* messages of the present round, set before the round */
    atomic_size_t done[MEMBERS];  /* rounds */
    atomic_bool over;
};

static struct bursts bursts;
static struct ledger ledger;

static void send_bursts(void *context, size_t index) {
    size_t round = 0;
    uint64_t sequence = 0;
    (void)context;
    for (;;) {
        size_t part, n;
        await(atomic_load(&bursts.round) > round || atomic_load(&bursts.over));
        if (atomic_load(&bursts.over))
            break;
        round++;
        part = atomic_load(&bursts.parts[index]);
        for (n = 0; n < part; n++) {
            struct ends *own = &bursts.ends[index];
            own->word = word_of(index, sequence++);
            require_equal(sending_calls[index == MEMBERS - 1 ? 3 : index % 3].wait(own), 1);
        }
        atomic_store(&bursts.done[index], round);
    }
    ends_drop_senders(&bursts.ends[index]);
}

static void accept(const uint64_t *words, ptrdiff_t count) {
    ptrdiff_t n;
    for (n = 0; n < count; n++)
        ledger_accept(&ledger, word_sender(words[n]), word_sequence(words[n]));
}

/* Receives until `total` have arrived; whether it sleeps or looks is the round's choice. */
static void receive_up_to(uint64_t total, bool waiting) {
    uint64_t words[100];
    while (ledger.total < total) {
        ptrdiff_t count =
            waiting ? tributary_channel_receive_batch(fixture.channel, words, 100, 8)
                    : tributary_channel_try_receive_batch(fixture.channel, words, 100, 8);
        if (count == -EAGAIN) {
            give_way();
            continue;
        }
        require(count >= 1);
        accept(words, count);
    }
}

/* Looks that find nothing: silent lanes leave the ring, after many also those that stream. */
static void look_in_vain(size_t times) {
    uint64_t word;
    while (times-- > 0)
        require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
}

/* `piled_up`: received when all of it has been sent, in one haul, which makes a long lane stream. */
static void play_round(const size_t *parts, uint64_t *total, bool waiting, bool piled_up) {
    size_t n, round;
    for (n = 0; n < MEMBERS; n++) {
        atomic_store(&bursts.parts[n], parts[n]);
        *total += parts[n];
    }
    round = atomic_fetch_add(&bursts.round, 1) + 1;
    if (!piled_up)
        receive_up_to(*total, waiting);
    /* All have reported, those too that had nothing to send: the next command is for all. */
    for (n = 0; n < MEMBERS; n++)
        await(atomic_load(&bursts.done[n]) == round);
    receive_up_to(*total, waiting);
}

static void open_bursts(const struct configuration *configuration, size_t capacity,
                        bool sleeps_at_once, struct team *team) {
    size_t n;
    memset(&bursts, 0, sizeof bursts);
    memset(&ledger, 0, sizeof ledger);
    fixture_prepare(&fixture, configuration, 8, 8, capacity);
    if (sleeps_at_once)
        fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    for (n = 0; n < MEMBERS; n++)
        ends_open_for(&bursts.ends[n], &fixture, &sending_calls[n == MEMBERS - 1 ? 3 : 0]);
    team_start(team, MEMBERS, send_bursts, NULL);
}

static void close_bursts(struct team *team) {
    uint64_t word;
    atomic_store(&bursts.over, true);
    team_join(team);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EPIPE);
    fixture_finish(&fixture);
}

static void check_fences(const struct configuration *configuration) {
    uint64_t fences = fixture_statistics(&fixture).heavy_fences;
    if (configuration->fence == TRIBUTARY_FENCE_LOCAL)
        require_equal(fences, 0);
    else if (heavy_fences_available())
        require(fences > 0);
}

MATRIX_TEST(lanes_that_leave_and_come_back_lose_nothing) {
    static const size_t capacities[] = {TRIBUTARY_UNBOUNDED, 1024, 3};
    size_t c, round;
    for (c = 0; c < 3; c++) {
        struct random_source source = random_for(c);
        struct team team;
        uint64_t total = 0;
        open_bursts(configuration, capacities[c], false, &team);
        for (round = 0; round < scaled(c == 2 ? 20 : 60); round++) {
            size_t parts[MEMBERS], n;
            for (n = 0; n < MEMBERS; n++) {
                /* Silent, a single message, a few, or enough to stream (a few thousand). */
                switch (random_below(&source, 4)) {
                case 0: parts[n] = 0; break;
                case 1: parts[n] = 1; break;
                case 2: parts[n] = 1 + random_below(&source, 100); break;
                default: parts[n] = c == 2 ? 500 : 3000 + random_below(&source, 6000);
                }
            }
            play_round(parts, &total, random_one_in(&source, 2),
                       c == 0 && random_one_in(&source, 2));
            if (random_one_in(&source, 2))
                look_in_vain(random_one_in(&source, 4) ? 10000 : random_below(&source, 300));
        }
        if (c == 0 && round > 10)
            check_fences(configuration);
        close_bursts(&team);
    }
}

/* Streaming, then asleep: the demotion before the sleep must not lose the message that ends it. */
MATRIX_TEST(a_receiver_that_sleeps_after_every_burst_is_woken_every_time) {
    struct team team;
    uint64_t total = 0;
    size_t round;
    open_bursts(configuration, TRIBUTARY_UNBOUNDED, true, &team);
    for (round = 0; round < scaled(100); round++) {
        size_t parts[MEMBERS] = {0};
        parts[round % 3] = 9000;
        play_round(parts, &total, true, round % 2 == 0);
        parts[round % 3] = 1;
        play_round(parts, &total, true, false);
    }
    require(fixture_statistics(&fixture).receiver_parks > 0);
    check_fences(configuration);
    close_bursts(&team);
}

/* The narrowest place: a lane streams, all is received, and one more message is sent just when the
 * receiver takes STREAMING back and goes to sleep. Only the heavy fence decides that it is seen. */
struct duel {
    struct ends ends;
    atomic_size_t piled, drained, taken;
    size_t rounds;
};

enum { PILE = 4500 };

static void linger(size_t turns) {
    volatile size_t spent = 0;
    while (spent < turns)
        spent = spent + 1;
}

static void pile_up_then_duel(void *context, size_t index) {
    struct duel *duel = context;
    struct random_source source = random_for(index);
    size_t round, n;
    for (round = 1; round <= duel->rounds; round++) {
        for (n = 0; n < PILE; n++)
            require_equal(send_word(duel->ends.sender, n), 0);
        atomic_store(&duel->piled, round);
        /* At once, unless there are too few processors for both. */
        for (n = 0; atomic_load(&duel->drained) != round; n++)
            if (n > 20000)
                give_way();
        linger(random_below(&source, 400));
        require_equal(send_word(duel->ends.sender, PILE), 0);
        await(atomic_load(&duel->taken) == round);
    }
}

MATRIX_TEST(a_message_sent_while_its_lane_is_demoted_is_not_lost) {
    struct random_source source = random_for(1);
    struct duel duel;
    struct worker worker;
    struct ends ends = {0};
    size_t round, n;
    memset(&duel, 0, sizeof duel);
    duel.rounds = scaled(3000);
    fixture_prepare(&fixture, configuration, 8, 8, TRIBUTARY_UNBOUNDED);
    fixture_sleep_at_once(&fixture);
    fixture.options.pacing = false;
    fixture_open(&fixture);
    ends_open_for(&duel.ends, &fixture, &sending_calls[0]);
    ends.channel = fixture.channel;
    worker_start(&worker, pile_up_then_duel, &duel, 0);
    for (round = 1; round <= duel.rounds; round++) {
        await(atomic_load(&duel.piled) == round);
        for (n = 0; n < PILE; n++)
            require_word(fixture.channel, n);
        atomic_store(&duel.drained, round);
        linger(random_below(&source, 100));
        require_equal(receiving_calls[round % RECEIVING_CALLS].wait(&ends), 1);
        require_equal(ends.word, PILE);
        atomic_store(&duel.taken, round);
    }
    worker_join(&worker);
    check_fences(configuration);
    ends_drop_senders(&duel.ends);
    fixture_finish(&fixture);
}

/* Silent streaming lanes are demoted for lookers too, so that a later sleep finds them so. */
MATRIX_TEST(silent_lanes_stop_streaming_while_others_are_busy) {
    struct team team;
    uint64_t total = 0;
    size_t all[MEMBERS] = {9000, 9000, 9000, 50}, one[MEMBERS] = {200, 0, 0, 0}, round;
    open_bursts(configuration, TRIBUTARY_UNBOUNDED, false, &team);
    for (round = 0; round < scaled(12); round++) {
        size_t k;
        play_round(all, &total, false, round % 2 == 0);
        for (k = 0; k < 20; k++) {
            play_round(one, &total, false, false);
            look_in_vain(500);
        }
    }
    check_fences(configuration);
    close_bursts(&team);
}

/* Thousands of idle senders, opened, used once, silent ever after: their lanes are found when they
 * speak again. */
MATRIX_TEST(many_silent_senders_are_heard_when_they_speak_again) {
    enum { CROWD = 500 };
    static tributary_sender *crowd[CROWD];
    static uint64_t next[CROWD];
    struct random_source source = random_for(7);
    size_t n, step;
    memset(next, 0, sizeof next);
    fixture_open_words(&fixture, configuration, 8);
    for (n = 0; n < CROWD; n++)
        crowd[n] = fixture_sender(&fixture);
    for (step = 0; step < scaled(2000); step++) {
        size_t speaker = random_below(&source, CROWD);
        uint64_t word;
        require_equal(send_word(crowd[speaker], word_of(speaker, next[speaker])), 0);
        require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), 0);
        require_equal(word, word_of(speaker, next[speaker]));
        next[speaker]++;
        if (random_one_in(&source, 5))
            look_in_vain(1 + random_below(&source, 100));
        if (random_one_in(&source, 50)) {
            tributary_sender_destroy(crowd[speaker]);
            crowd[speaker] = fixture_sender(&fixture);
        }
    }
    for (n = 0; n < CROWD; n++)
        tributary_sender_destroy(crowd[n]);
    fixture_finish(&fixture);
}

/* The lane that has been silent for long is taken back; who streams still, in order or not, goes on. */
MATRIX_TEST(a_silent_lane_is_taken_back_while_others_stream) {
    enum { MANY = 1200, ROUNDS = 6000 };
    tributary_sender *silent, *streams, *seldom;
    tributary_shared_sender *shared;
    uint64_t n, word;
    if (configuration->fence == TRIBUTARY_FENCE_LOCAL)
        return;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    silent = fixture_sender(&fixture);
    streams = fixture_sender(&fixture);
    seldom = fixture_sender(&fixture);
    shared = fixture_shared_sender(&fixture);
    for (n = 0; n < MANY; n++) {
        require_equal(send_word(silent, n), 0);
        require_word(fixture.channel, n);
    }
    for (n = 0; n < ROUNDS; n++) {
        size_t left = 2 + (n % 100 == 0);
        require_equal(send_word(streams, n), 0);
        require_equal(send_word_shared(shared, n), 0);
        if (n % 100 == 0)
            require_equal(send_word(seldom, n), 0);
        for (; left > 0; left--) {
            require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
            require_equal(word, n);
        }
        /* Every look is a round. */
        require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), -EAGAIN);
    }
    require_equal(send_word(silent, 7), 0);
    require_word(fixture.channel, 7);
    tributary_sender_destroy(silent);
    tributary_sender_destroy(streams);
    tributary_sender_destroy(seldom);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

static bool shared_messages_stream(void) {
    return (tributary_load_relaxed(&fixture.channel->shared_front.state) & TRIBUTARY_LANE_STREAMING) != 0;
}

/* So are shared messages, though the receiver only looks and never sleeps. */
MATRIX_TEST(silent_shared_messages_are_taken_back) {
    enum { MANY = 1200 };
    tributary_shared_sender *shared;
    uint64_t n, fences;
    if (configuration->fence == TRIBUTARY_FENCE_LOCAL || !heavy_fences_available())
        return;
    fixture_open_words(&fixture, configuration, TRIBUTARY_UNBOUNDED);
    shared = fixture_shared_sender(&fixture);
    for (n = 0; n < MANY; n++) {
        require_equal(send_word_shared(shared, n), 0);
        require_word(fixture.channel, n);
    }
    require(shared_messages_stream());
    fences = fixture_statistics(&fixture).heavy_fences;
    look_in_vain(4000);
    require(shared_messages_stream());
    look_in_vain(200);
    require(!shared_messages_stream());
    require_equal(fixture_statistics(&fixture).heavy_fences, fences + 1);
    require_equal(send_word_shared(shared, MANY), 0);
    require_word(fixture.channel, MANY);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(silent_shared_messages_are_taken_back), scenario(a_silent_lane_is_taken_back_while_others_stream),
          scenario(lanes_that_leave_and_come_back_lose_nothing),
          scenario(a_receiver_that_sleeps_after_every_burst_is_woken_every_time),
          scenario(a_message_sent_while_its_lane_is_demoted_is_not_lost),
          scenario(silent_lanes_stop_streaming_while_others_are_busy),
          scenario(many_silent_senders_are_heard_when_they_speak_again))
