/* SPDX-License-Identifier: Apache-2.0 */
/* A sending thread. */
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "ledger.h"
#include "run.h"

enum { LARGEST_BATCH = 24 };

/* In the order of the bits. */
enum sending { SEND_TRY, SEND_WAIT, SEND_TIMED, BATCH_TRY, BATCH_WAIT, BATCH_TIMED, PLACE_TRY, PLACE_WAIT, PLACE_TIMED };

static ptrdiff_t one(int result) { return result == 0 ? 1 : result; }

static ptrdiff_t send_exclusive(tributary_sender *sender, enum sending kind, const void *messages, size_t count,
                                size_t size, int64_t time) {
    switch (kind) {
    case SEND_TRY: return one(tributary_sender_try_send(sender, messages, size));
    case SEND_WAIT: return one(tributary_sender_send(sender, messages, size));
    case SEND_TIMED: return one(tributary_sender_send_timeout(sender, messages, size, time));
    case BATCH_TRY: return tributary_sender_try_send_batch(sender, messages, count, size);
    case BATCH_WAIT: return tributary_sender_send_batch(sender, messages, count, size);
    default: return tributary_sender_send_batch_timeout(sender, messages, count, size, time);
    }
}

static ptrdiff_t send_shared(tributary_shared_sender *shared, enum sending kind, const void *messages, size_t count,
                             size_t size, int64_t time) {
    switch (kind) {
    case SEND_TRY: return one(tributary_shared_sender_try_send(shared, messages, size));
    case SEND_WAIT: return one(tributary_shared_sender_send(shared, messages, size));
    case SEND_TIMED: return one(tributary_shared_sender_send_timeout(shared, messages, size, time));
    case BATCH_TRY: return tributary_shared_sender_try_send_batch(shared, messages, count, size);
    case BATCH_WAIT: return tributary_shared_sender_send_batch(shared, messages, count, size);
    default: return tributary_shared_sender_send_batch_timeout(shared, messages, count, size, time);
    }
}

/* Reserves, writes some, commits as many, which may be none. */
static ptrdiff_t send_in_place(struct sending_thread *thread, enum sending kind, size_t count, int64_t time) {
    void *slots = NULL;
    ptrdiff_t room = kind == PLACE_TRY    ? tributary_sender_try_reserve(thread->sender, count, &slots)
                     : kind == PLACE_WAIT ? tributary_sender_reserve(thread->sender, count, &slots)
                                          : tributary_sender_reserve_timeout(thread->sender, count, &slots, time);
    if (room <= 0) return room;
    if ((size_t)room > count) chaos_fail("%td slots reserved, %zu asked for", room, count);
    size_t used = random_below(&thread->random, (uint64_t)room + 1);
    ledger_write(thread->stream, slots, used);
    int error = tributary_sender_commit(thread->sender, used);
    if (error != 0 && error != -EPIPE) chaos_fail("commit: %d", error);
    return error == 0 ? (ptrdiff_t)used : error;
}

/* Passes no point meanwhile, and calls nothing of the core. */
static void await_delivery(const struct sending_thread *thread) {
    while (!ledger_is_drained(thread->stream)) sched_yield();
}

/* Whether the thread may go on. */
static bool settle(struct sending_thread *thread, enum sending kind, ptrdiff_t result, size_t count) {
    if (result >= 0) {
        if ((size_t)result > count) chaos_fail("%td messages sent, of %zu", result, count);
        ledger_accept(thread->stream, (size_t)result);
        if (result > 0) chaos_step();
        if (thread->run->scenario->awaits_delivery) await_delivery(thread);
        thread->left -= (uint64_t)result;
        return true;
    }
    bool limited = kind == SEND_TIMED || kind == BATCH_TIMED || kind == PLACE_TIMED;
    bool tries = kind == SEND_TRY || kind == BATCH_TRY || kind == PLACE_TRY;
    bool waits = thread->run->options.overflow == TRIBUTARY_OVERFLOW_WAIT;
    if (result == -EPIPE && __atomic_load_n(&thread->run->closed, __ATOMIC_ACQUIRE)) return false;
    /* Where the newest is dropped there is nothing to be dropped by a reservation. */
    bool reserves = kind >= PLACE_TRY && thread->run->options.overflow == TRIBUTARY_OVERFLOW_DROP_NEWEST;
    if (result == -EAGAIN && ((tries && waits) || reserves)) {
        if (one_in(&thread->random, 4)) chaos_stand_still(200);
        return true;
    }
    if (result == -ETIMEDOUT && limited && waits) return true;
    chaos_fail("a send of kind %d: %td", (int)kind, result);
}

