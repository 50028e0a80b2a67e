/* SPDX-License-Identifier: Apache-2.0 */
/* A fault that other channels shipped: a waker touches what the woken end has freed (oneshot RUSTSEC-2026-0005, liburcu
 * URCU_WAIT_TEARDOWN). The waker is held where it would take luck to find it: it has taken the parker's word and has not made its
 * system call, while the end that it wakes goes on and frees what it can. The library's calls find this program's `syscall`, `write`
 * and `ppoll` before the C library's. Under AddressSanitizer.
 *
 *   the sleeper                                    the waker
 *     about to sleep: waits for the waker            takes the word
 *                                                    about to wake: waits for the sleeper
 *     the word has changed: no sleep
 *     takes what it waited for, frees its end
 *                                                    wakes nobody, and goes on */
#include <errno.h>

#include "support/calls.h"
#include "support/threads.h"

#if defined(__linux__)
#include <dlfcn.h>
#include <linux/futex.h>
#include <poll.h>
#include <sys/syscall.h>
#include <unistd.h>

static struct fixture fixture;

/* ---- Where the two wait for one another ------------------------------------------------- */

static _Thread_local enum { NEITHER, SLEEPER, WAKER } role;
static atomic_size_t sleeps, wakes;
static atomic_bool gone; /* the sleeper has freed what it can */

static void before_sleep(void) {
    if (role == SLEEPER) {
        size_t n = atomic_fetch_add(&sleeps, 1) + 1;
        await(atomic_load(&wakes) >= n);
    }
}

/* Until the sleeper has gone, or sleeps again, because this was not what it waits for. */
static void before_wake(void) {
    if (role == WAKER) {
        size_t n = atomic_fetch_add(&wakes, 1) + 1;
        await(atomic_load(&gone) || atomic_load(&sleeps) > n);
    }
}

static void *next_of(const char *name) {
    void *function = dlsym(RTLD_NEXT, name);
    require(function != NULL);
    return function;
}

/* It reads as many arguments as any call has: what the caller has not passed may lie in its frame's red zones. */
__attribute__((no_sanitize("address"))) long syscall(long number, ...) {
    long (*forward)(long, ...);
    long argument[6];
    va_list list;
    int n;
    *(void **)&forward = next_of("syscall");
    va_start(list, number);
    for (n = 0; n < 6; n++)
        argument[n] = va_arg(list, long);
    va_end(list);
    if (number == SYS_futex) {
        int operation = (int)argument[1] & FUTEX_CMD_MASK;
        if (operation == FUTEX_WAIT_BITSET)
            before_sleep();
        else if (operation == FUTEX_WAKE)
            before_wake();
    }
    return forward(number, argument[0], argument[1], argument[2], argument[3], argument[4], argument[5]);
}

int ppoll(struct pollfd *set, nfds_t count, const struct timespec *timeout, const sigset_t *mask) {
    int (*forward)(struct pollfd *, nfds_t, const struct timespec *, const sigset_t *);
    *(void **)&forward = next_of("ppoll");
    if (role != SLEEPER)
        return forward(set, count, timeout, mask);
    /* The descriptor tells nothing before the waker has written: interrupted, the sleeper looks at the word. */
    before_sleep();
    errno = EINTR;
    return -1;
}

ssize_t write(int descriptor, const void *bytes, size_t count) {
    ssize_t (*forward)(int, const void *, size_t), written;
    *(void **)&forward = next_of("write");
    if (role != WAKER || descriptor <= STDERR_FILENO)
        return forward(descriptor, bytes, count);
    before_wake();
    written = forward(descriptor, bytes, count);
    /* The descriptor is still the channel's: closed it might be anybody's by now. */
    require_equal(written, count);
    return written;
}

/* A condition's mutex and signal are the C library's affair: there the two meet by luck. */
static bool sleeper_is_held(const struct configuration *configuration) {
    return configuration->parker != TRIBUTARY_PARKER_CONDITION;
}

