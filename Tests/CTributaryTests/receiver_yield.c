/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that gives its processor away in place of sleeping: when it begins, what pays, and when it ends. The library's calls find
 * this program's sched_yield and clock_gettime before the C library's: on the receiving thread time passes with each look at it, and a
 * yield is when a sender that shares the processor runs. */
#include <errno.h>
#include <sched.h>

#include "../../Sources/CTributary/core.h"
#include "support/fixture.h"
#include "support/threads.h"

#define SHORT_YIELD TRIBUTARY_SHORT_YIELD_NANOSECONDS
#define PER_MESSAGE TRIBUTARY_YIELD_NANOSECONDS_PER_MESSAGE

/* ---- The rules alone ---- */

static void sleep_after(struct tributary_receiver_yields *yields, int64_t microseconds, size_t times) {
    size_t n;
    for (n = 0; n < times; n++)
        tributary_receiver_note_sleep(yields, ((int64_t)yields->slept_at + microseconds) * 1000);
}

static bool yield_brings(struct tributary_receiver_yields *yields, int64_t nanoseconds, uint32_t messages) {
    tributary_receiver_note_yield(yields, 0, nanoseconds);
    yields->gained = messages;
    return tributary_receiver_judge_yield(yields);
}

static struct tributary_receiver_yields begun(void) {
    struct tributary_receiver_yields yields = {0};
    sleep_after(&yields, 1, TRIBUTARY_SHORT_SLEEPS);
    require(tributary_receiver_yields_now(&yields));
    return yields;
}

static void many_short_sleeps_come_first(void **state) {
    enum { LONG = TRIBUTARY_SHORT_SLEEP_MICROSECONDS };
    struct tributary_receiver_yields yields = {.slept_at = UINT32_MAX - 20}; /* its microseconds wrap meanwhile */
    (void)state;
    sleep_after(&yields, LONG - 1, TRIBUTARY_SHORT_SLEEPS - 1);
    require(!tributary_receiver_yields_now(&yields));
    sleep_after(&yields, LONG, 1);
    sleep_after(&yields, LONG - 1, TRIBUTARY_LONG_SLEEP_WEIGHT);
    require(!tributary_receiver_yields_now(&yields));
    sleep_after(&yields, LONG - 1, 1);
    require(tributary_receiver_yields_now(&yields));
    sleep_after(&yields, LONG, TRIBUTARY_SHORT_SLEEPS);
    require_equal(yields.short_sleeps, 0);
}

static void what_pays(void **state) {
    struct tributary_receiver_yields yields = begun();
    (void)state;
    require(tributary_receiver_judge_yield(&yields)); /* there was none */
    require(yield_brings(&yields, SHORT_YIELD, 2));
    require(yield_brings(&yields, 0, 2)); /* the clock stands */
    require(!yield_brings(&yields, SHORT_YIELD, 1));
    require(tributary_receiver_yields_now(&yields));
    require(yield_brings(&yields, 1000000, 1000000 / PER_MESSAGE + 1));
    require(!yield_brings(&yields, 1000000, 1000000 / PER_MESSAGE));
    require(!tributary_receiver_yields_now(&yields)); /* at once, since it was long */
    yields = begun();
    require(!yield_brings(&yields, INT64_MAX, 2));
}

static void a_few_in_vain_end_it(void **state) {
    struct tributary_receiver_yields yields = begun();
    uint32_t needed = TRIBUTARY_SHORT_SLEEPS;
    size_t n;
    (void)state;
    while (needed < TRIBUTARY_SHORT_SLEEPS_MOST) {
        for (n = 0; n < TRIBUTARY_YIELDS_IN_VAIN; n++) {
            require(tributary_receiver_yields_now(&yields));
            require(!yield_brings(&yields, 1, 0));
        }
        needed *= 8;
        sleep_after(&yields, 1, needed - 1);
        require(!tributary_receiver_yields_now(&yields));
        sleep_after(&yields, 1, 1);
    }
    /* No more than that. */
    for (n = 0; n < TRIBUTARY_YIELDS_IN_VAIN; n++)
        require(!yield_brings(&yields, 1, 0));
    require(!tributary_receiver_yields_now(&yields));
    sleep_after(&yields, 1, needed);
    require(tributary_receiver_yields_now(&yields));
    /* In a row. */
    for (n = 0; n < 4 * TRIBUTARY_YIELDS_IN_VAIN; n++)
        require_equal(yield_brings(&yields, 1, n % 2 == 0 ? 0 : 2), n % 2 != 0);
    require(tributary_receiver_yields_now(&yields));
}