static bool send_some(struct sending_thread *thread, enum sending kind) {
    size_t size = thread->run->options.message_size;
    _Alignas(8) unsigned char messages[LARGEST_BATCH * LEDGER_LARGEST_MESSAGE];
    size_t count = kind < BATCH_TRY ? 1 : 1 + random_below(&thread->random, LARGEST_BATCH);
    if (count > thread->left) count = thread->left;
    int64_t time = (int64_t)random_below(&thread->random, 60000);
    if (kind >= PLACE_TRY && thread->shared == NULL)
        return settle(thread, kind, send_in_place(thread, kind, count, time), count);
    if (kind >= PLACE_TRY) kind -= PLACE_TRY - BATCH_TRY;
    ledger_write(thread->stream, messages, count);
    ptrdiff_t result = thread->shared != NULL
                           ? send_shared(thread->shared, kind, messages, count, size, time)
                           : send_exclusive(thread->sender, kind, messages, count, size, time);
    return settle(thread, kind, result, count);
}

static void call(void *context) { sem_post(context); }

static void await_call(struct sending_thread *thread) {
    while (sem_wait(&thread->called) != 0) {
    }
}

/* Waits for room by callback, then tries to send. */
static bool send_when_called(struct sending_thread *thread) {
    bool takes_back = one_in(&thread->random, 4);
    tributary_shared_waiter waiter = {.notify = call, .context = &thread->called};
    int error = thread->shared != NULL ? tributary_shared_sender_notify(thread->shared, &waiter)
                                       : tributary_sender_notify(thread->sender, call, &thread->called);
    if (error == 0) {
        error = !takes_back               ? -EALREADY
                : thread->shared != NULL ? tributary_shared_sender_notify_cancel(thread->shared, &waiter)
                                         : tributary_sender_notify_cancel(thread->sender);
        if (error == -EALREADY) await_call(thread);
        if (error == -EALREADY && thread->shared != NULL && one_in(&thread->random, 8)) {
            tributary_shared_sender_decline(thread->shared);
            return true;
        }
    }
    if (error != 0 && error != -EALREADY) chaos_fail("a callback of room: %d", error);
    return send_some(thread, SEND_TRY);
}

/* For the receiver to keep the lane, and for the lane to stream, and then not. */
static bool send_burst(struct sending_thread *thread) {
    for (uint64_t count = 64 << random_below(&thread->random, 6); count > 0 && thread->left > 0; count--)
        if (!send_some(thread, SEND_WAIT)) return false;
    if (one_in(&thread->random, 2)) chaos_stand_still(UINT64_C(1) << random_below(&thread->random, 14));
    return true;
}

/* Has itself called at the close, and takes that back. */
static void wait_for_close(struct sending_thread *thread) {
    tributary_shared_waiter waiter = {.notify = call, .context = &thread->called};
    int error = thread->shared != NULL
                    ? tributary_shared_sender_notify_closed(thread->shared, &waiter)
                    : tributary_sender_notify_closed(thread->sender, call, &thread->called);
    if (error != 0 && error != -EALREADY) chaos_fail("a callback of the close: %d", error);
    if (error != 0) return;
    error = thread->shared != NULL ? tributary_shared_sender_notify_cancel(thread->shared, &waiter)
                                   : tributary_sender_notify_cancel(thread->sender);
    if (error == -EALREADY) await_call(thread);
}

