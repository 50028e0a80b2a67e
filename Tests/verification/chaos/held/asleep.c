/* SPDX-License-Identifier: Apache-2.0 */
/* Shared messages of a thread whose send has returned are received, and wake the receiver, while another thread stands at any point of
 * its own send: the one that was to enqueue them, or to wake the receiver (F3). */
#define _GNU_SOURCE
#include "held.h"

#include <errno.h>
#include <poll.h>

#include "../../../../Sources/CTributary/core.h"

enum { NEVER = 1 << 30,
       RECEIVER_POINTS = 240, /* more than the receiver has until it sleeps, unless it looks again and again at what is not linked */
       STRIDE = 25, /* of the receiver's points: others for each point of the send */
       OWN = 1, OTHER = 2 };

struct kind {
    size_t capacity;
    tributary_overflow overflow;
};

enum way { RECEIVES, IS_CALLED, WATCHES };

struct ends {
    struct stop sender_stop, receiver_stop;
    tributary_shared_sender *sender;
    int sender_point, receiver_point;
    enum way way;
    atomic_bool has_lane, may_send, has_other, waits_for_call;
    atomic_int calls;
};

static struct fixture fixture;

static void send_held(void *context, size_t index) {
    struct ends *own = context;
    (void)index;
    require_equal(send_word_shared(own->sender, 0), 0);
    atomic_store(&own->has_lane, true);
    await(atomic_load(&own->may_send));
    hold_at(&own->sender_stop, own->sender_point);
    require_equal(send_word_shared(own->sender, OWN), 0);
    hold_no_more(&own->sender_stop);
}

static void call_nobody(void *context) { (void)context; }

static void call(void *context) { atomic_fetch_add((atomic_int *)context, 1); }

/* The next message has to be enqueued. */
static void let_go(void) {
    int times;
    for (times = 0; tributary_channel_notify(fixture.channel, call_nobody, NULL) != 0; times++)
        require(times < 10);
    require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
    require_equal(tributary_load_relaxed(&fixture.channel->shared_front.state) & TRIBUTARY_LANE_READY, 0);
}

/* Returns when there may be a message. */
static void wait_for_word(struct ends *own) {
    if (own->way == IS_CALLED) {
        int calls = atomic_load(&own->calls);
        int error = tributary_channel_notify(fixture.channel, call, &own->calls);
        require(error == 0 || error == -EALREADY);
        atomic_store(&own->waits_for_call, error == 0);
        if (error == 0)
            await(atomic_load(&own->calls) != calls);
        else
            give_way();
    } else {
        int error = tributary_channel_arm(fixture.channel);
        require(error == 0 || error == -EALREADY);
        if (error == 0) {
            struct pollfd descriptor = {.fd = tributary_channel_file_descriptor(fixture.channel), .events = POLLIN};
            require_equal(poll(&descriptor, 1, -1), 1);
        } else {
            give_way();
        }
    }
}

static uint64_t receive_word(struct ends *own) {
    uint64_t word;
    if (own->way == RECEIVES) {
        require_equal(tributary_channel_receive(fixture.channel, &word, sizeof word), 0);
        return word;
    }
    for (;;) {
        int error = tributary_channel_try_receive(fixture.channel, &word, sizeof word);
        if (error == 0)
            return word;
        require_equal(error, -EAGAIN);
        wait_for_word(own);
    }
}

static void receive_both(void *context, size_t index) {
    struct ends *own = context;
    bool has[3] = {false, false, false};
    (void)index;
    worker_announces_sleep();
    hold_at(&own->receiver_stop, own->receiver_point);
    while (!has[OWN] || !has[OTHER]) {
        uint64_t word = receive_word(own);
        require(word == OWN || word == OTHER);
        require(!has[word]);
        has[word] = true;
        if (has[OTHER])
            atomic_store(&own->has_other, true);
    }
    hold_no_more(&own->receiver_stop);
}

enum order { ASLEEP_BEFORE, ASLEEP_AFTERWARDS };

/* Nobody has taken its word yet. */
static bool is_asleep(void) {
    uint32_t word = tributary_load_acquire(&fixture.channel->parker.word);
    return word != TRIBUTARY_PARKER_EMPTY && word != TRIBUTARY_PARKER_FIRING;
}

/* What is documented to hold up others: a send to a channel that drops its oldest message, with the mutex (sender.h); who has taken a
 * sleeper's word and not yet woken it (parker.h). */
static bool holds_up_others(enum order order) {
    if (pthread_mutex_trylock(&fixture.channel->shared->mutex) != 0)
        return true;
    pthread_mutex_unlock(&fixture.channel->shared->mutex);
    return order == ASLEEP_BEFORE && !is_asleep();
}

/* It can go no further without a message. */
static bool is_waiting(struct ends *own, struct worker *receiver) {
    return own->way == IS_CALLED ? atomic_load(&own->waits_for_call) : worker_is_asleep(receiver);
}

struct result {
    bool sender_held, receiver_held; /* false: it had no such point */
};

/* Runs in which the other message was received while the sender was held. */
static int past_a_stopped_sender;

static struct result run(struct ends *own, enum order order) {
    struct worker sender, receiver;
    struct result result;
    own->sender = fixture_shared_sender(&fixture);
    worker_start(&sender, send_held, own, 0);
    await(atomic_load(&own->has_lane));
    require_word(fixture.channel, 0);
    require_equal(send_word_shared(own->sender, 0), 0);
    require_word(fixture.channel, 0);
    let_go();

