/* SPDX-License-Identifier: Apache-2.0 */
/* The sending ends: each thread sends its sequence until it is told to stop, or the channel is closed. */
#include <errno.h>
#include <sched.h>

#include "soak.h"

/* An unbounded channel would take all memory from a receiver that has to wait for its processor. */
enum { MOST_BYTES_AHEAD = 8 << 20, NANOSECONDS_OF_PATIENCE = 50000 };

static void wake(void *context) {
    sem_post(context);
}

static void sleep_on(sem_t *semaphore) {
    while (sem_wait(semaphore) != 0)
        if (errno != EINTR) unexpected("sem_wait", errno);
}

static ptrdiff_t one(int result) {
    return result == 0 ? 1 : result;
}

/* How this call of send waits: not at all, for ever, or for a little. */
enum patience { TRY, WAIT, TIMED };

static ptrdiff_t offer_in_place(struct producer *producer, enum patience patience, size_t count) {
    tributary_sender *sender = producer->exclusive;
    void *slots;
    ptrdiff_t room = patience == TRY    ? tributary_sender_try_reserve(sender, count, &slots)
                     : patience == WAIT ? tributary_sender_reserve(sender, count, &slots)
                                        : tributary_sender_reserve_timeout(sender, count, &slots, NANOSECONDS_OF_PATIENCE);
    if (room < 0) return room;
    messages_write(slots, producer->life->words, (size_t)room, word_of(producer->identity, producer->sequence));
    int result = tributary_sender_commit(sender, (size_t)room);
    return result == 0 ? room : result;
}

static ptrdiff_t offer(struct producer *producer, enum method method, enum patience patience, size_t count) {
    size_t size = producer->life->words * sizeof(uint64_t);
    uint64_t *messages = producer->buffer;
    tributary_sender *sender = producer->exclusive;
    tributary_shared_sender *shared = producer->shared;
    if (method == IN_PLACE && sender != NULL) return offer_in_place(producer, patience, count);
    messages_write(messages, producer->life->words, count, word_of(producer->identity, producer->sequence));
    if (method == SINGLES) {
        if (sender != NULL)
            return one(patience == TRY    ? tributary_sender_try_send(sender, messages, size)
                       : patience == WAIT ? tributary_sender_send(sender, messages, size)
                                          : tributary_sender_send_timeout(sender, messages, size, NANOSECONDS_OF_PATIENCE));
        return one(patience == TRY    ? tributary_shared_sender_try_send(shared, messages, size)
                   : patience == WAIT ? tributary_shared_sender_send(shared, messages, size)
                                      : tributary_shared_sender_send_timeout(shared, messages, size, NANOSECONDS_OF_PATIENCE));
    }
    if (sender != NULL)
        return patience == TRY    ? tributary_sender_try_send_batch(sender, messages, count, size)
               : patience == WAIT ? tributary_sender_send_batch(sender, messages, count, size)
                                  : tributary_sender_send_batch_timeout(sender, messages, count, size, NANOSECONDS_OF_PATIENCE);
    return patience == TRY    ? tributary_shared_sender_try_send_batch(shared, messages, count, size)
           : patience == WAIT ? tributary_shared_sender_send_batch(shared, messages, count, size)
                              : tributary_shared_sender_send_batch_timeout(shared, messages, count, size,
                                                                           NANOSECONDS_OF_PATIENCE);
}

static bool told_to_stop(struct producer *producer) {
    return producer->closed || atomic_load_explicit(&producer->life->stop, memory_order_relaxed);
}

/* A full channel whose sender does not block: a callback comes when there is room. */
static void await_room(struct producer *producer) {
    if (producer->exclusive != NULL) {
        int armed = tributary_sender_notify(producer->exclusive, wake, &producer->woken);
        if (armed == 0) sleep_on(&producer->woken);
        else if (armed != -EALREADY) unexpected("tributary_sender_notify", armed);
        return;
    }
    tributary_shared_waiter waiter = {.notify = wake, .context = &producer->woken};
    int armed = tributary_shared_sender_notify(producer->shared, &waiter);
    if (armed == 0) sleep_on(&producer->woken);
    else if (armed != -EALREADY) unexpected("tributary_shared_sender_notify", armed);
    /* Whoever was called and does not send leaves the room to the next one. */
    if (armed == 0 && told_to_stop(producer)) tributary_shared_sender_decline(producer->shared);
}

