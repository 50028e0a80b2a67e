/* SPDX-License-Identifier: Apache-2.0 */
/* Callbacks hold no lock of the channel, so that they may use it; and what they free is not touched after. */
#include "support/calls.h"
#include "support/threads.h"

static struct fixture fixture;
static struct ends ends;

static void open_words(const struct configuration *configuration, size_t capacity) {
    fixture_open_words(&fixture, configuration, capacity);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

/* ---- A close's --------------------------------------------------------------------------- */

struct visitor {
    size_t calls;
    tributary_sender *own; /* destroyed by the callback */
    tributary_shared_sender *own_shared;
};

/* Every call that a task may make which an executor runs at once. Each took a lock that the close held. */
static void use_the_closed_channel(void *context) {
    struct visitor *visitor = context;
    tributary_statistics statistics;
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    size_t call;
    visitor->calls++;
    require_equal(tributary_channel_statistics(fixture.channel, &statistics), 0);
    require(tributary_channel_is_closed(fixture.channel));
    require_equal(tributary_channel_close(fixture.channel), 0);
    (void)tributary_channel_length(fixture.channel);
    require_equal(tributary_channel_open_sender(fixture.channel, &sender), -EPIPE);
    require_equal(tributary_sender_clone(ends.sender, &sender), -EPIPE);
    require_equal(tributary_sender_open_shared_sender(ends.sender, &shared), -EPIPE);
    for (call = 0; call < SENDING_CALLS; call++) {
        require_equal(sending_calls[call].attempt(&ends), -EPIPE);
        require_equal(sending_calls[call].wait(&ends), -EPIPE);
    }
    tributary_sender_destroy(visitor->own);
    tributary_shared_sender_destroy(visitor->own_shared);
    visitor->own = NULL;
    visitor->own_shared = NULL;
}

MATRIX_TEST(a_callback_of_a_close_may_use_the_channel) {
    struct visitor visitors[5] = {{0}};
    tributary_shared_waiter waiters[2] = {{0}};
    tributary_sender *senders[2];
    size_t n;
    open_words(configuration, 2);
    for (n = 0; n < 2; n++) {
        require_equal(tributary_sender_clone(ends.sender, &senders[n]), 0);
        visitors[n].own = senders[n];
        require_equal(tributary_shared_sender_clone(ends.shared, &visitors[2 + n].own_shared), 0);
        waiters[n].notify = use_the_closed_channel;
        waiters[n].context = &visitors[2 + n];
    }
    for (n = 0; n < 2; n++) {
        require_equal(send_word(senders[0], n), 0);
        require_equal(send_word_shared(ends.shared, n), 0);
    }
    require_equal(tributary_sender_notify(senders[0], use_the_closed_channel, &visitors[0]), 0);
    require_equal(tributary_sender_notify_closed(senders[1], use_the_closed_channel, &visitors[1]), 0);
    require_equal(tributary_shared_sender_notify(ends.shared, &waiters[0]), 0);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[1]), 0);
    require_equal(tributary_channel_notify(fixture.channel, use_the_closed_channel, &visitors[4]),
                  -EALREADY);
    require_equal(tributary_channel_close(fixture.channel), 0);
    for (n = 0; n < 4; n++) require_equal(visitors[n].calls, 1);
    finish();
}

/* Each callback ends the sender that was opened after its own, and lets the receiver free the lane. */
enum { CHAIN = 50 };
struct chain {
    tributary_sender *senders[CHAIN];
    bool called[CHAIN], ended[CHAIN];
    size_t next;
};
struct link {
    struct chain *chain;
    size_t index;
};

static void end_neighbours(void *context) {
    struct link *link = context;
    struct chain *chain = link->chain;
    size_t n;
    uint64_t word;
    require(!chain->called[link->index]);
    chain->called[link->index] = true;
    /* Itself, and one on either side: the registry is walked in one direction. */
    for (n = link->index > 0 ? link->index - 1 : 0; n <= link->index + 1 && n < CHAIN; n++) {
        if (chain->ended[n]) continue;
        chain->ended[n] = true;
        tributary_sender_destroy(chain->senders[n]);
    }
    require_equal(tributary_channel_try_receive(fixture.channel, &word, 8), -EPIPE);
}

MATRIX_TEST(a_callback_of_a_close_may_free_the_lanes_that_the_close_goes_through) {
    size_t n;
    struct chain chain = {.next = 0};
    struct link links[CHAIN];
    open_words(configuration, 1);
    for (n = 0; n < CHAIN; n++) {
        links[n] = (struct link){&chain, n};
        require_equal(tributary_sender_clone(ends.sender, &chain.senders[n]), 0);
        require_equal(tributary_sender_notify_closed(chain.senders[n], end_neighbours, &links[n]), 0);
    }
    require_equal(tributary_channel_close(fixture.channel), 0);
    for (n = 0; n < CHAIN; n++) {
        /* Called, unless its sender had ended before its callback was taken. */
        require(chain.called[n] || chain.ended[n]);
        if (!chain.ended[n]) tributary_sender_destroy(chain.senders[n]);
    }
    finish();
}

