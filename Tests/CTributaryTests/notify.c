/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks instead of sleeping: called exactly once, or taken back and never called. */
#include "support/calls.h"
#include "support/random.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

struct notice {
    atomic_size_t calls;
    pthread_t thread;
};

static void notice(void *context) {
    struct notice *notice = context;
    notice->thread = pthread_self();
    atomic_fetch_add(&notice->calls, 1);
}

static void open_words(const struct configuration *configuration, size_t capacity) {
    fixture_open_words(&fixture, configuration, capacity);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

MATRIX_TEST(a_message_of_any_kind_calls_the_receivers_callback_once) {
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct notice seen = {0};
        open_words(configuration, 4);
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
        require_equal(seen.calls, 0);
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), -EBUSY);
        require_equal(sending_calls[s].attempt(&ends), 1);
        require_equal(seen.calls, 1);
        require_equal(sending_calls[s].attempt(&ends), 1);
        require_equal(seen.calls, 1);
        require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), -EALREADY);
        require_equal(receiving_calls[0].attempt(&ends), 1);
        require_equal(receiving_calls[0].attempt(&ends), 1);
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
        require_equal(sending_calls[s].attempt(&ends), 1);
        require_equal(seen.calls, 2);
        finish();
    }
}

MATRIX_TEST(the_end_of_the_last_sender_calls_it_and_the_others_do_not) {
    size_t shared_last;
    for (shared_last = 0; shared_last < 2; shared_last++) {
        struct notice seen = {0};
        struct ends last;
        open_words(configuration, 4);
        last = ends;
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
        if (shared_last) {
            tributary_sender_destroy(ends.sender);
            last.sender = NULL;
        } else {
            tributary_shared_sender_destroy(ends.shared);
            last.shared = NULL;
        }
        /* It may be called for a look around, but once at most. */
        require_at_most(seen.calls, 1);
        ends_drop_senders(&last);
        memset(&ends, 0, sizeof ends);
        ends.channel = fixture.channel;
        require_equal(seen.calls, 1);
        require_equal(receiving_calls[0].attempt(&ends), -EPIPE);
        finish();
    }
}

/* An actor closes in a method of its own while another one of them waits. */
MATRIX_TEST(the_receivers_own_close_calls_its_callback) {
    struct notice seen = {0};
    open_words(configuration, 4);
    require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
    require_equal(tributary_channel_close(fixture.channel), 0);
    require_equal(seen.calls, 1);
    require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
    finish();
}

MATRIX_TEST(a_cancelled_callback_is_never_called) {
    struct notice seen = {0};
    size_t n;
    open_words(configuration, 100);
    require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
    for (n = 0; n < 20; n++) {
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
        require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
        require_equal(tributary_channel_notify_cancel(fixture.channel), -EALREADY);
        require_equal(send_word(ends.sender, n), 0);
        require_equal(send_word_shared(ends.shared, n), 0);
        require_equal(seen.calls, 0);
        require_equal(receiving_calls[0].attempt(&ends), 1);
        require_equal(receiving_calls[0].attempt(&ends), 1);
    }
    /* Left armed by the channel's end, it is called at most once and not after. */
    require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    require_at_most(seen.calls, 1);
    n = seen.calls;
    require_equal(send_word(ends.sender, 1), -EPIPE);
    ends_drop_senders(&ends);
    require_equal(seen.calls, n);
    fixture_finish(&fixture);
}

