/* SPDX-License-Identifier: Apache-2.0 */
/* What a sender does for a drained segment before it asks for memory: who may wait looks out for one for a moment, if the receiver
 * has moved. The library's looks at the clock find this program's clock_gettime before the C library's: there time passes only with
 * each look, and there a receiver on another processor is played, which takes everything in the middle of the wait. */
#include "../../Sources/CTributary/core.h"
#include "../../Sources/CTributary/pace.h"
#include "support/fixture.h"

#if defined(__linux__)
#include "support/played_clock.h"

enum {
    PER_LOOK = 100, /* nanoseconds */
    KIBIBYTE = 1024,
    LARGEST = (TRIBUTARY_SEGMENT_LARGEST_BYTES - 64) / sizeof(uint64_t) /* messages of a segment that has grown */
};

static struct fixture fixture;
static uint64_t received;

static void receive_all(void) {
    uint64_t word;
    while (tributary_channel_try_receive(fixture.channel, &word, sizeof word) == 0)
        require_equal(word, received++);
}

enum how { SINGLE, SINGLE_TRY, BATCH, SHARED, SHARED_BATCH };

struct sending {
    enum how how;
    tributary_sender *sender;
    tributary_shared_sender *shared;
    uint64_t sent;
    struct tributary_sender *lane;
};

/* Two messages, so that a batch is one. */
static void send_two(struct sending *sending) {
    uint64_t words[2] = {sending->sent, sending->sent + 1};
    size_t n, size = sizeof *words;
    for (n = 0; n < 2 && sending->how == SINGLE; n++)
        require_equal(tributary_sender_send(sending->sender, &words[n], size), 0);
    for (n = 0; n < 2 && sending->how == SINGLE_TRY; n++)
        require_equal(tributary_sender_try_send(sending->sender, &words[n], size), 0);
    if (sending->how == BATCH)
        require_equal(tributary_sender_send_batch(sending->sender, words, 2, size), 2);
    for (n = 0; n < 2 && sending->how == SHARED; n++)
        require_equal(tributary_shared_sender_send(sending->shared, &words[n], size), 0);
    if (sending->how == SHARED_BATCH)
        require_equal(tributary_shared_sender_send_batch(sending->shared, words, 2, size), 2);
    sending->sent += 2;
}