static void pays(struct tributary_receiver_yields *yields, size_t times) {
    size_t n;
    for (n = 0; n < times; n++)
        require(yield_brings(yields, 1, 2));
}

static void ends_with_short_ones(struct tributary_receiver_yields *yields) {
    size_t n;
    for (n = 0; n < TRIBUTARY_YIELDS_IN_VAIN; n++)
        require(!yield_brings(yields, 1000, 1));
    require(!tributary_receiver_yields_now(yields));
}

static void ends_with_a_long_one(struct tributary_receiver_yields *yields) {
    require(!yield_brings(yields, SHORT_YIELD + 1, 1));
    require(!tributary_receiver_yields_now(yields));
}

static void require_sleeps_before_next(struct tributary_receiver_yields *yields, size_t sleeps) {
    sleep_after(yields, 1, sleeps - 1);
    require(!tributary_receiver_yields_now(yields));
    sleep_after(yields, 1, 1);
    require(tributary_receiver_yields_now(yields));
}

enum { SLEEPS = TRIBUTARY_SHORT_SLEEPS };

static void one_that_paid_is_tried_again_soon(void **state) {
    static void (*const ends[])(struct tributary_receiver_yields *) = {ends_with_short_ones, ends_with_a_long_one};
    size_t k;
    (void)state;
    for (k = 0; k < sizeof ends / sizeof *ends; k++) {
        struct tributary_receiver_yields yields = begun();
        pays(&yields, TRIBUTARY_YIELDS_PROVEN - 1);
        ends[k](&yields);
        require_sleeps_before_next(&yields, 8 * SLEEPS);
        pays(&yields, TRIBUTARY_YIELDS_PROVEN);
        ends[k](&yields);
        require_sleeps_before_next(&yields, SLEEPS);
        /* The sleep that is due now and then begins no other try. */
        pays(&yields, TRIBUTARY_YIELDS_MOST - 1);
        require(!yield_brings(&yields, 1, 2));
        sleep_after(&yields, 1, 1);
        ends[k](&yields);
        require_sleeps_before_next(&yields, SLEEPS);
    }
}

static void a_long_sleep_ends_it(void **state) {
    enum { LONG = TRIBUTARY_SHORT_SLEEP_MICROSECONDS };
    struct tributary_receiver_yields yields = begun();
    (void)state;
    /* A short one after a yield takes nothing back. */
    tributary_receiver_note_yield(&yields, 0, 7000000);
    tributary_receiver_note_sleep(&yields, 7001000);
    require(tributary_receiver_yields_now(&yields));
    require(!tributary_receiver_judge_yield(&yields));
    require_sleeps_before_next(&yields, 8 * SLEEPS);
    /* Whatever it had taken, one that paid comes again as soon as the first did, */
    pays(&yields, TRIBUTARY_YIELDS_PROVEN);
    sleep_after(&yields, LONG, 1);
    require(!tributary_receiver_yields_now(&yields));
    require_sleeps_before_next(&yields, TRIBUTARY_LONG_SLEEP_WEIGHT);
    /* ...and is another one. */
    ends_with_short_ones(&yields);
    require_sleeps_before_next(&yields, 8 * SLEEPS);
}

static void it_sleeps_now_and_then_though_it_pays(void **state) {
    struct tributary_receiver_yields yields = begun();
    size_t round;
    (void)state;
    pays(&yields, TRIBUTARY_YIELDS_PROVEN);
    for (round = 0; round < 5; round++) {
        pays(&yields, TRIBUTARY_YIELDS_ON_END - 1);
        require(!yield_brings(&yields, 1, 2));
        require(tributary_receiver_yields_now(&yields));
        require(!tributary_receiver_judge_yield(&yields)); /* something came before it slept: it is still due */
        /* However long its messages took. */
        sleep_after(&yields, round * TRIBUTARY_SHORT_SLEEP_MICROSECONDS, 1);
        require(tributary_receiver_yields_now(&yields));
        require(tributary_receiver_judge_yield(&yields));
    }
}

/* ---- A receiver ---- */

#if defined(__linux__)
#include "support/played_clock.h"

static struct fixture fixture;
static _Thread_local bool receives; /* this thread, whose yields are those below */
static bool system_clock;           /* for the receiving thread, too: it ends its sleeps */
static size_t yields;
static void (*meanwhile)(void);  /* what others do in each of them */
static size_t brings;            /* messages that they send then, */
static tributary_sender *sender; /* ...by this */
static uint64_t sent;