/* A call that would have to sleep cannot, while a callback holds the place; one that need not, works. */
MATRIX_TEST(a_wait_is_refused_while_a_callback_is_armed) {
    struct notice seen = {0};
    size_t r, n;
    for (r = 0; r < RECEIVING_CALLS; r++) {
        const struct call *call = &receiving_calls[r];
        open_words(configuration, 2);
        require_equal(tributary_channel_notify(fixture.channel, notice, &seen), 0);
        require_equal(call->wait(&ends), -EBUSY);
        require_equal(call->with_timeout(&ends, TRIBUTARY_FOREVER), -EBUSY);
        require_equal(call->attempt(&ends), -EAGAIN);
        require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
        require_equal(call->with_timeout(&ends, MILLISECOND), -ETIMEDOUT);
        finish();
    }
    for (n = 0; n < 3; n++) {
        const struct call *call = &sending_calls[n];
        open_words(configuration, 2);
        ends_fill(&ends, call, 0);
        require_equal(tributary_sender_notify(ends.sender, notice, &seen), 0);
        require_equal(call->wait(&ends), -EBUSY);
        require_equal(call->with_timeout(&ends, TRIBUTARY_FOREVER), -EBUSY);
        require_equal(call->attempt(&ends), -EAGAIN);
        require_equal(tributary_sender_notify_cancel(ends.sender), 0);
        require_equal(call->with_timeout(&ends, MILLISECOND), -ETIMEDOUT);
        require_equal(tributary_channel_length(fixture.channel), 2);
        finish();
    }
    require_equal(seen.calls, 0);
}

/* A sender's message and a cancel race: exactly one of them gets the notification. */
struct race {
    struct ends ends;
    const struct call *call;
    atomic_size_t round, done;
    size_t rounds;
    struct notice seen;
    atomic_bool over;
};

static void send_each_round(void *context, size_t index) {
    struct race *race = context;
    size_t n;
    (void)index;
    for (n = 1; n <= race->rounds; n++) {
        await(atomic_load(&race->round) == n);
        require_equal(race->call->wait(&race->ends), 1);
        atomic_store(&race->done, n);
    }
}

MATRIX_TEST(a_message_and_a_cancel_never_both_win) {
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        static struct race race;
        struct worker worker;
        size_t expected = 0;
        memset(&race, 0, sizeof race);
        open_words(configuration, 4);
        race.ends = ends;
        race.call = &sending_calls[s];
        race.rounds = scaled(1500);
        worker_start(&worker, send_each_round, &race, 0);
        for (n = 1; n <= race.rounds; n++) {
            int cancelled;
            require_equal(tributary_channel_notify(fixture.channel, notice, &race.seen), 0);
            atomic_store(&race.round, n);
            if (n % 3 == 0)
                await(atomic_load(&race.done) == n);
            else if (n % 3 == 1)
                give_way();
            cancelled = tributary_channel_notify_cancel(fixture.channel);
            await(atomic_load(&race.done) == n);
            require(cancelled == 0 || cancelled == -EALREADY);
            expected += cancelled != 0;
            require_equal(race.seen.calls, expected);
            require_equal(receiving_calls[n % RECEIVING_CALLS].attempt(&ends), 1);
        }
        worker_join(&worker);
        finish();
    }
}

/* Arming against a message that is just being sent: it says so, or it calls. */
MATRIX_TEST(a_message_sent_while_arming_is_announced_or_reported) {
    size_t s, n;
    for (s = 0; s < SENDING_CALLS; s++) {
        static struct race race;
        struct worker worker;
        size_t calls = 0;
        memset(&race, 0, sizeof race);
        open_words(configuration, 4);
        race.ends = ends;
        race.call = &sending_calls[s];
        race.rounds = scaled(1500);
        worker_start(&worker, send_each_round, &race, 0);
        for (n = 1; n <= race.rounds; n++) {
            int armed;
            atomic_store(&race.round, n);
            armed = tributary_channel_notify(fixture.channel, notice, &race.seen);
            require(armed == 0 || armed == -EALREADY);
            calls += armed == 0;
            await(atomic_load(&race.seen.calls) >= calls);
            await(atomic_load(&race.done) == n);
            require_equal(race.seen.calls, calls);
            require_equal(receiving_calls[n % RECEIVING_CALLS].attempt(&ends), 1);
        }
        worker_join(&worker);
        finish();
    }
}

/* ---- The sender's ------------------------------------------------------------------------ */

