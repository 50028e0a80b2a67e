/* SPDX-License-Identifier: Apache-2.0 */
/* Room among shared senders: grants that are left over, sends that stand still in the middle, and the queue of those who
 * wait. Some of it is reached only from the inside: a thread that stops between the two halves of a send. */
#include "../../Sources/CTributary/shared_turn.h"
#include "../../Sources/CTributary/thread_lane.h"
#include "support/fixture.h"
#include "support/threads.h"

static struct fixture fixture;
static tributary_shared_sender *shared;

static void open_with(const struct configuration *configuration, size_t capacity) {
    fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    shared = fixture_shared_sender(&fixture);
}

static void finish(void) {
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
}

/* ---- Grants ---- */

static void send_three(void *context, size_t index) {
    (void)context;
    (void)index;
    for (uint64_t word = 0; word < 3; word++) require_equal(send_word_shared(shared, word), 0);
}

MATRIX_TEST(what_a_thread_was_granted_and_did_not_use_is_room_for_others) {
    const size_t capacities[] = {3, 4, 64, 1000};
    for (size_t i = 0; i < sizeof capacities / sizeof *capacities; i++) {
        open_with(configuration, capacities[i]);
        team_run(1, send_three, NULL);
        for (uint64_t word = 3; word < capacities[i]; word++)
            require_equal(send_word_shared(shared, word), 0);
        uint64_t word = 0;
        require_equal(tributary_shared_sender_try_send(shared, &word, 8), -EAGAIN);
        require_equal(tributary_shared_sender_length(shared), capacities[i]);
        for (uint64_t expected = 0; expected < capacities[i]; expected++)
            require_word(fixture.channel, expected);
        finish();
    }
}

/* ---- A send that stands still ---- */

struct stall {
    atomic_bool standing, goes_on;
};

static void stand_in_the_middle_of_a_send(void *context, size_t index) {
    struct stall *stall = context;
    struct tributary_sender *lane = tributary_thread_lane(fixture.channel);
    (void)index;
    require(lane != NULL);
    require_equal(tributary_shared_prepare(fixture.channel, lane, 1, TRIBUTARY_AT_ONCE), 1);
    atomic_store(&stall->standing, true);
    await(atomic_load(&stall->goes_on));
    uint64_t number = tributary_lane_sent(lane), word = 77;
    memcpy((void *)(lane->hot.producer.base + (uintptr_t)number * 8), &word, 8);
    tributary_store_release(&lane->hot.forward.published, number + 1);
}

static void with_a_standing_send(const struct configuration *configuration, size_t capacity,
                                 void (*check)(void)) {
    static struct stall stall;
    struct worker worker;
    memset(&stall, 0, sizeof stall);
    open_with(configuration, capacity);
    /* The receiver keeps the shared messages for some rounds: the half of the send that would tell it is left out. */
    require_equal(send_word_shared(shared, 5), 0);
    require_word(fixture.channel, 5);
    worker_start(&worker, stand_in_the_middle_of_a_send, &stall, 0);
    await(atomic_load(&stall.standing));
    check();
    atomic_store(&stall.goes_on, true);
    worker_join(&worker);
    require_word(fixture.channel, 77);
    finish();
}

static void check_that_timed_sends_end(void) {
    uint64_t word = 1;
    require_equal(tributary_shared_sender_try_send(shared, &word, 8), -EAGAIN);
    require_equal(tributary_shared_sender_send_timeout(shared, &word, 8, 5 * MILLISECOND), -ETIMEDOUT);
    require_equal(tributary_shared_sender_send_deadline(shared, &word, 8, clock_now()), -ETIMEDOUT);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
}

MATRIX_TEST(a_timed_send_ends_while_the_last_place_is_begun_by_a_send_that_stands_still) {
    with_a_standing_send(configuration, 1, check_that_timed_sends_end);
}

static void check_that_others_pass(void) {
    for (uint64_t word = 0; word < 100; word++) {
        require_equal(send_word_shared(shared, word), 0);
        require_word(fixture.channel, word);
    }
}

MATRIX_TEST(a_send_that_stands_still_holds_up_no_other_message) {
    with_a_standing_send(configuration, 2, check_that_others_pass);
    with_a_standing_send(configuration, TRIBUTARY_UNBOUNDED, check_that_others_pass);
}

/* ---- The queue ---- */

struct called {
    tributary_shared_waiter waiter;
    size_t *count, position;
};

static void note_call(void *context) {
    struct called *called = context;
    called->position = ++*called->count;
}

static void enqueue(struct called *called, size_t *count) {
    *called = (struct called){.count = count};
    called->waiter.notify = note_call;
    called->waiter.context = called;
    require_equal(tributary_shared_sender_notify(shared, &called->waiter), 0);
}

