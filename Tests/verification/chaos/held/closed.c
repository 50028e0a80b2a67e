/* SPDX-License-Identifier: Apache-2.0 */
/* The close against a shared send that stands at any of its points, while the close stands at any of its own: the message is received, or
 * it is the sender's, never both (K1). The receiver waits by a callback, which sends too, by the same thread's lane. */
#include "held.h"

#include <errno.h>

enum { MOST_POINTS = 400, STRIDE = 3 /* of the close's points: others for each point of the send */ };

static struct fixture fixture;

struct closing {
    struct stop sender_stop, close_stop;
    tributary_shared_sender *sender, *other; /* the callback sends by the other */
    int sender_point, close_point, result, result_of_callback;
    atomic_bool has_lane, may_send, called;
};

static void send_from_callback(void *context) {
    struct closing *own = context;
    own->result_of_callback = send_word_shared(own->other, 2);
    atomic_store(&own->called, true);
}

static void send_held(void *context, size_t index) {
    struct closing *own = context;
    (void)index;
    require_equal(send_word_shared(own->sender, 0), 0);
    atomic_store(&own->has_lane, true);
    await(atomic_load(&own->may_send));
    hold_at(&own->sender_stop, own->sender_point);
    own->result = send_word_shared(own->sender, 1);
    hold_no_more(&own->sender_stop);
}

static void close_held(void *context, size_t index) {
    struct closing *own = context;
    (void)index;
    hold_at(&own->close_stop, own->close_point);
    require_equal(tributary_channel_close(fixture.channel), 0);
    hold_no_more(&own->close_stop);
}

/* Whether the send, and the close, had such a point. */
static void run(const struct configuration *configuration, size_t capacity, int sender_point, int close_point, bool *sender_held,
                bool *close_held_) {
    struct closing own = {.sender_point = sender_point, .close_point = close_point, .result_of_callback = -EPIPE};
    struct worker sender, closer;
    bool has[3] = {false, false, false};
    uint64_t word;
    int times;
    fixture_open_words(&fixture, configuration, capacity);
    own.sender = fixture_shared_sender(&fixture);
    own.other = fixture_shared_sender(&fixture);
    worker_start(&sender, send_held, &own, 0);
    await(atomic_load(&own.has_lane));
    require_word(fixture.channel, 0);
    for (times = 0; tributary_channel_notify(fixture.channel, send_from_callback, &own) != 0; times++)
        require(times < 10);
    atomic_store(&own.may_send, true);
    *sender_held = hold_await(&own.sender_stop);
    worker_start(&closer, close_held, &own, 0);
    *close_held_ = hold_await(&own.close_stop);
    stop_release(&own.sender_stop);
    /* It may wait for a mutex that the close stands with. */
    for (times = 0; times < 200 && !atomic_load(&sender.finished); times++)
        give_way();
    stop_release(&own.close_stop);
    worker_join(&sender);
    worker_join(&closer);
    while (tributary_channel_try_receive(fixture.channel, &word, sizeof word) == 0) {
        require(word == 1 || word == 2);
        require(!has[word]);
        has[word] = true;
    }
    require_equal(own.result, has[1] ? 0 : -EPIPE);
    require_equal(own.result_of_callback, has[2] ? 0 : -EPIPE);
    tributary_shared_sender_destroy(own.sender);
    tributary_shared_sender_destroy(own.other);
    fixture_finish(&fixture);
}

MATRIX_TEST(both_ends_held) {
    static const size_t capacities[] = {TRIBUTARY_UNBOUNDED, 64};
    size_t c;
    for (c = 0; c < 2; c++) {
        bool sender_held = true;
        int sender_point, close_point;
        for (sender_point = 1; sender_held && sender_point < MOST_POINTS; sender_point++) {
            bool close_held_now = true;
            for (close_point = 1 + sender_point % STRIDE; close_held_now && close_point < MOST_POINTS; close_point += STRIDE) {
                test_note("capacity %zu, point %d of the send, %d of the close", capacities[c], sender_point, close_point);
                run(configuration, capacities[c], sender_point, close_point, &sender_held, &close_held_now);
            }
        }
        require(!sender_held);
    }
}

void a_close_never_gives_a_message_to_both_ends(void **state) { both_ends_held(state); }
