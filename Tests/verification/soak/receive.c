/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving end, and every way to wait there. */
#include <errno.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "soak.h"

enum { NANOSECONDS_OF_PATIENCE = 50000, TAKES_A_LOOK_AT_THE_CLOCK = 64 };

enum patience { TRY, WAIT, TIMED };

static void wake(void *context) {
    sem_post(context);
}

static ptrdiff_t one(int result) {
    return result == 0 ? 1 : result;
}

/* Receives and checks; what the library returned. */
static ptrdiff_t take(struct life *life, enum method method, enum patience patience, size_t count) {
    static uint64_t buffer[PORTION * MOST_WORDS];
    tributary_channel *channel = life->channel;
    size_t size = life->words * sizeof(uint64_t);
    void *messages = buffer;
    ptrdiff_t taken;
    if (method == SINGLES)
        taken = one(patience == TRY    ? tributary_channel_try_receive(channel, buffer, size)
                    : patience == WAIT ? tributary_channel_receive(channel, buffer, size)
                                       : tributary_channel_receive_timeout(channel, buffer, size, NANOSECONDS_OF_PATIENCE));
    else if (method == BATCHES)
        taken = patience == TRY    ? tributary_channel_try_receive_batch(channel, buffer, count, size)
                : patience == WAIT ? tributary_channel_receive_batch(channel, buffer, count, size)
                                   : tributary_channel_receive_batch_timeout(channel, buffer, count, size, NANOSECONDS_OF_PATIENCE);
    else
        taken = patience == TRY    ? tributary_channel_try_borrow(channel, &messages, count)
                : patience == WAIT ? tributary_channel_borrow(channel, &messages, count)
                                   : tributary_channel_borrow_timeout(channel, &messages, count, NANOSECONDS_OF_PATIENCE);
    if (taken <= 0) return taken;
    if ((size_t)taken > count) unexpected("a receive", taken);
    checker_accept(&life->checker, messages, (size_t)taken);
    if (method == IN_PLACE) {
        int released = tributary_channel_release(channel, (size_t)taken);
        if (released != 0) unexpected("tributary_channel_release", released);
    }
    return taken;
}

/* Sleeps until there may be something: for ways to wait that are not calls of receive. */
static void sleep_outside(struct life *life, int poller) {
    int armed = life->waiting == CALLBACK ? tributary_channel_notify(life->channel, wake, &life->woken)
                                          : tributary_channel_arm(life->channel);
    if (armed == -EALREADY) return;
    if (armed != 0) unexpected("arm", armed);
    if (life->waiting == CALLBACK) {
        while (sem_wait(&life->woken) != 0)
            if (errno != EINTR) unexpected("sem_wait", errno);
    } else {
        struct epoll_event event;
        int ready;
        while ((ready = epoll_wait(poller, &event, 1, -1)) != 1)
            if (ready != -1 || errno != EINTR) unexpected("epoll_wait", ready);
    }
}

static int poller_of(tributary_channel *channel) {
    struct epoll_event event = {.events = EPOLLIN};
    int poller = epoll_create1(EPOLL_CLOEXEC), descriptor = tributary_channel_file_descriptor(channel);
    if (poller < 0 || descriptor < 0 || epoll_ctl(poller, EPOLL_CTL_ADD, descriptor, &event) != 0)
        unexpected("epoll", errno);
    return poller;
}

void receive_everything(struct life *life) {
    const struct scenario *scenario = life->scenario;
    bool outside = life->waiting == EVENT_LOOP || life->waiting == CALLBACK, closed = false;
    int poller = life->waiting == EVENT_LOOP ? poller_of(life->channel) : -1;
    for (uint64_t turn = 0;; turn++) {
        if (turn % TAKES_A_LOOK_AT_THE_CLOCK == 0 && clock_now() >= life->until)
            atomic_store_explicit(&life->stop, true, memory_order_relaxed);
        if (!closed && !life->asked_by_sender && life->checker.received >= life->close_at) {
            closed = true;
            if (life->destroyed_full) break;
            int result = tributary_channel_close(life->channel);
            if (result != 0) unexpected("tributary_channel_close", result);
        }
        enum method method = scenario->method == METHODS ? (enum method)random_below(&life->random, METHODS) : scenario->method;
        enum patience patience = outside ? TRY : WAIT;
        if (!outside && scenario->course == TIMEOUTS) patience = random_below(&life->random, 4) == 0 ? TRY : TIMED;
        size_t count = method == SINGLES ? 1 : any_count(&life->random);
        ptrdiff_t taken = take(life, method, patience, count);
        if (taken > 0) continue;
        if (taken == -EPIPE) break;
        if (taken == -EAGAIN && outside) sleep_outside(life, poller);
        else if ((taken != -EAGAIN || patience != TRY) && (taken != -ETIMEDOUT || patience != TIMED)) unexpected("a receive", taken);
    }
    if (poller >= 0) close(poller);
}