static void fill(size_t capacity) {
    for (uint64_t word = 0; word < capacity; word++) require_equal(send_word_shared(shared, word), 0);
}

MATRIX_TEST(who_waits_first_is_called_first_and_everybody_once) {
    struct called called[3];
    size_t count = 0, n;
    open_with(configuration, 4);
    tributary_shared_waiter early = {.notify = note_call, .context = NULL};
    require_equal(tributary_shared_sender_notify(shared, &early), -EALREADY);
    fill(4);
    for (n = 0; n < 3; n++) enqueue(&called[n], &count);
    require_equal(tributary_shared_sender_notify(shared, &called[1].waiter), -EBUSY);
    require_equal(tributary_shared_sender_notify_cancel(shared, &called[1].waiter), 0);
    require_equal(count, 0);
    require_word(fixture.channel, 0);
    require_equal(count, 1);
    require_equal(called[0].position, 1);
    /* It was called, and leaves the place to the next one. */
    require_equal(tributary_shared_sender_notify_cancel(shared, &called[0].waiter), -EALREADY);
    require_equal(count, 1);
    tributary_shared_sender_decline(shared);
    require_equal(count, 2);
    require_equal(called[2].position, 2);
    require_equal(called[1].position, 0);
    finish();
}

MATRIX_TEST(the_close_calls_everybody_who_waits) {
    struct called called[20];
    size_t count = 0, n;
    open_with(configuration, 1);
    fill(1);
    for (n = 0; n < 20; n++) enqueue(&called[n], &count);
    require_equal(tributary_channel_close(fixture.channel), 0);
    require_equal(count, 20);
    for (n = 0; n < 20; n++) require_equal(called[n].position, n + 1);
    /* Still full, and nothing more to wait for. */
    require_equal(tributary_shared_sender_length(shared), 1);
    require_equal(tributary_shared_sender_notify(shared, &called[0].waiter), -EALREADY);
    require_equal(count, 20);
    finish();
}

MATRIX_TEST(an_empty_channel_calls_one_for_each_place_and_a_decline_calls_the_next) {
    struct called called[5];
    size_t count = 0, n;
    uint64_t word;
    open_with(configuration, 2);
    fill(2);
    for (n = 0; n < 5; n++) enqueue(&called[n], &count);
    require_word(fixture.channel, 0);
    require_word(fixture.channel, 1);
    require_equal(count, 2);
    /* Two places, and nobody has used them. More would find nothing, and lose their turn. */
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
    require_equal(count, 4);
    for (n = 0; n < 4; n++) require_equal(called[n].position, n + 1);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EAGAIN);
    require_equal(count, 4);
    tributary_shared_sender_decline(shared);
    require_equal(count, 5);
    require_equal(called[4].position, 5);
    finish();
}

/* A wake that was wanted while somebody held the queue's mutex is given by that one. What the first leaves is the next one's. */
static void send_one_and_end(void *context, size_t index) {
    uint64_t word = 100 + index;
    (void)context;
    worker_announces_sleep();
    require_equal(tributary_shared_sender_send(shared, &word, 8), 0);
}

MATRIX_TEST(who_waits_without_limit_gets_what_the_one_before_leaves) {
    struct worker workers[2];
    size_t received;
    open_with(configuration, 10);
    fill(10);
    for (size_t n = 0; n < 2; n++) {
        worker_start(&workers[n], send_one_and_end, NULL, n);
        worker_await_sleep(&workers[n]);
    }
    await(tributary_load_relaxed(&fixture.channel->shared->back.waiting.for_any) == 2);
    pthread_mutex_lock(&fixture.channel->shared->mutex);
    for (received = 0; received < 10; received++) require_word(fixture.channel, received);
    pthread_mutex_unlock(&fixture.channel->shared->mutex);
    tributary_shared_waiter nobody = {.notify = note_call};
    require_equal(tributary_shared_sender_notify_cancel(shared, &nobody), -EALREADY);
    /* The receiver does nothing more until both are done. */
    for (size_t n = 0; n < 2; n++) worker_join(&workers[n]);
    require_equal(tributary_shared_sender_length(shared), 2);
    finish();
}

TEST_MAIN(scenario(what_a_thread_was_granted_and_did_not_use_is_room_for_others),
          scenario(a_timed_send_ends_while_the_last_place_is_begun_by_a_send_that_stands_still),
          scenario(a_send_that_stands_still_holds_up_no_other_message),
          scenario(who_waits_first_is_called_first_and_everybody_once),
          scenario(the_close_calls_everybody_who_waits),
          scenario(an_empty_channel_calls_one_for_each_place_and_a_decline_calls_the_next),
          scenario(who_waits_without_limit_gets_what_the_one_before_leaves))
