/* SPDX-License-Identifier: Apache-2.0 */
/* The descriptor of a channel in an event loop: a level, readable when there is something to do. */
#include <poll.h>
#ifdef __linux__
#include <sys/epoll.h>
#include <unistd.h>
#endif

#include "support/calls.h"
#include "support/messages.h"
#include "support/threads.h"

static const tributary_fence fences[] = {TRIBUTARY_FENCE_DEFAULT, TRIBUTARY_FENCE_LOCAL};
static struct fixture fixture;
static struct ends ends;

static void open_pollable(tributary_fence fence, size_t capacity) {
    fixture_prepare(&fixture, NULL, 8, 8, capacity);
    fixture.options.fence = fence;
    fixture.options.parker = TRIBUTARY_PARKER_EVENTFD;
    fixture_open(&fixture);
    ends_open(&ends, &fixture);
}

static void finish(void) {
    ends_drop_senders(&ends);
    fixture_finish(&fixture);
}

static bool readable(void) {
    struct pollfd entry = {tributary_channel_file_descriptor(fixture.channel), POLLIN, 0};
    require(entry.fd >= 0);
    require(poll(&entry, 1, 0) >= 0);
    return (entry.revents & POLLIN) != 0;
}

/* Each test for both fences, where the system has such descriptors at all. */
static void for_each_fence(void (*body)(tributary_fence fence)) {
    size_t n;
    if (!parker_available(TRIBUTARY_PARKER_EVENTFD)) {
        printf("left out: this system has no eventfd\n");
        skip();
    }
    for (n = 0; n < 2; n++) {
        test_note("fence %s", n == 0 ? "default" : "local");
        body(fences[n]);
    }
}
#define FENCE_TEST(name)                              \
    static void name##_with(tributary_fence fence);   \
    static void name(void **state) {                  \
        (void)state;                                  \
        for_each_fence(name##_with);                  \
    }                                                 \
    static void name##_with(tributary_fence fence)

FENCE_TEST(an_armed_channel_becomes_readable_with_a_message_of_any_kind) {
    size_t s, r;
    for (s = 0; s < SENDING_CALLS; s++)
        for (r = 0; r < RECEIVING_CALLS; r++) {
            open_pollable(fence, 4);
            require_equal(tributary_channel_arm(fixture.channel), 0);
            require(!readable());
            ends.word = 3;
            require_equal(sending_calls[s].attempt(&ends), 1);
            require(readable());
            require(readable()); /* a level */
            require_equal(sending_calls[s].attempt(&ends), 1);
            require(readable());
            require_equal(receiving_calls[r].attempt(&ends), 1);
            require_equal(receiving_calls[r].attempt(&ends), 1);
            require_equal(receiving_calls[r].attempt(&ends), -EAGAIN);
            require_equal(tributary_channel_arm(fixture.channel), 0);
            require(!readable());
            finish();
        }
}

FENCE_TEST(arming_reports_what_is_there_already) {
    open_pollable(fence, 4);
    require_equal(send_word(ends.sender, 1), 0);
    require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
    require_equal(send_word_shared(ends.shared, 2), 0);
    require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
    require_equal(receiving_calls[0].attempt(&ends), 1);
    require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
    require_equal(receiving_calls[0].attempt(&ends), 1);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    require_equal(tributary_channel_arm(fixture.channel), 0); /* armed already: still armed */
    require_equal(send_word(ends.sender, 3), 0);
    require(readable());
    require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
    require_word(fixture.channel, 3);
    finish();
}

FENCE_TEST(the_end_of_the_last_sender_makes_it_readable) {
    size_t shared_last;
    for (shared_last = 0; shared_last < 2; shared_last++) {
        open_pollable(fence, 4);
        require_equal(tributary_channel_arm(fixture.channel), 0);
        if (shared_last)
            tributary_sender_destroy(ends.sender);
        else
            tributary_shared_sender_destroy(ends.shared);
        if (shared_last)
            tributary_shared_sender_destroy(ends.shared);
        else
            tributary_sender_destroy(ends.sender);
        memset(&ends, 0, sizeof ends);
        ends.channel = fixture.channel;
        require(readable());
        require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
        require_equal(receiving_calls[0].attempt(&ends), -EPIPE);
        finish();
    }
}

FENCE_TEST(a_closed_channel_cannot_be_armed_and_is_finished) {
    open_pollable(fence, 4);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    require(!readable());
    require_equal(tributary_channel_close(fixture.channel), 0);
    require(readable());
    require_equal(tributary_channel_arm(fixture.channel), -EALREADY);
    require_equal(receiving_calls[0].attempt(&ends), -EPIPE);
    finish();
}

FENCE_TEST(an_armed_channel_may_be_destroyed) {
    open_pollable(fence, 4);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    tributary_channel_destroy(fixture.channel);
    fixture.channel = NULL;
    require_equal(send_word(ends.sender, 1), -EPIPE);
    finish();
}

/* The receiving calls still wait by themselves, armed or not. */
static void send_one_when_asked(void *context, size_t index) {
    atomic_bool *asked = context;
    (void)index;
    await(atomic_load(asked));
    require_equal(send_word(ends.sender, 42), 0);
}

FENCE_TEST(an_armed_channel_can_also_be_received_from_by_waiting) {
    atomic_bool asked;
    struct worker worker;
    atomic_init(&asked, false);
    open_pollable(fence, 4);
    worker_start(&worker, send_one_when_asked, &asked, 0);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    atomic_store(&asked, true);
    require_equal(receiving_calls[0].wait(&ends), 1);
    require_equal(ends.word, 42);
    worker_join(&worker);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    require(!readable());
    finish();
}

#ifdef __linux__
enum { THREADS = 6, CHANNELS = 2 };

static struct loop {
    struct fixture channels[CHANNELS];
    struct ends ends[CHANNELS][THREADS];
    size_t each;
} loop;

static void send_to_both(void *context, size_t index) {
    size_t n, c;
    (void)context;
    for (n = 0; n < loop.each; n++)
        for (c = 0; c < CHANNELS; c++) {
            struct ends *own = &loop.ends[c][index];
            own->word = word_of(index, n);
            require_equal(sending_calls[index % SENDING_CALLS].wait(own), 1);
            if (n % 50 == index)
                give_way();
        }
    for (c = 0; c < CHANNELS; c++)
        ends_drop_senders(&loop.ends[c][index]);
}

/* Takes what there is; true when the channel has finished. */
static bool take_all(tributary_channel *channel, struct ledger *ledger) {
    uint64_t words[30];
    for (;;) {
        ptrdiff_t count = tributary_channel_try_receive_batch(channel, words, 30, 8), n;
        for (n = 0; n < count; n++)
            ledger_accept(ledger, word_sender(words[n]), word_sequence(words[n]));
        if (count == -EPIPE)
            return true;
        if (count == -EAGAIN) {
            int armed = tributary_channel_arm(channel);
            if (armed == 0)
                return false;
            require_equal(armed, -EALREADY);
        }
    }
}

FENCE_TEST(an_event_loop_over_several_channels_misses_nothing) {
    static struct ledger ledgers[CHANNELS];
    struct epoll_event event;
    struct team team;
    int epoll = epoll_create1(EPOLL_CLOEXEC);
    size_t c, n, open = CHANNELS, capacity;
    bool finished[CHANNELS] = {false};
    require(epoll >= 0);
    memset(&loop, 0, sizeof loop);
    memset(ledgers, 0, sizeof ledgers);
    loop.each = scaled(3000);
    for (c = 0; c < CHANNELS; c++) {
        capacity = c == 0 ? 8 : TRIBUTARY_UNBOUNDED;
        fixture_prepare(&loop.channels[c], NULL, 8, 8, capacity);
        loop.channels[c].options.fence = fence;
        loop.channels[c].options.parker = TRIBUTARY_PARKER_EVENTFD;
        fixture_open(&loop.channels[c]);
        for (n = 0; n < THREADS; n++)
            ends_open_for(&loop.ends[c][n], &loop.channels[c], &sending_calls[n % SENDING_CALLS]);
        event.events = EPOLLIN;
        event.data.u64 = c;
        require_equal(epoll_ctl(epoll, EPOLL_CTL_ADD,
                                tributary_channel_file_descriptor(loop.channels[c].channel),
                                &event), 0);
    }
    team_start(&team, THREADS, send_to_both, NULL);
    for (c = 0; c < CHANNELS; c++)
        if ((finished[c] = take_all(loop.channels[c].channel, &ledgers[c])))
            open--;
    while (open > 0) {
        struct epoll_event events[CHANNELS];
        int count = epoll_wait(epoll, events, CHANNELS, -1), e;
        require(count >= 1);
        for (e = 0; e < count; e++) {
            c = events[e].data.u64;
            /* Readable means: there is something, or there was until just now; never for ever. */
            if (!finished[c] && (finished[c] = take_all(loop.channels[c].channel, &ledgers[c]))) {
                open--;
                require_equal(epoll_ctl(epoll, EPOLL_CTL_DEL,
                                        tributary_channel_file_descriptor(loop.channels[c].channel),
                                        NULL), 0);
            }
        }
    }
    team_join(&team);
    for (c = 0; c < CHANNELS; c++) {
        require_equal(ledgers[c].total, THREADS * loop.each);
        fixture_finish(&loop.channels[c]);
    }
    close(epoll);
}
#endif

/* A channel with a descriptor, and a sender. */
static tributary_sender *open_watched(void) {
    fixture_prepare(&fixture, NULL, 8, 8, 4);
    fixture.options.parker = TRIBUTARY_PARKER_EVENTFD;
    fixture_open(&fixture);
    return fixture_sender(&fixture);
}

/* Asking what is there ends the watch, as taking it does. */
static void a_poll_ends_the_watch(void **state) {
    tributary_sender *sender;
    struct pollfd set;
    (void)state;
    if (!parker_available(TRIBUTARY_PARKER_EVENTFD))
        return;
    sender = open_watched();
    set = (struct pollfd){tributary_channel_file_descriptor(fixture.channel), POLLIN, 0};
    require_equal(tributary_channel_arm(fixture.channel), 0);
    require_equal(tributary_channel_poll(fixture.channel, 1), -EAGAIN);
    require_equal(send_word(sender, 1), 0);
    require_equal(poll(&set, 1, 0), 0);
    require_equal(tributary_channel_poll(fixture.channel, 1), 1);
    require_word(fixture.channel, 1);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

static void call_nobody(void *context) { (void)context; }

static void a_callback_and_a_watch_exclude_each_other(void **state) {
    tributary_sender *sender;
    (void)state;
    if (!parker_available(TRIBUTARY_PARKER_EVENTFD))
        return;
    sender = open_watched();
    require_equal(tributary_channel_notify(fixture.channel, call_nobody, NULL), 0);
    require_equal(tributary_channel_arm(fixture.channel), -EBUSY);
    require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
    require_equal(tributary_channel_arm(fixture.channel), 0);
    require_equal(tributary_channel_notify(fixture.channel, call_nobody, NULL), -EBUSY);
    tributary_sender_destroy(sender);
    fixture_finish(&fixture);
}

TEST_MAIN(scenario(a_poll_ends_the_watch), scenario(a_callback_and_a_watch_exclude_each_other), scenario(an_armed_channel_becomes_readable_with_a_message_of_any_kind),
          scenario(arming_reports_what_is_there_already),
          scenario(the_end_of_the_last_sender_makes_it_readable),
          scenario(a_closed_channel_cannot_be_armed_and_is_finished),
          scenario(an_armed_channel_may_be_destroyed),
#ifdef __linux__
          scenario(an_event_loop_over_several_channels_misses_nothing),
#endif
          scenario(an_armed_channel_can_also_be_received_from_by_waiting))
