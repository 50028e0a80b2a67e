/* SPDX-License-Identifier: Apache-2.0 */
/* The receiving thread. */
#include <errno.h>
#include <poll.h>

#include "ledger.h"
#include "run.h"

enum { LARGEST_BATCH = 48 };

struct receiver {
    struct run *run;
    struct random random;
    sem_t called;
    size_t claimed; /* by a look, where the oldest is dropped: they are the receiver's, and were not received */
};

static ptrdiff_t one(int result) { return result == 0 ? 1 : result; }

static ptrdiff_t receive(struct receiver *receiver, uint32_t kind, void *messages, size_t count, int64_t time) {
    tributary_channel *channel = receiver->run->channel;
    size_t size = receiver->run->options.message_size;
    switch (kind) {
    case TRY: return one(tributary_channel_try_receive(channel, messages, size));
    case WAIT: return one(tributary_channel_receive(channel, messages, size));
    case TIMED: return one(tributary_channel_receive_timeout(channel, messages, size, time));
    case TRY_BATCH: return tributary_channel_try_receive_batch(channel, messages, count, size);
    case WAIT_BATCH: return tributary_channel_receive_batch(channel, messages, count, size);
    default: return tributary_channel_receive_batch_timeout(channel, messages, count, size, time);
    }
}

/* Where the oldest is dropped, what a look finds has left the channel: it cannot be dropped any more. */
static bool claims(const struct receiver *receiver) {
    return receiver->run->options.overflow == TRIBUTARY_OVERFLOW_DROP_OLDEST;
}

/* Right before messages may be taken: the later, the more the ledger can tell. But what is claimed was taken before. */
static void begin(struct receiver *receiver) {
    if (receiver->claimed == 0) ledger_receive_begins();
}

static void delivered(struct receiver *receiver, const void *messages, size_t count) {
    ledger_deliver(messages, count);
    receiver->claimed -= count < receiver->claimed ? count : receiver->claimed;
}

/* Takes some of what it borrows, which may be none. */
static ptrdiff_t receive_in_place(struct receiver *receiver, uint32_t kind, size_t count, int64_t time, bool pauses) {
    tributary_channel *channel = receiver->run->channel;
    void *messages = NULL;
    if (claims(receiver)) begin(receiver);
    ptrdiff_t result = kind == TRY_IN_PLACE    ? tributary_channel_try_borrow(channel, &messages, count)
                       : kind == WAIT_IN_PLACE ? tributary_channel_borrow(channel, &messages, count)
                                               : tributary_channel_borrow_timeout(channel, &messages, count, time);
    if (result <= 0) return result;
    if ((size_t)result > count) chaos_fail("%td messages borrowed, %zu asked for", result, count);
    if (pauses) chaos_stand_still(UINT64_C(1) << random_below(&receiver->random, 14));
    size_t taken = claims(receiver) ? (size_t)result : random_below(&receiver->random, (uint64_t)result + 1);
    begin(receiver);
    delivered(receiver, messages, taken);
    int error = tributary_channel_release(channel, taken);
    if (error != 0) chaos_fail("release: %d", error);
    return (ptrdiff_t)taken;
}

static void call(void *context) { sem_post(context); }

/* Waits for the descriptor, or for a callback. */
static void wait_for_news(struct receiver *receiver, uint32_t kind) {
    tributary_channel *channel = receiver->run->channel;
    int error;
    if (kind == EVENT_LOOP) {
        struct pollfd set = {tributary_channel_file_descriptor(channel), POLLIN, 0};
        error = tributary_channel_arm(channel);
        if (error == 0 && one_in(&receiver->random, 8)) return; /* the next call takes the watch back */
        if (error == 0)
            while (poll(&set, 1, -1) < 0) {
            }
    } else {
        error = tributary_channel_notify(channel, call, &receiver->called);
        bool takes_back = one_in(&receiver->random, 4);
        if (error == 0 && (!takes_back || tributary_channel_notify_cancel(channel) == -EALREADY))
            while (sem_wait(&receiver->called) != 0) {
            }
    }
    if (error != 0 && error != -EALREADY) chaos_fail("waiting for news: %d", error);
}

