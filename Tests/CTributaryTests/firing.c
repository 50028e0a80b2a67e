/* SPDX-License-Identifier: Apache-2.0 */
/* A waker that stands still while it reads which callback it is to call (FIRING, parker.h): its two halves are done by hand here, with
 * the core's own headers. Who would wait at that place meanwhile waits for it, or says so. */
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"
#include "support/threads.h"

static struct fixture fixture;

static void call_nobody(void *context) { (void)context; }

static void begin_to_fire(struct tributary_parker_state *parker) {
    tributary_store_release(&parker->word, TRIBUTARY_PARKER_FIRING);
}

/* Nobody has written to the word meanwhile. */
static void end_firing(struct tributary_parker_state *parker) {
    uint32_t firing = TRIBUTARY_PARKER_FIRING;
    require(tributary_compare_exchange_acquire_release(&parker->word, &firing, TRIBUTARY_PARKER_EMPTY));
}

/* Who waits at that place gives its processor away each time it has looked: the library's calls come by here. */
static _Thread_local bool is_counted;
static atomic_size_t looks;

int sched_yield(void) {
    if (is_counted)
        atomic_fetch_add(&looks, 1);
    return (int)syscall(SYS_sched_yield);
}

struct waiting {
    tributary_sender *sender;
};

static void send_two(void *context, size_t index) {
    struct waiting *own = context;
    (void)index;
    require_equal(send_word(own->sender, 0), 0);
    is_counted = true;
    /* It is full: this one waits. */
    require_equal(tributary_sender_send(own->sender, &(uint64_t){1}, sizeof(uint64_t)), 0);
}

static void receive_one(void *context, size_t index) {
    uint64_t word;
    (void)context;
    (void)index;
    is_counted = true;
    require_equal(tributary_channel_receive(fixture.channel, &word, sizeof word), 0);
    require_equal(word, 5);
}

/* It has come to the place where it would sleep, and looks again and again. */
static void await_looks(struct worker *worker) {
    enum { LOOKS = 100 };
    size_t before = atomic_load(&looks);
    await(atomic_load(&looks) >= before + LOOKS || atomic_load(&worker->finished));
    require(!atomic_load(&worker->finished));
}

MATRIX_TEST(a_sender_sleeps_after_the_callback_before_was_read) {
    struct waiting own = {0};
    struct worker worker;
    fixture_prepare(&fixture, configuration, 8, 8, 1);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    own.sender = fixture_sender(&fixture);
    begin_to_fire(&own.sender->parker);
    worker_start(&worker, send_two, &own, 0);
    await_looks(&worker);
    end_firing(&own.sender->parker);
    require_word(fixture.channel, 0);
    worker_join(&worker);
    require_word(fixture.channel, 1);
    tributary_sender_destroy(own.sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_receiver_sleeps_after_the_callback_before_was_read) {
    struct waiting own = {0};
    struct worker worker;
    fixture_prepare(&fixture, configuration, 8, 8, 4);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    own.sender = fixture_sender(&fixture);
    begin_to_fire(&fixture.channel->parker);
    worker_start(&worker, receive_one, &own, 0);
    await_looks(&worker);
    end_firing(&fixture.channel->parker);
    require_equal(send_word(own.sender, 5), 0);
    worker_join(&worker);
    tributary_sender_destroy(own.sender);
    fixture_finish(&fixture);
}

MATRIX_TEST(no_callback_is_announced_while_one_is_read) {
    tributary_sender *sender;
    fixture_open_words(&fixture, configuration, 1);
    sender = fixture_sender(&fixture);
    begin_to_fire(&fixture.channel->parker);
    require_equal(tributary_channel_notify(fixture.channel, call_nobody, NULL), -EALREADY);
    require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
    if (configuration->parker == TRIBUTARY_PARKER_EVENTFD)
        require_equal(tributary_channel_arm(fixture.channel), -EBUSY);
    end_firing(&fixture.channel->parker);
    require_equal(tributary_channel_notify(fixture.channel, call_nobody, NULL), 0);
    require_equal(tributary_channel_notify_cancel(fixture.channel), 0);

    require_equal(send_word(sender, 1), 0);
    begin_to_fire(&sender->parker);
    require_equal(tributary_sender_notify(sender, call_nobody, NULL), -EALREADY);
    end_firing(&sender->parker);
    require_equal(tributary_sender_notify(sender, call_nobody, NULL), 0);
    require_equal(tributary_sender_notify_cancel(sender), 0);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_sender_sleeps_after_the_callback_before_was_read), scenario(a_receiver_sleeps_after_the_callback_before_was_read),
          scenario(no_callback_is_announced_while_one_is_read))