static void open_sending(struct sending *sending, enum how how, bool pacing) {
    memset(sending, 0, sizeof *sending);
    sending->how = how;
    received = 0;
    fixture_prepare(&fixture, NULL, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    fixture.options.pacing = pacing;
    fixture_open(&fixture);
    if (how < SHARED) {
        sending->lane = sending->sender = fixture_sender(&fixture);
    } else {
        sending->shared = fixture_shared_sender(&fixture);
        send_two(sending);
        sending->lane = fixture.channel->shared->back.lanes;
    }
}

static void close_sending(struct sending *sending) {
    receive_all();
    require_equal(received, sending->sent);
    if (sending->sender != NULL) tributary_sender_destroy(sending->sender);
    if (sending->shared != NULL) tributary_shared_sender_destroy(sending->shared);
    fixture_finish(&fixture);
}

static void send_to_the_end_of_the_segment(struct sending *sending) {
    struct tributary_segment *segment = sending->lane->sender.segment;
    while (sending->lane->sender.segment == segment)
        send_two(sending);
}

/* The receiver has taken everything; then every spare segment was used, and the last one begun. */
static void use_the_spares_up(struct sending *sending) {
    struct tributary_sender *lane = sending->lane;
    int rounds;
    for (rounds = 0; rounds < 8; rounds++) {
        uint64_t more = sending->sent + 3 * LARGEST;
        while (sending->sent < more)
            send_two(sending);
        receive_all();
    }
    require_equal(lane->sender.segment->bytes, TRIBUTARY_SEGMENT_LARGEST_BYTES);
    require(lane->spares[0] != NULL);
    while (lane->spares[0] != NULL || lane->spares[1] != NULL)
        send_to_the_end_of_the_segment(sending);
}

/* Sends until one segment more is in use, while the receiver comes with that look at the clock. Whether memory was asked for. */
static bool asks_for_memory(struct sending *sending, size_t receiver_comes_at) {
    size_t calls = atomic_load(&fixture.memory.calls);
    played_clock.per_look = PER_LOOK;
    played_clock.looks = 0;
    played_clock.comes_at = receiver_comes_at;
    played_clock.comes = receive_all;
    played = true;
    send_to_the_end_of_the_segment(sending);
    played = false;
    return atomic_load(&fixture.memory.calls) != calls;
}

static void a_spare_that_comes_within_the_moment_is_used(void **state) {
    static const enum how hows[] = {SINGLE, BATCH};
    size_t k;
    (void)state;
    for (k = 0; k < sizeof hows / sizeof *hows; k++) {
        struct sending sending;
        open_sending(&sending, hows[k], true);
        use_the_spares_up(&sending);
        require(!asks_for_memory(&sending, 3));
        require_equal(played_clock.looks, 3); /* no longer than until it was there */
        close_sending(&sending);
    }
}

static void memory_is_asked_for_after_a_microsecond(void **state) {
    static const enum how hows[] = {SINGLE, BATCH, SHARED_BATCH};
    enum { MOST = TRIBUTARY_PACE_NANOSECONDS / PER_LOOK + 1 };
    size_t k;
    (void)state;
    for (k = 0; k < sizeof hows / sizeof *hows; k++) {
        struct sending sending;
        size_t others; /* that shared senders take, for their turns */
        open_sending(&sending, hows[k], true);
        use_the_spares_up(&sending);
        require(asks_for_memory(&sending, 0));
        require_at_most(MOST, played_clock.looks);
        others = played_clock.looks - MOST;
        /* The receiver stands since: nothing is waited for. */
        require(asks_for_memory(&sending, 0));
        require_equal(played_clock.looks, others);
        close_sending(&sending);
    }
}

static void nothing_is_waited_for_by(enum how how, bool pacing) {
    struct sending sending;
    size_t before;
    open_sending(&sending, how, pacing);
    use_the_spares_up(&sending);
    require(asks_for_memory(&sending, 0));
    before = played_clock.looks;
    require(asks_for_memory(&sending, 0)); /* the receiver stands */
    require_equal(before, played_clock.looks);
    close_sending(&sending);
}

static void what_must_not_wait_asks_at_once(void **state) {
    (void)state;
    nothing_is_waited_for_by(SINGLE_TRY, true);
    nothing_is_waited_for_by(SINGLE, false);
    nothing_is_waited_for_by(BATCH, false);
    /* All others would wait for the turn as well. */
    nothing_is_waited_for_by(SHARED, true);
}

/* The receiver has moved each time. */
static void while_segments_grow_none_is_waited_for(void **state) {
    size_t takes_all, grown;
    (void)state;
    for (takes_all = 0; takes_all <= 1; takes_all++) {
        struct sending sending;
        open_sending(&sending, SINGLE, true);
        send_two(&sending);
        for (grown = 0; sending.lane->sender.segment->bytes < TRIBUTARY_SEGMENT_LARGEST_BYTES; grown++) {
            if (takes_all)
                receive_all();
            else
                require_word(fixture.channel, received++);
            require(asks_for_memory(&sending, 0));
            require_equal(played_clock.looks, 0);
        }
        require_at_most(4, grown);
        /* The first of full size: the receiver is in it, or brings only smaller ones before it. */
        if (takes_all) {
            receive_all();
            require(asks_for_memory(&sending, 0));
            require_equal(played_clock.looks, 0);
        }
        close_sending(&sending);
    }
}

/* It has read all of the segment before the last, and may not have let it go yet. */
static void one_that_the_receiver_is_about_to_leave_is_waited_for(void **state) {
    struct sending sending;
    struct tributary_sender *lane;
    (void)state;
    open_sending(&sending, SINGLE, true);
    lane = sending.lane;
    use_the_spares_up(&sending);
    while (received < lane->sender.segment_end - lane->sender.segment->slots)
        require_word(fixture.channel, received++);
    tributary_segment_trim(lane->geometry, &fixture.channel->options.allocator, lane->spares, 0);
    require(!asks_for_memory(&sending, 3));
    require_equal(played_clock.looks, 3);
    close_sending(&sending);
}

TEST_MAIN(scenario(a_spare_that_comes_within_the_moment_is_used),
          scenario(while_segments_grow_none_is_waited_for),
          scenario(one_that_the_receiver_is_about_to_leave_is_waited_for),
          scenario(memory_is_asked_for_after_a_microsecond),
          scenario(what_must_not_wait_asks_at_once))
#else
static void there_is_no_clock_to_stand_in_for(void **state) {
    (void)state;
    require(TRIBUTARY_PACE_NANOSECONDS > 0);
}

TEST_MAIN(scenario(there_is_no_clock_to_stand_in_for))
#endif