static void sleeper_start(struct worker *worker, void (*body)(void *context, size_t index), void *context,
                          const struct configuration *configuration) {
    atomic_store(&sleeps, 0);
    atomic_store(&wakes, 0);
    atomic_store(&gone, false);
    worker_start(worker, body, context, 0);
    if (sleeper_is_held(configuration))
        await(atomic_load(&sleeps) == 1);
    else
        worker_await_sleep(worker);
    role = WAKER;
}

static void sleeper_join(struct worker *worker, const struct configuration *configuration) {
    role = NEITHER;
    if (sleeper_is_held(configuration)) {
        require(atomic_load(&wakes) > 0);
        require(atomic_load(&gone));
    }
    worker_join(worker);
}

static void open_words(const struct configuration *configuration, size_t capacity) {
    fixture_prepare(&fixture, configuration, 8, 8, capacity);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
}

/* ---- The receiver is woken, and frees the channel ---------------------------------------- */

struct woken {
    struct ends ends;
    const struct call *call;
    ptrdiff_t result;
};

static void receive_then_destroy(void *context, size_t index) {
    struct woken *woken = context;
    (void)index;
    worker_announces_sleep();
    role = SLEEPER;
    woken->result = woken->call->wait(&woken->ends);
    tributary_channel_destroy(woken->ends.channel);
    atomic_store(&gone, true);
}

static void receiver_start(struct woken *woken, struct worker *worker, const struct call *call,
                           const struct configuration *configuration) {
    memset(woken, 0, sizeof *woken);
    woken->ends.channel = fixture.channel;
    woken->call = call;
    sleeper_start(worker, receive_then_destroy, woken, configuration);
}

MATRIX_TEST(fault_16_the_receiver_frees_the_channel_while_the_send_that_woke_it_is_in_the_wake) {
    size_t s, r;
    for (s = 0; s < SENDING_CALLS; s++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            struct woken woken;
            struct worker worker;
            struct ends ends;
            open_words(configuration, 8);
            ends_open_for(&ends, &fixture, &sending_calls[s]);
            ends.word = 7;
            receiver_start(&woken, &worker, &receiving_calls[r], configuration);
            require_equal(sending_calls[s].wait(&ends), 1);
            sleeper_join(&worker, configuration);
            require_equal(woken.result, 1);
            require_equal(woken.ends.word, 7);
            ends_drop_senders(&ends);
            fixture.channel = NULL;
            fixture_finish(&fixture);
        }
}

/* What a sending end does besides sending that wakes the receiver. */
enum { END, END_SHARED, ASK_TO_CLOSE, ASK_TO_CLOSE_SHARED, OTHER_WAKES };

static void open_for_other_wake(struct ends *ends, size_t wake) {
    ends_open_for(ends, &fixture, &sending_calls[wake == END || wake == ASK_TO_CLOSE ? 0 : SENDING_CALLS - 1]);
}

static void wake_otherwise(struct ends *ends, size_t wake) {
    if (wake == ASK_TO_CLOSE)
        require_equal(tributary_sender_request_close(ends->sender), 0);
    else if (wake == ASK_TO_CLOSE_SHARED)
        require_equal(tributary_shared_sender_request_close(ends->shared), 0);
    else
        ends_drop_senders(ends);
}

MATRIX_TEST(fault_16_the_receiver_frees_the_channel_while_the_end_that_woke_it_is_in_the_wake) {
    size_t wake, r;
    for (wake = 0; wake < OTHER_WAKES; wake++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            struct woken woken;
            struct worker worker;
            struct ends ends;
            open_words(configuration, 8);
            open_for_other_wake(&ends, wake);
            receiver_start(&woken, &worker, &receiving_calls[r], configuration);
            wake_otherwise(&ends, wake);
            sleeper_join(&worker, configuration);
            require_equal(woken.result, -EPIPE);
            ends_drop_senders(&ends);
            fixture.channel = NULL;
            fixture_finish(&fixture);
        }
}