    if (order == ASLEEP_BEFORE) {
        worker_start(&receiver, receive_both, own, 0);
        await(is_waiting(own, &receiver) && is_asleep());
    }
    atomic_store(&own->may_send, true);
    result.sender_held = hold_await(&own->sender_stop);
    if (order == ASLEEP_AFTERWARDS) {
        worker_start(&receiver, receive_both, own, 0);
        await(atomic_load(&own->receiver_stop.reached) || is_waiting(own, &receiver));
    }
    result.receiver_held = atomic_load(&own->receiver_stop.reached);
    if (holds_up_others(order))
        stop_release(&own->sender_stop);
    /* It may be held with the condition's mutex, which who wakes it needs. */
    if (fixture.channel->parker.kind == TRIBUTARY_PARKER_CONDITION)
        stop_release(&own->receiver_stop);
    require_equal(send_word_shared(own->sender, OTHER), 0);
    stop_release(&own->receiver_stop);
    await(atomic_load(&own->has_other));
    if (result.sender_held && !atomic_load(&own->sender_stop.released))
        past_a_stopped_sender++;
    stop_release(&own->sender_stop);
    worker_join(&receiver);
    worker_join(&sender);
    tributary_shared_sender_destroy(own->sender);
    return result;
}

static struct result run_once(const struct configuration *configuration, const struct kind *kind, enum order order, enum way way,
                              int sender_point, int receiver_point) {
    struct ends own = {.way = way, .sender_point = sender_point, .receiver_point = receiver_point};
    struct result result;
    test_goes_on();
    test_note("way %d, order %d, capacity %zu, overflow %d, point %d of the send, %d of the receiver", way, order, kind->capacity,
              kind->overflow, sender_point, receiver_point);
    fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), kind->capacity);
    fixture.options.overflow = kind->overflow;
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    result = run(&own, order);
    fixture_finish(&fixture);
    return result;
}

static void run_all(const struct configuration *configuration, const struct kind *kind) {
    int way;
    for (way = RECEIVES; way <= WATCHES; way++) {
        struct result result = {.sender_held = true};
        int sender_point, receiver_point;
        if (way == WATCHES && configuration->parker != TRIBUTARY_PARKER_EVENTFD)
            continue;
        past_a_stopped_sender = 0;
        for (sender_point = 1; result.sender_held; sender_point++) {
            run_once(configuration, kind, ASLEEP_BEFORE, way, sender_point, NEVER);
            receiver_point = 1 + 7 * sender_point % STRIDE;
            do {
                result = run_once(configuration, kind, ASLEEP_AFTERWARDS, way, sender_point, receiver_point);
                receiver_point += STRIDE;
            } while (result.receiver_held && receiver_point < RECEIVER_POINTS);
        }
        require(past_a_stopped_sender > (kind->overflow == TRIBUTARY_OVERFLOW_WAIT ? 20 : 0)); /* one lane: most points are under its mutex */
    }
}

static void in_one_order(const struct configuration *configuration) {
    run_all(configuration, &(struct kind){TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT});
    run_all(configuration, &(struct kind){64, TRIBUTARY_OVERFLOW_WAIT});
}

static void on_one_lane(const struct configuration *configuration) {
    run_all(configuration, &(struct kind){64, TRIBUTARY_OVERFLOW_DROP_OLDEST});
}

/* ---- Also when the other thread begins to stream meanwhile ------------------------------------------------------ */

enum { MANY = 1100 }; /* more than twice as many as it takes */

static atomic_int received_of_many;

static void receive_many(void *context, size_t index) {
    struct ends *own = context;
    int expected = 0, rest = MANY + 1;
    (void)index;
    for (; rest > 0; rest--) {
        uint64_t word = receive_word(own);
        if (word == OWN)
            continue;
        require_equal(word, OTHER + expected);
        atomic_store(&received_of_many, ++expected);
    }
}

static bool run_many(const struct configuration *configuration, int sender_point) {
    struct ends own = {.way = RECEIVES, .sender_point = sender_point};
    struct worker sender, receiver;
    bool held;
    int n;
    test_note("point %d of the send", sender_point);
    fixture_prepare(&fixture, configuration, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    fixture_sleep_at_once(&fixture);
    fixture_open(&fixture);
    own.sender = fixture_shared_sender(&fixture);
    atomic_store(&received_of_many, 0);
    worker_start(&sender, send_held, &own, 0);
    await(atomic_load(&own.has_lane));
    require_word(fixture.channel, 0);
    let_go();
    atomic_store(&own.may_send, true);
    held = hold_await(&own.sender_stop);
    worker_start(&receiver, receive_many, &own, 0);
    for (n = 0; n < MANY; n++) {
        require_equal(send_word_shared(own.sender, OTHER + (uint64_t)n), 0);
        await(atomic_load(&received_of_many) == n + 1);
        /* Not each time: some are sent while it is on its way to sleep. */
        if (n % 4 == 0)
            await(is_asleep() || atomic_load(&own.sender_stop.released));
    }
    stop_release(&own.sender_stop);
    worker_join(&receiver);
    worker_join(&sender);
    tributary_shared_sender_destroy(own.sender);
    fixture_finish(&fixture);
    return held;
}

MATRIX_TEST(each_of_many_wakes_it) {
    int sender_point = 1;
    while (run_many(configuration, sender_point))
        sender_point++;
    require(sender_point > 10);
}

void each_of_many_messages_wakes_the_receiver_past_a_stopped_sender(void **state) { each_of_many_wakes_it(state); }

void shared_messages_wake_the_receiver_past_a_stopped_sender(void **state) {
    (void)state;
    matrix_run(in_one_order);
}

void so_they_do_where_the_oldest_is_dropped(void **state) {
    (void)state;
    matrix_run(on_one_lane);
}