static void bring(void) {
    size_t n;
    for (n = 0; n < brings; n++)
        require_equal(send_word(sender, sent++), 0);
}

int sched_yield(void) {
    if (!receives) return (int)syscall(SYS_sched_yield);
    yields++;
    receives = played = false;
    meanwhile();
    receives = true;
    played = !system_clock;
    return 0;
}

static void open_bounded_for_yields(size_t each_brings, size_t capacity, uint32_t overflow) {
    fixture_prepare(&fixture, NULL, sizeof(uint64_t), _Alignof(uint64_t), capacity);
    fixture_sleep_at_once(&fixture);
    fixture.options.overflow = overflow;
    fixture_open(&fixture);
    sender = fixture_sender(&fixture);
    system_clock = false;
    played_clock.per_look = 1000;
    yields = 0;
    meanwhile = bring;
    sent = 0;
    brings = each_brings;
}

static void open_for_yields(size_t each_brings) {
    open_bounded_for_yields(each_brings, TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT);
}

static void finish_yields(void) {
    if (sender != NULL) tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

/* So that it yields when it next finds nothing. */
static void have_slept_often(void) {
    fixture.channel->receiver.yields.short_sleeps = TRIBUTARY_SHORT_SLEEPS;
}

static int receive_within(int64_t nanoseconds, uint64_t *word) {
    int error;
    receives = true;
    played = !system_clock;
    error = nanoseconds == TRIBUTARY_FOREVER
                ? tributary_channel_receive(fixture.channel, word, sizeof *word)
                : tributary_channel_receive_timeout(fixture.channel, word, sizeof *word, nanoseconds);
    receives = played = false;
    return error;
}

enum { WAKES = 1000000 /* the first word that is sent to wake */ };

/* Sends a message whenever the receiver has gone to sleep once more, until it has yielded or many times. */
struct waking {
    tributary_sender *sender; /* its own: its call may not have returned when the receiver yields */
    size_t most;
    atomic_bool enough;
    atomic_size_t times;
};

static void wake_each_sleep(void *context, size_t index) {
    struct waking *waking = context;
    (void)index;
    for (; atomic_load(&waking->times) < waking->most; atomic_fetch_add(&waking->times, 1)) {
        await(fixture_statistics(&fixture).receiver_parks > atomic_load(&waking->times) || atomic_load(&waking->enough));
        if (atomic_load(&waking->enough)) return;
        require_equal(send_word(waking->sender, WAKES + atomic_load(&waking->times)), 0);
    }
}

static void after_many_short_sleeps_a_receiver_yields(void **state) {
    struct waking waking = {.most = 4 * TRIBUTARY_SHORT_SLEEPS};
    struct worker worker;
    uint64_t word, wakes, expected;
    (void)state;
    open_for_yields(3);
    waking.sender = fixture_sender(&fixture);
    worker_start(&worker, wake_each_sleep, &waking, 0);
    for (wakes = 0; wakes < waking.most; wakes++) {
        require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
        if (yields > 0) break;
        require_equal(word, WAKES + wakes);
    }
    require_equal(yields, 1);
    require_at_most(TRIBUTARY_SHORT_SLEEPS, wakes);
    require_at_most(wakes, TRIBUTARY_SHORT_SLEEPS + 2); /* the first has none before it */
    atomic_store(&waking.enough, true);
    worker_join(&worker);
    require_equal(sent, 3);
    require_equal(word, 0);
    for (expected = 1; expected < sent; expected++) {
        require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
        require_equal(word, expected);
    }
    /* And on: no sleep more. */
    size_t parks = fixture_statistics(&fixture).receiver_parks;
    require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
    require_equal(yields, 2);
    require_equal(fixture_statistics(&fixture).receiver_parks, parks);
    while (tributary_channel_try_receive(fixture.channel, &word, sizeof word) == 0) {
    }
    tributary_sender_destroy(waking.sender);
    finish_yields();
}

static void after_a_yield_in_vain_it_sleeps(void **state) {
    struct waking waking = {.most = 1};
    struct worker worker;
    uint64_t word;
    (void)state;
    open_for_yields(0);
    waking.sender = sender;
    have_slept_often();
    worker_start(&worker, wake_each_sleep, &waking, 0);
    require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
    worker_join(&worker);
    require_equal(yields, 1);
    require_equal(fixture_statistics(&fixture).receiver_parks, 1);
    finish_yields();
}

static void little_time_is_not_given_away(void **state) {
    uint64_t word;
    (void)state;
    open_for_yields(2);
    system_clock = true;
    have_slept_often();
    require_equal(receive_within(TRIBUTARY_YIELD_LEAST_NANOSECONDS - 1, &word), -ETIMEDOUT);
    require_equal(yields, 0);
    have_slept_often(); /* the sleep was long */
    require_equal(receive_within(10 * (int64_t)TRIBUTARY_YIELD_LEAST_NANOSECONDS, &word), 0);
    require_equal(yields, 1);
    require_equal(tributary_channel_try_receive(fixture.channel, &word, sizeof word), 0);
    finish_yields();
}

static void end_the_sender(void) {
    tributary_sender_destroy(sender);
    sender = NULL;
}

static void send_and_end(void) {
    bring();
    end_the_sender();
}

static void ask_for_the_close(void) { require_equal(tributary_sender_request_close(sender), 0); }

/* Nobody wakes a receiver that is not asleep: it has to find these itself. */
static void an_end_during_a_yield_is_found(void **state) {
    static void (*const ends[])(void) = {end_the_sender, send_and_end, ask_for_the_close};
    size_t k;
    (void)state;
    for (k = 0; k < sizeof ends / sizeof *ends; k++) {
        uint64_t word;
        open_for_yields(1);
        meanwhile = ends[k];
        have_slept_often();
        if (ends[k] == send_and_end) require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
        require_equal(receive_within(TRIBUTARY_FOREVER, &word), -EPIPE);
        require_equal(yields, 1);
        require_equal(fixture_statistics(&fixture).receiver_parks, 0);
        finish_yields();
    }
}

/* Each yield brings more than the lane holds: the first one there is the oldest that was not dropped. */
static void a_lane_that_overwrites_may_do_so_during_a_yield(void **state) {
    enum { CAPACITY = 8, BRINGS = 3 * CAPACITY + 1, ROUNDS = TRIBUTARY_YIELDS_ON_END };
    uint64_t word, round, n;
    (void)state;
    open_bounded_for_yields(BRINGS, CAPACITY, TRIBUTARY_OVERFLOW_DROP_OLDEST);
    have_slept_often();
    for (round = 1; round <= ROUNDS; round++)
        for (n = CAPACITY; n > 0; n--) {
            require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
            require_equal(word, round * BRINGS - n);
        }
    require_equal(yields, ROUNDS);
    require_equal(fixture_statistics(&fixture).dropped, ROUNDS * (BRINGS - CAPACITY));
    finish_yields();
}

/* A yield brings one message at most, so it soon sleeps again. */
static void one_place_is_too_few_to_yield_for(void **state) {
    struct waking waking = {.most = TRIBUTARY_YIELDS_IN_VAIN + 1};
    struct worker worker;
    uint64_t word;
    size_t n;
    (void)state;
    open_bounded_for_yields(1, 1, TRIBUTARY_OVERFLOW_WAIT);
    waking.sender = fixture_sender(&fixture);
    have_slept_often();
    worker_start(&worker, wake_each_sleep, &waking, 0);
    for (n = 0; n < TRIBUTARY_YIELDS_IN_VAIN + waking.most; n++)
        require_equal(receive_within(TRIBUTARY_FOREVER, &word), 0);
    worker_join(&worker);
    require_equal(yields, TRIBUTARY_YIELDS_IN_VAIN);
    require_equal(sent, TRIBUTARY_YIELDS_IN_VAIN);
    require_equal(fixture_statistics(&fixture).receiver_parks, waking.most);
    tributary_sender_destroy(waking.sender);
    finish_yields();
}

TEST_MAIN(scenario(many_short_sleeps_come_first), scenario(what_pays), scenario(a_few_in_vain_end_it),
          scenario(one_that_paid_is_tried_again_soon), scenario(a_long_sleep_ends_it),
          scenario(it_sleeps_now_and_then_though_it_pays),
          scenario(after_many_short_sleeps_a_receiver_yields), scenario(after_a_yield_in_vain_it_sleeps),
          scenario(little_time_is_not_given_away), scenario(an_end_during_a_yield_is_found),
          scenario(a_lane_that_overwrites_may_do_so_during_a_yield), scenario(one_place_is_too_few_to_yield_for))
#else
TEST_MAIN(scenario(many_short_sleeps_come_first), scenario(what_pays), scenario(a_few_in_vain_end_it),
          scenario(one_that_paid_is_tried_again_soon), scenario(a_long_sleep_ends_it),
          scenario(it_sleeps_now_and_then_though_it_pays))
#endif