MATRIX_TEST(room_or_a_close_calls_a_senders_callback_once_on_the_receivers_thread) {
    static const size_t capacities[] = {1, 2, 7, 1000};
    size_t c, r;
    for (c = 0; c < 4; c++)
        for (r = 0; r < RECEIVING_CALLS + 2; r++) {
            struct notice seen = {0};
            size_t n;
            open_words(configuration, capacities[c]);
            require_equal(tributary_sender_notify(ends.sender, notice, &seen), -EALREADY);
            ends_fill(&ends, &sending_calls[0], 0);
            require_equal(tributary_sender_notify(ends.sender, notice, &seen), 0);
            require_equal(tributary_sender_notify(ends.sender, notice, &seen), -EBUSY);
            require_equal(seen.calls, 0);
            if (r < RECEIVING_CALLS) {
                /* "When there is room": at the latest when all of it is free. */
                for (n = 0; n < capacities[c]; n++)
                    require_equal(receiving_calls[r].attempt(&ends), 1);
            } else if (r == RECEIVING_CALLS) {
                require_equal(tributary_channel_close(fixture.channel), 0);
            } else {
                tributary_channel_destroy(fixture.channel);
                fixture.channel = NULL;
            }
            require_equal(seen.calls, 1);
            require(pthread_equal(seen.thread, pthread_self()));
            require_equal(tributary_sender_notify_cancel(ends.sender), -EALREADY);
            require_equal(tributary_sender_notify(ends.sender, notice, &seen), -EALREADY);
            require_equal(send_word(ends.sender, 1), r < RECEIVING_CALLS ? 0 : -EPIPE);
            finish();
            require_equal(seen.calls, 1);
        }
}

MATRIX_TEST(a_senders_cancelled_callback_is_never_called) {
    struct notice seen = {0};
    open_words(configuration, 2);
    require_equal(tributary_sender_notify_cancel(ends.sender), -EALREADY);
    ends_fill(&ends, &sending_calls[0], 0);
    require_equal(tributary_sender_notify(ends.sender, notice, &seen), 0);
    require_equal(tributary_sender_notify_cancel(ends.sender), 0);
    require_equal(tributary_sender_notify_cancel(ends.sender), -EALREADY);
    require_word(fixture.channel, 0);
    require_word(fixture.channel, 1);
    require_equal(seen.calls, 0);
    /* Left armed by its sender's end: called once at most, and not after the channel's end. */
    ends_fill(&ends, &sending_calls[0], 0);
    require_equal(tributary_sender_notify(ends.sender, notice, &seen), 0);
    tributary_sender_destroy(ends.sender);
    ends.sender = NULL;
    require_word(fixture.channel, 0);
    require_word(fixture.channel, 1);
    finish();
    require_at_most(seen.calls, 1);
}

/* A sender driven by its callback alone, in the manner of a task that is resumed. */
struct driven {
    struct ends ends;
    struct notice seen;
    uint64_t total;
};

static void send_when_called(void *context, size_t index) {
    struct driven *driven = context;
    size_t calls = 0;
    uint64_t sent = 0;
    (void)index;
    while (sent < driven->total) {
        int error = send_word(driven->ends.sender, sent);
        if (error == 0) {
            sent++;
            continue;
        }
        require_equal(error, -EAGAIN);
        error = tributary_sender_notify(driven->ends.sender, notice, &driven->seen);
        require(error == 0 || error == -EALREADY);
        if (error == 0) {
            calls++;
            await(atomic_load(&driven->seen.calls) == calls);
        }
    }
    require_equal(driven->seen.calls, calls);
}

MATRIX_TEST(a_sender_driven_by_callbacks_misses_none) {
    static const size_t capacities[] = {1, 3, 100};
    size_t c;
    for (c = 0; c < 3; c++) {
        static struct driven driven;
        struct worker worker;
        uint64_t n;
        memset(&driven, 0, sizeof driven);
        open_words(configuration, capacities[c]);
        driven.ends = ends;
        driven.total = scaled(4000);
        worker_start(&worker, send_when_called, &driven, 0);
        for (n = 0; n < driven.total; n++) {
            require_equal(receiving_calls[n % RECEIVING_CALLS].wait(&ends), 1);
            require_equal(ends.word, n);
        }
        worker_join(&worker);
        finish();
    }
}