static void destroy_channel(void *context) {
    tributary_channel **channel = context, *destroyed = *channel;
    /* Before: callbacks that are called meanwhile do not destroy it a second time. */
    *channel = NULL;
    tributary_channel_destroy(destroyed);
}

MATRIX_TEST(fault_16_a_callback_frees_the_channel_inside_of_the_call_of_the_sender) {
    size_t wake;
    for (wake = 0; wake < OTHER_WAKES + SENDING_CALLS; wake++) {
        const struct call *call = wake >= OTHER_WAKES ? &sending_calls[wake - OTHER_WAKES] : NULL;
        struct ends ends;
        open_words(configuration, 8);
        if (call != NULL)
            ends_open_for(&ends, &fixture, call);
        else
            open_for_other_wake(&ends, wake);
        require_equal(tributary_channel_notify(fixture.channel, destroy_channel, &fixture.channel), 0);
        if (call != NULL)
            require_equal(call->attempt(&ends), 1);
        else
            wake_otherwise(&ends, wake);
        require(fixture.channel == NULL);
        require_equal(fixture.destroyed, call != NULL);
        ends_drop_senders(&ends);
        fixture_finish(&fixture);
    }
}

/* ---- A sender is woken, and frees its end ------------------------------------------------- */

static void send_then_end(void *context, size_t index) {
    struct woken *woken = context;
    (void)index;
    worker_announces_sleep();
    role = SLEEPER;
    woken->result = woken->call->wait(&woken->ends);
    ends_drop_senders(&woken->ends);
    atomic_store(&gone, true);
}

/* What the receiver does that wakes senders. */
enum { CLOSE = RECEIVING_CALLS, DESTROY, RECEIVER_WAKES };

static void wake_senders(size_t wake) {
    struct ends ends = {.channel = fixture.channel};
    if (wake == DESTROY)
        destroy_channel(&fixture.channel);
    else if (wake == CLOSE)
        require_equal(tributary_channel_close(fixture.channel), 0);
    else
        require_equal(receiving_calls[wake].attempt(&ends), 1);
}

MATRIX_TEST(fault_16_the_sender_ends_while_the_receiver_that_woke_it_is_in_the_wake) {
    size_t s, wake;
    for (s = 0; s < SENDING_CALLS; s++)
        for (wake = 0; wake < RECEIVER_WAKES; wake++) {
            struct woken woken = {.call = &sending_calls[s]};
            struct worker worker;
            open_words(configuration, 1);
            ends_open_for(&woken.ends, &fixture, woken.call);
            require_equal(ends_fill(&woken.ends, woken.call, 0), 1);
            sleeper_start(&worker, send_then_end, &woken, configuration);
            wake_senders(wake);
            sleeper_join(&worker, configuration);
            require_equal(woken.result, wake < RECEIVING_CALLS ? 1 : -EPIPE);
            fixture_finish(&fixture);
        }
}

/* More than the close calls at once. */
enum { CALLED = 40 };

/* One that waits by a callback. What the callback frees is all that there is of it. */
struct guest {
    tributary_shared_waiter waiter;
    struct ends ends;
};

static struct guest *guests[CALLED];
static bool the_channel_goes_first;

static void end_guest(size_t n) {
    ends_drop_senders(&guests[n]->ends);
    free(guests[n]);
    guests[n] = NULL;
}

/* Ends the guest that it was called for. The second one ends all those too whose callbacks the close has not taken yet. */
static void leave(void *context) {
    struct guest *guest = context;
    size_t n, own = CALLED;
    for (n = 0; n < CALLED; n++)
        if (guests[n] == guest)
            own = n;
    require(own < CALLED);
    if (the_channel_goes_first && fixture.channel != NULL) {
        destroy_channel(&fixture.channel);
    } else if (the_channel_goes_first) {
        for (n = 0; n < CALLED; n++)
            if (n != own && guests[n] != NULL && guests[n]->ends.sender != NULL &&
                tributary_sender_notify_cancel(guests[n]->ends.sender) == 0)
                end_guest(n);
    }
    end_guest(own);
}

