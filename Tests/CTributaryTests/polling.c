/* SPDX-License-Identifier: Apache-2.0 */
/* What the waiting calls learn for their next poll (spin.c has the rule), and that they keep to it. The library's looks at the clock find
 * this program's clock_gettime before the C library's: a call with a limit looks at it with the first of eight looks at the channel, time
 * passes only then, and then comes what is waited for. Nothing here sleeps. */
#include <errno.h>

#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"

#if defined(__linux__)
#include "support/played_clock.h"

enum {
    MOST = 64, /* looks, in the policies of both sides */
    PER_LOOK = 1000, /* nanoseconds, at the clock */
    NEVER = 0,
    START = 1000000
};

static struct fixture fixture;
static tributary_sender *sender;
static tributary_shared_sender *shared;

static void open_polling_with(uint32_t most, size_t capacity) {
    fixture_prepare(&fixture, NULL, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture.options.receiver_wait = (tributary_wait_policy){.spin = most, .yield = 0};
    fixture.options.sender_wait = (tributary_wait_policy){.spin = most, .yield = 0};
    fixture.options.pacing = false;
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    shared = fixture_shared_sender(&fixture);
}

static void open_polling(uint32_t most) { open_polling_with(most, 1); }

static void close_polling(void) {
    tributary_sender_destroy(sender);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

static void begin(struct tributary_spin *spin, uint32_t looks, uint32_t in_vain, size_t at) {
    spin->looks = looks;
    spin->in_vain = in_vain;
    played_clock.now = START;
    played_clock.per_look = PER_LOOK;
    played_clock.looks = 0;
    played_clock.comes_at = at;
}

static void require_learnt(const struct tributary_spin *spin, uint32_t looks, uint32_t in_vain) {
    require_equal(spin->looks, looks);
    require_equal(spin->in_vain, in_vain);
}

/* The deadline passes with that look at the clock. */
static int64_t passes_with(size_t look) { return START + (int64_t)look * PER_LOOK; }

static void send_one(void) { require_equal(send_word(sender, 7), 0); }
static void receive_one(void) {
    uint64_t word;
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
}

/* ---- The waiting calls, each on a side that has nothing to go on with ---- */

static int receive_before(int64_t deadline) {
    uint64_t word;
    return tributary_channel_receive_deadline(fixture.channel, &word, sizeof word, deadline);
}

static int send_before(int64_t deadline) {
    uint64_t word = 8;
    return tributary_sender_send_deadline(sender, &word, sizeof word, deadline);
}

static int send_shared_before(int64_t deadline) {
    uint64_t word = 8;
    return tributary_shared_sender_send_deadline(shared, &word, sizeof word, deadline);
}

static void send_one_shared(void) { require_equal(send_word_shared(shared, 7), 0); }
static void nothing(void) {}

struct side {
    int (*before)(int64_t deadline);
    void (*prepare)(void); /* then the call would wait, */
    void (*release)(void); /* ...and after this no longer */
    void (*clean)(void);   /* after one that went on */
};

static const struct side sides[] = {
    {receive_before, nothing, send_one, nothing},
    {send_before, send_one, receive_one, receive_one},
    {send_shared_before, send_one_shared, receive_one, receive_one},
};

enum { RECEIVER, SENDER, SHARED, SIDES };

static int wait_until(size_t side, int64_t deadline) {
    int error;
    played = true;
    error = sides[side].before(deadline);
    played = false;
    return error;
}

static struct tributary_spin *spin_of(size_t side) {
    if (side == RECEIVER) return &fixture.channel->receiver.spin;
    return side == SENDER ? &sender->sender.spin : &fixture.channel->shared->back.lanes->sender.spin;
}

/* One that waits, has gone on, and is to wait again. */
static struct tributary_spin *prepared(size_t side) {
    open_polling(MOST);
    if (side == SHARED) { /* its thread's lane is there from its first message on */
        send_one_shared();
        receive_one();
    }
    sides[side].prepare();
    return spin_of(side);
}

static void finished(size_t side, bool went_on) {
    if (went_on)
        sides[side].clean();
    else if (side != RECEIVER)
        receive_one();
    close_polling();
}

static void it_begins_with_the_longest(void **state) {
    static const uint32_t mosts[] = {0, 1, MOST, UINT32_MAX};
    size_t side, k;
    (void)state;
    for (k = 0; k < sizeof mosts / sizeof *mosts; k++) {
        open_polling(mosts[k]);
        send_one_shared();
        for (side = 0; side < SIDES; side++)
            require_learnt(spin_of(side), mosts[k] < TRIBUTARY_SPIN_MOST ? mosts[k] : TRIBUTARY_SPIN_MOST, 0);
        receive_one();
        close_polling();
    }
}

static void what_comes_during_a_poll_pays(void **state) {
    size_t side;
    (void)state;
    for (side = 0; side < SIDES; side++) {
        struct tributary_spin *spin = prepared(side);
        played_clock.comes = sides[side].release;
        begin(spin, 20, 2, 2); /* the second look at the clock is the ninth at the channel */
        require_equal(wait_until(side, passes_with(1000)), 0);
        require_learnt(spin, 41, 0);
        finished(side, true);
    }
}

static void what_is_there_at_once_says_nothing(void **state) {
    struct tributary_spin *spin = prepared(RECEIVER); /* (senders that find room do not wait at all) */
    (void)state;
    send_one();
    begin(spin, 20, 2, NEVER);
    require_equal(wait_until(RECEIVER, passes_with(1000)), 0);
    require_learnt(spin, 20, 2);
    finished(RECEIVER, true);
}

static void a_limit_that_has_passed_says_nothing(void **state) {
    size_t side;
    (void)state;
    for (side = 0; side < SIDES; side++) {
        struct tributary_spin *spin = prepared(side);
        begin(spin, 20, 2, NEVER);
        require_equal(wait_until(side, passes_with(1)), -ETIMEDOUT);
        require_learnt(spin, 20, 2);
        finished(side, false);
    }
}

/* Else who waits for less than a poll again and again would poll all the time. */
static void a_limit_that_ends_a_poll_makes_it_one_in_vain(void **state) {
    size_t side;
    (void)state;
    for (side = 0; side < SIDES; side++) {
        struct tributary_spin *spin = prepared(side);
        begin(spin, 20, TRIBUTARY_SPIN_KEPT_BY_THREAD, NEVER);
        require_equal(wait_until(side, passes_with(2)), -ETIMEDOUT);
        require_learnt(spin, 10, TRIBUTARY_SPIN_KEPT_BY_THREAD + 1);
        finished(side, false);
    }
}

/* A poll waits for half of the capacity, and who has no more time takes any room. */
static void room_that_is_there_when_a_limit_ends_a_poll_pays(void **state) {
    enum { PLACES = 8 };
    struct tributary_spin *spin;
    size_t n;
    (void)state;
    open_polling_with(MOST, PLACES);
    for (n = 0; n < PLACES; n++)
        send_one();
    played_clock.comes = receive_one;
    spin = &sender->sender.spin;
    begin(spin, 20, 2, 2);
    require_equal(wait_until(SENDER, passes_with(2)), 0);
    require_learnt(spin, 41, 0);
    for (n = 0; n < PLACES; n++)
        receive_one();
    close_polling();
}

/* Whichever look is the last: one of those at the clock, too, or between them. */
static void a_whole_poll_in_vain_counts_once(void **state) {
    uint32_t looks;
    size_t side;
    (void)state;
    for (side = 0; side < SIDES; side++)
        for (looks = 8; looks <= 16; looks++) {
            struct tributary_spin *spin = prepared(side);
            begin(spin, looks, TRIBUTARY_SPIN_KEPT_BY_THREAD, NEVER);
            /* Looks at the clock: with the first and the ninth look at the channel, and then before it sleeps. */
            require_equal(wait_until(side, passes_with(looks == 8 && side != RECEIVER ? 2 : 3)), -ETIMEDOUT);
            require_learnt(spin, looks / 2, TRIBUTARY_SPIN_KEPT_BY_THREAD + 1);
            finished(side, false);
        }
}

/* The longest would find at its look 17 what comes with the third look at the clock. */
static void it_polls_no_longer_than_was_learnt(void **state) {
    (void)state;
    struct tributary_spin *spin = prepared(RECEIVER);
    played_clock.comes = send_one;
    begin(spin, 9, TRIBUTARY_SPIN_KEPT_BY_THREAD, 3);
    require_equal(wait_until(RECEIVER, passes_with(1000)), 0);
    require_learnt(spin, 4, TRIBUTARY_SPIN_KEPT_BY_THREAD + 1);
    require_equal(fixture_statistics(&fixture).receiver_parks, 0);
    finished(RECEIVER, true);
    spin = prepared(SENDER);
    begin(spin, 8, TRIBUTARY_SPIN_KEPT_BY_THREAD, NEVER);
    require_equal(wait_until(SENDER, passes_with(2)), -ETIMEDOUT);
    require_learnt(spin, 4, TRIBUTARY_SPIN_KEPT_BY_THREAD + 1);
    require_equal(played_clock.looks, 2);
    finished(SENDER, false);
}

/* Their thread could run others: each in vain makes the next one shorter. */
static void polls_of_tasks_keep_nothing(void **state) {
    (void)state;
    open_polling(MOST);
    begin(&fixture.channel->receiver.spin, MOST, 0, NEVER);
    require_equal(tributary_channel_poll(fixture.channel, 1), -EAGAIN);
    require_learnt(&fixture.channel->receiver.spin, MOST / 2, 1);
    send_one();
    require_equal(tributary_channel_poll(fixture.channel, 1), 1);
    require_learnt(&fixture.channel->receiver.spin, MOST / 2, 1);
    begin(&sender->sender.spin, MOST, 0, NEVER);
    require_equal(tributary_sender_poll(sender), -EAGAIN);
    require_learnt(&sender->sender.spin, MOST / 2, 1);
    receive_one();
    close_polling();
}

TEST_MAIN(scenario(it_begins_with_the_longest), scenario(what_comes_during_a_poll_pays),
          scenario(what_is_there_at_once_says_nothing), scenario(a_limit_that_has_passed_says_nothing),
          scenario(a_limit_that_ends_a_poll_makes_it_one_in_vain),
          scenario(room_that_is_there_when_a_limit_ends_a_poll_pays), scenario(a_whole_poll_in_vain_counts_once),
          scenario(it_polls_no_longer_than_was_learnt), scenario(polls_of_tasks_keep_nothing))
#else
static void there_is_no_clock_to_stand_in_for(void **state) {
    (void)state;
    require(TRIBUTARY_LOOKS_PER_CLOCK > 0);
}

TEST_MAIN(scenario(there_is_no_clock_to_stand_in_for))
#endif