MATRIX_TEST(only_a_close_calls_the_callback_that_waits_for_it) {
    size_t full;
    for (full = 0; full < 2; full++) {
        struct notice seen = {0};
        uint64_t n;
        open_words(configuration, 2);
        for (n = 0; n < (full ? 2u : 0u); n++) require_equal(send_word(ends.sender, n), 0);
        require_equal(tributary_sender_notify_closed(ends.sender, notice, &seen), 0);
        require_equal(tributary_sender_notify_closed(ends.sender, notice, &seen), -EBUSY);
        /* Room is made, and messages come and go. */
        for (n = 0; n < (full ? 2u : 0u); n++) require_equal(receiving_calls[0].attempt(&ends), 1);
        require_equal(seen.calls, 0);
        require_equal(tributary_sender_notify_cancel(ends.sender), 0);
        require_equal(tributary_sender_notify_closed(ends.sender, notice, &seen), 0);
        tributary_channel_close(fixture.channel);
        require_equal(seen.calls, 1);
        require_equal(tributary_sender_notify_cancel(ends.sender), -EALREADY);
        require_equal(tributary_sender_notify_closed(ends.sender, notice, &seen), -EALREADY);
        require_equal(seen.calls, 1);
        finish();
    }
    require_equal(tributary_sender_notify_closed(NULL, notice, NULL), -EINVAL);
}

MATRIX_TEST(a_poll_tells_what_the_next_borrow_returns) {
    void *messages;
    open_words(configuration, 4);
    require_equal(tributary_channel_poll(NULL, 1), -EINVAL);
    require_equal(tributary_channel_poll(fixture.channel, 0), -EINVAL);
    require_equal(tributary_channel_poll(fixture.channel, 10), -EAGAIN);
    require_equal(send_word(ends.sender, 1), 0);
    require_equal(send_word(ends.sender, 2), 0);
    require_equal(send_word(ends.sender, 3), 0);
    require_equal(tributary_channel_poll(fixture.channel, 2), 2);
    require_equal(tributary_channel_poll(fixture.channel, 10), 3);
    require_equal(tributary_channel_try_borrow(fixture.channel, &messages, 10), 3);
    require_equal(tributary_channel_release(fixture.channel, 3), 0);
    require_equal(tributary_channel_poll(fixture.channel, 1), -EAGAIN);
    require_equal(send_word_shared(ends.shared, 4), 0);
    require_equal(tributary_channel_poll(fixture.channel, 1), 1);
    require_equal(receiving_calls[0].attempt(&ends), 1);
    require_equal(ends.word, 4);
    tributary_channel_close(fixture.channel);
    require_equal(tributary_channel_poll(fixture.channel, 1), -EPIPE);
    finish();
}

MATRIX_TEST(a_senders_poll_tells_room_from_none) {
    open_words(configuration, 2);
    require_equal(tributary_sender_poll(NULL), -EINVAL);
    require_equal(tributary_sender_poll(ends.sender), 0);
    require_equal(send_word(ends.sender, 1), 0);
    require_equal(send_word(ends.sender, 2), 0);
    require_equal(tributary_sender_poll(ends.sender), -EAGAIN);
    require_equal(receiving_calls[0].attempt(&ends), 1);
    require_equal(tributary_sender_poll(ends.sender), 0);
    require_equal(send_word(ends.sender, 3), 0);
    tributary_channel_close(fixture.channel);
    require_equal(tributary_sender_poll(ends.sender), 0);
    finish();
}

TEST_MAIN(scenario(only_a_close_calls_the_callback_that_waits_for_it),
          scenario(a_poll_tells_what_the_next_borrow_returns),
          scenario(a_senders_poll_tells_room_from_none),
          scenario(a_message_of_any_kind_calls_the_receivers_callback_once),
          scenario(the_end_of_the_last_sender_calls_it_and_the_others_do_not),
          scenario(the_receivers_own_close_calls_its_callback),
          scenario(a_cancelled_callback_is_never_called),
          scenario(a_wait_is_refused_while_a_callback_is_armed),
          scenario(a_message_and_a_cancel_never_both_win),
          scenario(a_message_sent_while_arming_is_announced_or_reported),
          scenario(room_or_a_close_calls_a_senders_callback_once_on_the_receivers_thread),
          scenario(a_senders_cancelled_callback_is_never_called),
          scenario(a_sender_driven_by_callbacks_misses_none))