static void stay_in_reach(struct producer *producer) {
    size_t most = MOST_BYTES_AHEAD / (producer->life->words * sizeof(uint64_t));
    while (!told_to_stop(producer)) {
        bool closed = producer->exclusive != NULL ? tributary_sender_is_closed(producer->exclusive)
                                                  : tributary_shared_sender_is_closed(producer->shared);
        size_t ahead = producer->exclusive != NULL ? tributary_sender_length(producer->exclusive)
                                                   : tributary_shared_sender_length(producer->shared);
        if (closed || ahead < most) return;
        sched_yield();
    }
}

/* Until the budget is used up, or there is nothing more to do. */
static void send_some(struct producer *producer) {
    struct life *life = producer->life;
    const struct scenario *scenario = life->scenario;
    bool callback = life->waiting == CALLBACK;
    uint64_t look_at = producer->sequence + 4 * PORTION;
    while (producer->budget > 0 && !told_to_stop(producer)) {
        enum method method = scenario->method;
        enum patience patience = callback ? TRY : WAIT;
        if (method == METHODS) method = (enum method)random_below(&producer->random, METHODS);
        if (scenario->course == TIMEOUTS && !callback) patience = random_below(&producer->random, 4) == 0 ? TRY : TIMED;
        size_t count = method == SINGLES ? 1 : any_count(&producer->random);
        if (count > producer->budget) count = producer->budget;
        ptrdiff_t sent = offer(producer, method, patience, count);
        if (sent > 0 && (size_t)sent <= count) {
            producer->sequence += (uint64_t)sent;
            producer->budget -= (uint64_t)sent;
            if (scenario->capacity == TRIBUTARY_UNBOUNDED && producer->sequence >= look_at) {
                stay_in_reach(producer);
                look_at = producer->sequence + 4 * PORTION;
            }
        } else if (sent == -EPIPE && life->close_at != UINT64_MAX) {
            producer->closed = true;
        } else if (sent == -EAGAIN && patience == TRY) {
            if (callback) await_room(producer);
        } else if (sent != -ETIMEDOUT || patience != TIMED) {
            unexpected("a send", sent);
        }
    }
    if (life->asked_by_sender && producer->sequence >= life->close_at && !producer->closed) {
        int asked = producer->exclusive != NULL ? tributary_sender_request_close(producer->exclusive)
                                                : tributary_shared_sender_request_close(producer->shared);
        if (asked != 0) unexpected("request_close", asked);
    }
}

static void *send_some_in_a_thread(void *producer) {
    send_some(producer);
    return NULL;
}

static void account(struct producer *producer) {
    producer->life->accepted_of[producer->identity] = producer->sequence;
    atomic_fetch_add(&producer->life->accepted, producer->sequence);
}

/* Another end takes the place of this one. A lane of its own begins another order; shared ends are of one. */
static void change_ends(struct producer *producer) {
    int result;
    if (producer->shared != NULL) {
        tributary_shared_sender *successor;
        result = tributary_shared_sender_clone(producer->shared, &successor);
        if (result == 0) {
            tributary_shared_sender_destroy(producer->shared);
            producer->shared = successor;
        }
    } else {
        uint64_t identity = atomic_fetch_add(&producer->life->identities, 1);
        tributary_sender *successor;
        if (identity >= MOST_IDENTITIES) {
            atomic_store(&producer->life->identities, MOST_IDENTITIES);
            return;
        }
        result = tributary_sender_clone(producer->exclusive, &successor);
        if (result == 0) {
            account(producer);
            tributary_sender_destroy(producer->exclusive);
            producer->exclusive = successor;
            producer->identity = identity;
            producer->sequence = 0;
        }
    }
    if (result != 0) unexpected("clone", result);
}

void *produce(void *argument) {
    struct producer *producer = argument;
    struct life *life = producer->life;
    while (!told_to_stop(producer)) {
        producer->budget = UINT64_MAX;
        if (life->scenario->course == COME_AND_GO) producer->budget = 1 + random_below(&producer->random, UINT64_C(1) << random_below(&producer->random, 18));
        /* Those who ask for the close go on afterwards, until they hear of it. */
        if (life->asked_by_sender && producer->sequence < life->close_at) producer->budget = life->close_at - producer->sequence;
        pthread_t thread;
        if (life->scenario->course == COME_AND_GO && random_below(&producer->random, 2) == 0 &&
            pthread_create(&thread, NULL, send_some_in_a_thread, producer) == 0)
            pthread_join(thread, NULL);
        else
            send_some(producer);
        if (life->scenario->course == COME_AND_GO && !told_to_stop(producer)) change_ends(producer);
    }
    account(producer);
    tributary_sender_destroy(producer->exclusive);
    tributary_shared_sender_destroy(producer->shared);
    return NULL;
}