static ptrdiff_t receive_some(struct receiver *receiver, uint32_t kind) {
    _Alignas(8) unsigned char messages[LARGEST_BATCH * LEDGER_LARGEST_MESSAGE];
    size_t count = 1 + random_below(&receiver->random, LARGEST_BATCH);
    int64_t time = (int64_t)random_below(&receiver->random, 60000);
    if (kind == EVENT_LOOP && receiver->run->options.parker != TRIBUTARY_PARKER_EVENTFD) kind = CALLBACK;
    if (claims(receiver)) begin(receiver);
    if (kind & (EVENT_LOOP | CALLBACK)) {
        wait_for_news(receiver, kind);
        kind = TRY_BATCH;
    }
    if (kind == PAUSE) return receive_in_place(receiver, TIMED_IN_PLACE, count, time, true);
    if (kind & IN_PLACE) return receive_in_place(receiver, kind, count, time, false);
    begin(receiver);
    ptrdiff_t result = receive(receiver, kind, messages, count, time);
    if (result > 0) delivered(receiver, messages, (size_t)result);
    return result;
}

static void ask(struct receiver *receiver) {
    tributary_statistics statistics;
    tributary_channel *channel = receiver->run->channel;
    uint64_t least = ledger_least_length();
    uint64_t length = tributary_channel_length(channel);
    uint64_t greatest = ledger_greatest_length();
    if (length < least || length > greatest)
        chaos_fail("a length of %llu, with %llu to %llu undelivered", (unsigned long long)length, (unsigned long long)least,
                   (unsigned long long)greatest);
    if (tributary_channel_statistics(channel, &statistics) != 0) chaos_fail("statistics");
    /* What is taken is in the sums, and was sent before. (Who drops its oldest message may be ahead of a close.) */
    if (receiver->run->options.overflow != TRIBUTARY_OVERFLOW_DROP_OLDEST &&
        statistics.sent < statistics.received + statistics.dropped)
        chaos_fail("%llu sent, %llu received, %llu dropped", (unsigned long long)statistics.sent,
                   (unsigned long long)statistics.received, (unsigned long long)statistics.dropped);
    if (tributary_channel_is_closed(channel) && !__atomic_load_n(&receiver->run->closed, __ATOMIC_ACQUIRE))
        chaos_fail("closed by nobody");
    if (tributary_channel_sender_count(channel) > 2 * CHAOS_THREADS) chaos_fail("too many senders");
    if (claims(receiver)) begin(receiver);
    ptrdiff_t found = tributary_channel_poll(channel, 16);
    if (found > 0 && claims(receiver)) receiver->claimed = (size_t)found;
}

/* False: this was the end. */
static bool act(struct receiver *receiver) {
    uint32_t kinds = receiver->run->scenario->receives & ~(uint32_t)BURST, kind;
    do
        kind = 1u << random_below(&receiver->random, 14);
    while (!(kinds & kind));
    if (kind == ASK) {
        ask(receiver);
        return true;
    }
    ptrdiff_t result = receive_some(receiver, kind);
    if (result > 0) chaos_step();
    if (result >= 0 || result == -EAGAIN || result == -ETIMEDOUT) {
        bool waits = kind & (WAIT | WAIT_BATCH | WAIT_IN_PLACE);
        if (result < 0 && waits) chaos_fail("a receive of kind %x: %td", kind, result);
        if (result == -EAGAIN && one_in(&receiver->random, 8)) chaos_stand_still(100);
        return true;
    }
    if (result != -EPIPE) chaos_fail("a receive of kind %x: %td", kind, result);
    return false;
}

void *run_receiver(void *argument) {
    struct run *run = argument;
    struct receiver receiver = {.run = run};
    chaos_enter(1, "receiver");
    receiver.random = random_stream(run->seed, 1000);
    sem_init(&receiver.called, 0, 0);
    while (act(&receiver)) {
        if (ledger_delivered() < run->end_at || run->end == DRAIN || run->end == REQUEST) continue;
        __atomic_store_n(&run->closed, true, __ATOMIC_RELEASE);
        if (run->end == DESTROY) break;
        if (tributary_channel_close(run->channel) != 0) chaos_fail("close");
        run->end_at = UINT64_MAX;
    }
    begin(&receiver);
    tributary_channel_destroy(run->channel);
    sem_destroy(&receiver.called);
    chaos_step();
    return NULL;
}