static void destroy_the_channel(void *context) {
    size_t *calls = context;
    if (++*calls > 1) return;
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
}

MATRIX_TEST(a_callback_of_a_close_may_destroy_the_channel) {
    size_t kind, n, calls;
    for (kind = 0; kind < 3; kind++) {
        tributary_sender *senders[CHAIN];
        tributary_shared_waiter waiters[CHAIN] = {{0}};
        open_words(configuration, 1);
        calls = 0;
        require_equal(send_word(ends.sender, 1), 0);
        require_equal(send_word_shared(ends.shared, 2), 0);
        for (n = 0; n < CHAIN; n++) {
            require_equal(tributary_sender_clone(ends.sender, &senders[n]), 0);
            waiters[n] = (tributary_shared_waiter){.notify = destroy_the_channel, .context = &calls};
            if (kind == 0)
                require_equal(tributary_sender_notify_closed(senders[n], destroy_the_channel, &calls), 0);
            else if (kind == 1)
                require_equal(tributary_shared_sender_notify(ends.shared, &waiters[n]), 0);
            else
                require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[n]), 0);
        }
        require_equal(tributary_channel_close(fixture.channel), 0);
        require_equal(calls, CHAIN);
        require_equal(fixture.destroyed, 2);
        require_equal(send_word(ends.sender, 3), -EPIPE);
        for (n = 0; n < CHAIN; n++) tributary_sender_destroy(senders[n]);
        finish();
    }
}

/* Nobody else holds the channel when the callback is over, and the close is not. */
static void end_everything(void *context) {
    size_t *calls = context;
    ++*calls;
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    ends_drop_senders(&ends);
}

MATRIX_TEST(a_callback_of_a_close_may_end_the_last_end) {
    size_t kind;
    for (kind = 0; kind < 3; kind++) {
        size_t calls = 0;
        tributary_shared_waiter waiter = {.notify = end_everything, .context = &calls};
        open_words(configuration, 1);
        require_equal(send_word_shared(ends.shared, 1), 0);
        if (kind == 0)
            require_equal(tributary_sender_notify_closed(ends.sender, end_everything, &calls), 0);
        else if (kind == 1)
            require_equal(tributary_shared_sender_notify(ends.shared, &waiter), 0);
        else
            require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiter), 0);
        require_equal(tributary_channel_close(fixture.channel), 0);
        require_equal(calls, 1);
        require_equal(fixture.destroyed, 1);
        memset(&ends, 0, sizeof ends);
        fixture_finish(&fixture);
    }
}

/* Threads sleep beside them: all are woken, none twice. */
static void send_until_closed(void *context, size_t index) {
    tributary_sender **senders = context;
    worker_announces_sleep();
    require_equal(tributary_sender_send(senders[index], &(uint64_t){2}, 8), -EPIPE);
}

static void count_call(void *context) { ++*(size_t *)context; }

MATRIX_TEST(a_close_wakes_threads_and_calls_callbacks_alike) {
    struct team team;
    tributary_sender *senders[8];
    size_t n, calls = 0;
    open_words(configuration, 1);
    for (n = 0; n < 8; n++) {
        require_equal(tributary_sender_clone(ends.sender, &senders[n]), 0);
        require_equal(send_word(senders[n], n), 0);
        if (n >= 4) require_equal(tributary_sender_notify(senders[n], count_call, &calls), 0);
    }
    team_start(&team, 4, send_until_closed, senders);
    for (n = 0; n < 4; n++) worker_await_sleep(&team.workers[n]);
    require_equal(tributary_channel_close(fixture.channel), 0);
    require_equal(calls, 4);
    team_join(&team);
    for (n = 0; n < 8; n++) tributary_sender_destroy(senders[n]);
    finish();
}

/* ---- The receiver's ---------------------------------------------------------------------- */

struct echo {
    const struct call *call;
    struct ends other;
    uint64_t seen;
    size_t calls;
};

/* Receives what it was called for, and sends with an end of the same kind. */
static void answer(void *context) {
    struct echo *echo = context;
    echo->calls++;
    require_equal(receiving_calls[0].attempt(&ends), 1);
    echo->seen = ends.word;
    echo->other.word = 77;
    require_equal(echo->call->attempt(&echo->other), 1);
}

