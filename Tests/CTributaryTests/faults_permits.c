/* SPDX-License-Identifier: Apache-2.0 */
/* Permits that are outstanding when the channel closes, or its receiver sleeps: fault 4 (tokio#2854, #8075, #8260). A permit is a
 * reservation here. On whichever way it comes back, nobody sleeps over it, no message is in doubt, and its room is room again. */
#include "support/calls.h"
#include "support/threads.h"

static struct fixture fixture;

enum { CAPACITY = 4, RESERVED = 3, ALL = 100 };

static size_t reserved; /* by the last reservation: at most what was known to be free */

/* ---- The ways back: what each commits, and what the next send is to find ------------------ */

static void commit_all(struct ends *ends, int expected) {
    require_equal(tributary_sender_commit(ends->sender, reserved), expected);
}

static void commit_one(struct ends *ends, int expected) {
    require_equal(tributary_sender_commit(ends->sender, 1), expected);
    /* The others came back with it. */
    require_equal(tributary_sender_commit(ends->sender, 1), -EINVAL);
}

static void commit_none(struct ends *ends, int expected) {
    (void)expected;
    require_equal(tributary_sender_commit(ends->sender, 0), 0);
    require_equal(tributary_sender_commit(ends->sender, 1), -EINVAL);
}

static void send_over_it(struct ends *ends, int expected) {
    require_equal(send_word(ends->sender, 1), expected);
    /* The reservation is void: its slot has been used. */
    if (expected == 0)
        require_equal(tributary_sender_commit(ends->sender, 1), -EINVAL);
}

static void reserve_again(struct ends *ends, int expected) {
    void *slots;
    uint64_t one = 1;
    ptrdiff_t count = tributary_sender_try_reserve(ends->sender, RESERVED, &slots);
    if (count < 0) {
        require_equal(count, expected);
        return;
    }
    memcpy(slots, &one, sizeof one);
    require_equal(tributary_sender_commit(ends->sender, 1), expected);
}

static void forget_it(struct ends *ends, int expected) {
    (void)ends;
    (void)expected;
}

static const struct {
    const char *name;
    void (*take)(struct ends *ends, int expected);
    size_t messages;
} ways_back[] = {
    {"all are used", commit_all, ALL}, {"one is used", commit_one, 1}, {"none is used", commit_none, 0},
    {"a send uses its slot", send_over_it, 1}, {"another reservation", reserve_again, 1}, {"forgotten", forget_it, 0},
};
enum { WAYS = sizeof ways_back / sizeof ways_back[0] };

static void reserve(struct ends *ends) {
    void *slots;
    uint64_t words[RESERVED] = {1, 1, 1};
    ptrdiff_t count = tributary_sender_try_reserve(ends->sender, RESERVED, &slots);
    require(count >= 1 && count <= RESERVED);
    reserved = (size_t)count;
    memcpy(slots, words, reserved * sizeof words[0]);
}

static size_t messages_of(size_t way) {
    return ways_back[way].messages == ALL ? reserved : ways_back[way].messages;
}

/* ---- Against a sleeping receiver ----------------------------------------------------------- */

struct listener {
    struct ends ends;
    const struct call *call;
    atomic_size_t received;
    ptrdiff_t last;
};

static void receive_to_the_end(void *context, size_t index) {
    struct listener *listener = context;
    (void)index;
    worker_announces_sleep();
    while ((listener->last = listener->call->wait(&listener->ends)) == 1) {
        require_equal(listener->ends.word, 1);
        atomic_fetch_add(&listener->received, 1);
    }
}

static void open_and_listen(struct ends *ends, struct listener *listener, struct worker *worker,
                            const struct configuration *configuration, size_t way) {
    fixture_prepare(&fixture, configuration, 8, 8, CAPACITY);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    ends_open(ends, &fixture);
    memset(listener, 0, sizeof *listener);
    listener->ends.channel = fixture.channel;
    listener->call = &receiving_calls[way % RECEIVING_CALLS];
    worker_start(worker, receive_to_the_end, listener, 0);
    worker_await_sleep(worker);
    reserve(ends);
    test_note("%s, fence %s, parker %s", ways_back[way].name, configuration->fence_name,
              configuration->parker_name);
}

/* What is committed wakes it; what is not does not keep the end from it. */
MATRIX_TEST(fault_04_permits_come_back_while_the_receiver_sleeps) {
    size_t way;
    for (way = 0; way < WAYS; way++) {
        struct ends ends;
        struct listener listener;
        struct worker worker;
        size_t messages;
        open_and_listen(&ends, &listener, &worker, configuration, way);
        tributary_shared_sender_destroy(ends.shared);
        ends.shared = NULL;
        ways_back[way].take(&ends, 0);
        messages = messages_of(way);
        await(atomic_load(&listener.received) == messages);
        worker_await_sleep(&worker);
        /* Some are outstanding at the end. */
        reserve(&ends);
        ends_drop_senders(&ends);
        worker_join(&worker);
        require_equal(listener.last, -EPIPE);
        require_equal(atomic_load(&listener.received), messages);
        fixture_finish(&fixture);
    }
}