static void ask(struct sending_thread *thread) {
    const tributary_options *options = &thread->run->options;
    size_t length = thread->shared != NULL ? tributary_shared_sender_length(thread->shared)
                                           : tributary_sender_length(thread->sender);
    if (length > options->capacity) chaos_fail("%zu messages undelivered, capacity %zu", length, options->capacity);
    /* Whoever is told that it is closed can tell who closed it. */
    bool closed = thread->shared != NULL ? tributary_shared_sender_is_closed(thread->shared)
                                         : tributary_sender_is_closed(thread->sender);
    if (closed && !__atomic_load_n(&thread->run->closed, __ATOMIC_ACQUIRE)) chaos_fail("closed by nobody");
    if (thread->shared == NULL) tributary_sender_poll(thread->sender);
    wait_for_close(thread);
}

/* The thread goes on with a clone. */
static void turn_over(struct sending_thread *thread) {
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    int stream = thread->shared != NULL ? thread->stream : ledger_open_stream(false);
    if (stream < 0) return;
    int error = thread->shared != NULL ? tributary_shared_sender_clone(thread->shared, &shared)
                                       : tributary_sender_clone(thread->sender, &sender);
    if (error == -EPIPE && __atomic_load_n(&thread->run->closed, __ATOMIC_ACQUIRE)) return;
    if (error != 0) chaos_fail("clone: %d", error);
    if (thread->shared != thread->run->shared) tributary_shared_sender_destroy(thread->shared);
    tributary_sender_destroy(thread->sender);
    thread->sender = sender;
    thread->shared = shared;
    thread->stream = stream;
}

static bool act(struct sending_thread *thread, uint32_t kinds) {
    uint32_t kind;
    do
        kind = 1u << random_below(&thread->random, 14);
    while (!(kinds & kind));
    switch (kind) {
    case CALLBACK:
        if (thread->run->options.overflow == TRIBUTARY_OVERFLOW_WAIT) return send_when_called(thread);
        return send_some(thread, SEND_TRY);
    case BURST: return send_burst(thread);
    case ASK: ask(thread); return true;
    default: return send_some(thread, (enum sending)__builtin_ctz(kind));
    }
}

static void ask_for_close(struct sending_thread *thread) {
    __atomic_store_n(&thread->run->closed, true, __ATOMIC_RELEASE);
    int error = thread->shared != NULL ? tributary_shared_sender_request_close(thread->shared)
                                       : tributary_sender_request_close(thread->sender);
    if (error != 0) chaos_fail("request_close: %d", error);
}

static void end(struct sending_thread *thread) {
    if (thread->leaves_end) return;
    if (thread->shared != thread->run->shared) tributary_shared_sender_destroy(thread->shared);
    tributary_sender_destroy(thread->sender);
    thread->shared = NULL;
    thread->sender = NULL;
}

void *run_sender(void *argument) {
    struct sending_thread *thread = argument;
    const struct scenario *scenario = thread->run->scenario;
    uint32_t kinds = scenario->sends & ~(uint32_t)(EVENT_LOOP | PAUSE);
    bool open = true;
    chaos_enter(thread->number, thread->shared != NULL ? "shared sender" : "sender");
    uint64_t until = thread->successors > 0 ? thread->left - thread->left / (thread->successors + 1) : 0;
    while (open && thread->left > until) {
        if (thread->asks_for_close && thread->left <= thread->run->end_at) {
            ask_for_close(thread);
            thread->asks_for_close = false;
        }
        if (scenario->turnover && one_in(&thread->random, 16)) turn_over(thread);
        open = act(thread, kinds);
    }
    if (!open || thread->left == 0) {
        end(thread);
        thread->successors = 0;
    }
    chaos_step();
    return NULL;
}