static void check_answers(const struct configuration *configuration, tributary_overflow overflow) {
    size_t s;
    for (s = 0; s < SENDING_CALLS; s++) {
        struct echo echo = {.call = &sending_calls[s]};
        fixture_prepare(&fixture, configuration, 8, 8, 4);
        fixture.options.overflow = overflow;
        fixture_open(&fixture);
        ends_open(&ends, &fixture);
        ends_open(&echo.other, &fixture);
        require_equal(tributary_channel_notify(fixture.channel, answer, &echo), 0);
        ends.word = 5;
        require_equal(sending_calls[s].attempt(&ends), 1);
        require_equal(echo.calls, 1);
        require_equal(echo.seen, 5);
        require_word(fixture.channel, 77);
        ends_drop_senders(&echo.other);
        finish();
    }
}

MATRIX_TEST(the_receivers_callback_may_receive_and_send) {
    check_answers(configuration, TRIBUTARY_OVERFLOW_WAIT);
    check_answers(configuration, TRIBUTARY_OVERFLOW_DROP_NEWEST);
    /* Shared senders take turns on a lock there. */
    check_answers(configuration, TRIBUTARY_OVERFLOW_DROP_OLDEST);
}

static void receive_the_end(void *context) {
    bool *ended = context;
    ptrdiff_t result = receiving_calls[0].attempt(&ends);
    if (result == -EAGAIN) {
        /* Called for the lane's end, which comes a moment before the sender's. */
        require_equal(tributary_channel_notify(fixture.channel, receive_the_end, ended), 0);
        return;
    }
    require_equal(result, -EPIPE);
    require(!*ended);
    *ended = true;
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
}

MATRIX_TEST(the_receivers_callback_may_destroy_the_channel_at_the_last_senders_end) {
    size_t shared_last;
    for (shared_last = 0; shared_last < 2; shared_last++) {
        bool ended = false;
        open_words(configuration, 4);
        if (shared_last)
            tributary_sender_destroy(ends.sender);
        else
            tributary_shared_sender_destroy(ends.shared);
        require_equal(receiving_calls[0].attempt(&ends), -EAGAIN);
        require_equal(tributary_channel_notify(fixture.channel, receive_the_end, &ended), 0);
        if (shared_last)
            tributary_shared_sender_destroy(ends.shared);
        else
            tributary_sender_destroy(ends.sender);
        require(ended);
        memset(&ends, 0, sizeof ends);
        fixture_finish(&fixture);
    }
}

/* ---- Waiting for the close with a shared sender -------------------------------------------- */

MATRIX_TEST(only_a_close_calls_a_shared_senders_callback_that_waits_for_it) {
    tributary_shared_waiter waiters[3] = {{0}};
    size_t n, calls = 0;
    open_words(configuration, 2);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, NULL), -EINVAL);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[0]), -EINVAL);
    for (n = 0; n < 3; n++) {
        waiters[n] = (tributary_shared_waiter){.notify = count_call, .context = &calls};
        require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[n]), 0);
        require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[n]), -EBUSY);
        require_equal(tributary_shared_sender_notify(ends.shared, &waiters[n]), -EBUSY);
    }
    /* It takes part in no queue for room. */
    for (n = 0; n < 10; n++) {
        require_equal(send_word_shared(ends.shared, n), 0);
        require_word(fixture.channel, n);
    }
    for (n = 0; n < 2; n++) require_equal(send_word_shared(ends.shared, n), 0);
    require_equal(send_word_shared(ends.shared, n), -EAGAIN);
    for (n = 0; n < 2; n++) require_word(fixture.channel, n);
    require_equal(receiving_calls[0].attempt(&ends), -EAGAIN);
    require_equal(calls, 0);
    /* The one in the middle, and again. */
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiters[1]), 0);
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiters[1]), -EALREADY);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[1]), 0);
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiters[0]), 0);
    require_equal(tributary_channel_close(fixture.channel), 0);
    require_equal(calls, 2);
    require_equal(tributary_shared_sender_notify_cancel(ends.shared, &waiters[1]), -EALREADY);
    require_equal(tributary_shared_sender_notify_closed(ends.shared, &waiters[1]), -EALREADY);
    require_equal(calls, 2);
    finish();
}

struct watch {
    atomic_size_t calls;
    tributary_shared_waiter waiter;
    tributary_shared_sender *shared;
};

static void count_atomically(void *context) { atomic_fetch_add((atomic_size_t *)context, 1); }

/* Arms while the receiver closes: it says so, or it calls. Every other one takes it back at once. */
static void watch_for_the_close(void *context, size_t index) {
    struct watch *watch = (struct watch *)context + index;
    int error = 0;
    size_t armed = 0;
    while (error == 0) {
        watch->waiter = (tributary_shared_waiter){.notify = count_atomically, .context = &watch->calls};
        error = tributary_shared_sender_notify_closed(watch->shared, &watch->waiter);
        if (error != 0) break;
        armed = 1;
        if (index % 2 == 0) break;
        error = tributary_shared_sender_notify_cancel(watch->shared, &watch->waiter);
        if (error == 0) armed = 0;
    }
    require(error == 0 || error == -EALREADY);
    await(atomic_load(&watch->calls) == armed);
}