/* A close that a sender asks for, with permits outstanding: the receiver does not wait for them. */
MATRIX_TEST(fault_04_permits_are_outstanding_when_a_sleeping_receiver_is_closed) {
    size_t way;
    for (way = 0; way < WAYS; way++) {
        struct ends ends;
        struct listener listener;
        struct worker worker;
        open_and_listen(&ends, &listener, &worker, configuration, way);
        require_equal(tributary_shared_sender_request_close(ends.shared), 0);
        worker_join(&worker);
        require_equal(listener.last, -EPIPE);
        ways_back[way].take(&ends, -EPIPE);
        require_equal(atomic_load(&listener.received), 0);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
        require_equal(fixture.destroyed, 0);
    }
}

/* ---- At the close, and after the receiver's end ---------------------------------------------- */

MATRIX_TEST(fault_04_permits_are_outstanding_at_the_close) {
    size_t way, r, destroyed;
    for (way = 0; way < WAYS; way++)
        for (r = 0; r < RECEIVING_CALLS; r++)
            for (destroyed = 0; destroyed < 2; destroyed++) {
                struct ends ends, receiver = {0};
                fixture_open_words(&fixture, configuration, CAPACITY);
                ends_open(&ends, &fixture);
                receiver.channel = fixture.channel;
                require_equal(send_word(ends.sender, 7), 0);
                reserve(&ends);
                require_equal(tributary_channel_close(fixture.channel), 0);
                if (destroyed) {
                    tributary_channel_destroy(fixture.channel);
                    fixture.channel = NULL;
                } else {
                    require_equal(receiving_calls[r].wait(&receiver), 1);
                    require_equal(receiver.word, 7);
                    require_equal(receiving_calls[r].wait(&receiver), -EPIPE);
                }
                ways_back[way].take(&ends, -EPIPE);
                if (!destroyed) {
                    require_equal(tributary_channel_length(fixture.channel), 0);
                    require_equal(receiving_calls[r].attempt(&receiver), -EPIPE);
                }
                ends_drop_senders(&ends);
                fixture_finish(&fixture);
                require_equal(fixture.destroyed, destroyed);
            }
}

/* ---- Its room --------------------------------------------------------------------------------- */

MATRIX_TEST(fault_04_permits_that_come_back_are_room_again) {
    size_t way, s, round;
    for (way = 0; way < WAYS; way++)
        for (s = 0; s < 3; s++) {
            struct ends ends;
            fixture_open_words(&fixture, configuration, CAPACITY);
            ends_open(&ends, &fixture);
            for (round = 0; round < 50; round++) {
                size_t n;
                reserve(&ends);
                ways_back[way].take(&ends, 0);
                require_equal(ends_fill(&ends, &sending_calls[s], 1), CAPACITY - messages_of(way));
                for (n = 0; n < CAPACITY; n++) {
                    uint64_t word;
                    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
                }
            }
            ends_drop_senders(&ends);
            fixture_finish(&fixture);
        }
}

/* Who waits for a permit is woken by the close, and by room. */
static void wait_for_a_permit(void *context, size_t index) {
    struct ends *ends = context;
    void *slots;
    ptrdiff_t count;
    (void)index;
    worker_announces_sleep();
    count = tributary_sender_reserve(ends->sender, RESERVED, &slots);
    ends->word = (uint64_t)count;
}

MATRIX_TEST(fault_04_who_waits_for_a_permit_is_woken) {
    size_t closes;
    for (closes = 0; closes < 2; closes++) {
        struct ends ends;
        struct worker worker;
        fixture_prepare(&fixture, configuration, 8, 8, CAPACITY);
        fixture_sleep_at_once(&fixture);
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        require_equal(ends_fill(&ends, &sending_calls[2], 1), CAPACITY);
        worker_start(&worker, wait_for_a_permit, &ends, 0);
        worker_await_sleep(&worker);
        if (closes)
            require_equal(tributary_channel_close(fixture.channel), 0);
        else
            require_word(fixture.channel, 1);
        worker_join(&worker);
        require_equal((ptrdiff_t)ends.word, closes ? -EPIPE : 1);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(fault_04_permits_come_back_while_the_receiver_sleeps),
          scenario(fault_04_permits_are_outstanding_when_a_sleeping_receiver_is_closed),
          scenario(fault_04_permits_are_outstanding_at_the_close),
          scenario(fault_04_permits_that_come_back_are_room_again),
          scenario(fault_04_who_waits_for_a_permit_is_woken))