/* How a guest waits. */
enum { FOR_ROOM, FOR_CLOSE, SHARED_FOR_ROOM, SHARED_FOR_CLOSE, WAYS };

static void invite(size_t n, size_t way) {
    struct guest *guest = calloc(1, sizeof *guest);
    require(guest != NULL);
    guests[n] = guest;
    guest->waiter.notify = leave;
    guest->waiter.context = guest;
    ends_open_for(&guest->ends, &fixture, &sending_calls[way < SHARED_FOR_ROOM ? 0 : SENDING_CALLS - 1]);
    if (way < SHARED_FOR_ROOM)
        require_equal(send_word(guest->ends.sender, n), 0);
    else if (n == 0)
        require_equal(send_word_shared(guest->ends.shared, n), 0);
    if (way == FOR_ROOM)
        require_equal(tributary_sender_notify(guest->ends.sender, leave, guest), 0);
    else if (way == FOR_CLOSE)
        require_equal(tributary_sender_notify_closed(guest->ends.sender, leave, guest), 0);
    else if (way == SHARED_FOR_ROOM)
        require_equal(tributary_shared_sender_notify(guest->ends.shared, &guest->waiter), 0);
    else
        require_equal(tributary_shared_sender_notify_closed(guest->ends.shared, &guest->waiter), 0);
}

MATRIX_TEST(fault_16_a_callback_ends_the_sender_inside_of_the_call_of_the_receiver) {
    size_t way, wake, n;
    for (way = 0; way < WAYS; way++)
        for (wake = 0; wake < RECEIVER_WAKES; wake++) {
            bool for_room = way == FOR_ROOM || way == SHARED_FOR_ROOM;
            open_words(configuration, 1);
            for (n = 0; n < CALLED; n++)
                invite(n, way);
            /* One message is one place, and one guest's. */
            wake_senders(wake);
            for (n = 0; n < CALLED; n++)
                require((guests[n] == NULL) == (wake >= RECEIVING_CALLS || (for_room && n == 0)));
            for (n = 0; n < CALLED; n++)
                if (guests[n] != NULL && wake < RECEIVING_CALLS) {
                    if (way >= SHARED_FOR_ROOM)
                        require_equal(
                            tributary_shared_sender_notify_cancel(guests[n]->ends.shared, &guests[n]->waiter), 0);
                    end_guest(n);
                }
            fixture_finish(&fixture);
        }
}

MATRIX_TEST(fault_16_a_callback_frees_the_channel_inside_of_its_close) {
    size_t way, n;
    for (way = 0; way < WAYS; way++) {
        open_words(configuration, 1);
        for (n = 0; n < CALLED; n++)
            invite(n, way);
        the_channel_goes_first = true;
        require_equal(tributary_channel_close(fixture.channel), 0);
        the_channel_goes_first = false;
        require(fixture.channel == NULL);
        for (n = 0; n < CALLED; n++)
            require(guests[n] == NULL);
        fixture_finish(&fixture);
    }
}

TEST_MAIN(scenario(fault_16_the_receiver_frees_the_channel_while_the_send_that_woke_it_is_in_the_wake),
          scenario(fault_16_the_receiver_frees_the_channel_while_the_end_that_woke_it_is_in_the_wake),
          scenario(fault_16_a_callback_frees_the_channel_inside_of_the_call_of_the_sender),
          scenario(fault_16_the_sender_ends_while_the_receiver_that_woke_it_is_in_the_wake),
          scenario(fault_16_a_callback_ends_the_sender_inside_of_the_call_of_the_receiver),
          scenario(fault_16_a_callback_frees_the_channel_inside_of_its_close))
#else
static void the_calls_that_wake_are_those_of_linux(void **state) {
    (void)state;
    require(!parker_available(TRIBUTARY_PARKER_FUTEX));
}

TEST_MAIN(scenario(the_calls_that_wake_are_those_of_linux))
#endif