MATRIX_TEST(a_close_while_arming_is_announced_or_reported) {
    size_t round, n;
    for (round = 0; round < scaled(60); round++) {
        struct watch watches[3];
        struct team team;
        open_words(configuration, 1);
        memset(watches, 0, sizeof watches);
        for (n = 0; n < 3; n++) watches[n].shared = ends.shared;
        team_start(&team, 3, watch_for_the_close, watches);
        for (n = 0; n < round % 5; n++) give_way();
        require_equal(tributary_channel_close(fixture.channel), 0);
        team_join(&team);
        finish();
    }
}

/* ---- A callback for room, within another sender's call ---- */

struct sending_waiter {
    tributary_shared_sender *sender;
    tributary_shared_waiter waiter;
    bool armed;
    bool is_slow;
    uint64_t tag;
    uint64_t sent;
};

static void send_in_turn(void *context) {
    struct sending_waiter *waiter = context;
    uint64_t word = waiter->tag + waiter->sent;
    waiter->armed = false;
    /* One that takes its time: the next one is called by whoever finds that there is more room. */
    if (waiter->is_slow) return;
    if (tributary_shared_sender_try_send(waiter->sender, &word, sizeof word) == 0)
        waiter->sent++;
    else
        tributary_shared_sender_decline(waiter->sender);
}

/* Each sender's words in order; how many. */
static size_t receive_in_order(size_t most, uint64_t next[3]) {
    uint64_t words[16];
    ptrdiff_t count = tributary_channel_try_receive_batch(fixture.channel, words, most, sizeof words[0]);
    for (ptrdiff_t i = 0; i < count; i++) {
        size_t sender = (size_t)(words[i] >> 32);
        require(sender < 3);
        require_equal((uint32_t)words[i], next[sender]++);
    }
    return count < 0 ? 0 : (size_t)count;
}

MATRIX_TEST(a_callback_for_room_may_send_while_another_sends) {
    size_t capacity, round, n;
    for (capacity = 1; capacity <= 9; capacity++) {
        uint64_t next[3] = {0}, own = 0, received = 0;
        struct sending_waiter waiters[2] = {{.tag = 0}, {.tag = UINT64_C(1) << 32}};
        open_words(configuration, capacity);
        for (n = 0; n < 2; n++)
            require_equal(tributary_shared_sender_clone(ends.shared, &waiters[n].sender), 0);
        for (round = 0; round < scaled(300); round++) {
            uint64_t word = (UINT64_C(2) << 32) + own;
            while (tributary_shared_sender_try_send(ends.shared, &word, sizeof word) == 0)
                word = (UINT64_C(2) << 32) + ++own;
            for (n = 0; n < 2; n++) {
                if (waiters[n].armed) continue;
                waiters[n].waiter = (tributary_shared_waiter){.notify = send_in_turn, .context = &waiters[n]};
                waiters[n].armed = true;
                waiters[n].is_slow = n == round % 3;
                if (tributary_shared_sender_notify(waiters[n].sender, &waiters[n].waiter) != 0) waiters[n].armed = false;
            }
            received += receive_in_order(1 + round % capacity, next);
            if (tributary_shared_sender_try_send(ends.shared, &word, sizeof word) == 0) own++;
            require(own + waiters[0].sent + waiters[1].sent - received <= capacity);
        }
        for (n = 0; n < 2; n++)
            if (waiters[n].armed)
                require_equal(tributary_shared_sender_notify_cancel(waiters[n].sender, &waiters[n].waiter), 0);
        while ((n = receive_in_order(16, next)) > 0) received += n;
        require_equal(received, own + waiters[0].sent + waiters[1].sent);
        require(waiters[0].sent > 0 && waiters[1].sent > 0);
        for (n = 0; n < 2; n++) tributary_shared_sender_destroy(waiters[n].sender);
        finish();
    }
}

TEST_MAIN(scenario(a_callback_of_a_close_may_use_the_channel),
          scenario(a_callback_of_a_close_may_free_the_lanes_that_the_close_goes_through),
          scenario(a_callback_of_a_close_may_destroy_the_channel),
          scenario(a_callback_of_a_close_may_end_the_last_end),
          scenario(a_close_wakes_threads_and_calls_callbacks_alike),
          scenario(the_receivers_callback_may_receive_and_send),
          scenario(the_receivers_callback_may_destroy_the_channel_at_the_last_senders_end),
          scenario(only_a_close_calls_a_shared_senders_callback_that_waits_for_it),
          scenario(a_close_while_arming_is_announced_or_reported),
          scenario(a_callback_for_room_may_send_while_another_sends))
