/* SPDX-License-Identifier: Apache-2.0 */
/* "Full" of shared senders (shared_turn.h): one that is held anywhere in its call holds, from others, no more places than it was asked to
 * send, and none once it has returned. */
#include "held.h"

#include <errno.h>

enum { CAPACITY = 64, WANTED = 40, MOST_POINTS = 400 };

static struct fixture fixture;

struct holder {
    struct stop stop;
    int point;
    tributary_shared_sender *sender;
    atomic_bool has_turn, may_send;
    ptrdiff_t sent;
};

static ptrdiff_t try_send_words(tributary_shared_sender *sender, uint64_t number, size_t count) {
    uint64_t words[CAPACITY];
    size_t n;
    for (n = 0; n < count; n++)
        words[n] = word_of(number, n);
    return tributary_shared_sender_try_send_batch(sender, words, count, sizeof words[0]);
}

static void send_held(void *context, size_t index) {
    struct holder *own = context;
    (void)index;
    require_equal(try_send_words(own->sender, 0, 1), 1);
    atomic_store(&own->has_turn, true);
    await(atomic_load(&own->may_send));
    hold_at(&own->stop, own->point);
    own->sent = try_send_words(own->sender, 1, WANTED);
    hold_no_more(&own->stop);
}

struct filler {
    tributary_shared_sender *sender;
    ptrdiff_t sent;
};

static void fill(void *context, size_t index) {
    struct filler *own = context;
    (void)index;
    own->sent = try_send_words(own->sender, 2, CAPACITY);
    if (own->sent == CAPACITY)
        require_equal(try_send_words(own->sender, 3, 1), -EAGAIN);
}

/* How many there were. */
static size_t drain(void) {
    uint64_t words[CAPACITY];
    size_t count = 0;
    ptrdiff_t part;
    while ((part = tributary_channel_try_receive_batch(fixture.channel, words, CAPACITY, sizeof words[0])) > 0)
        count += (size_t)part;
    require_equal(part, -EAGAIN);
    return count;
}

/* The holder's turn is taken from it before its call, or while it stands in it, or both. */
enum { BEFORE = 1, MEANWHILE = 2 };

static bool run(const struct configuration *configuration, int point, int taken) {
    struct holder holder = {.point = point};
    struct filler filler;
    struct worker sending, filling;
    size_t left;
    bool held;
    fixture_open_words(&fixture, configuration, CAPACITY);
    holder.sender = filler.sender = fixture_shared_sender(&fixture);
    worker_start(&sending, send_held, &holder, 0);
    await(atomic_load(&holder.has_turn));
    if (taken & BEFORE)
        require_equal(try_send_words(holder.sender, 0, 1), 1);
    drain();
    atomic_store(&holder.may_send, true);
    held = hold_await(&holder.stop);
    if (taken & MEANWHILE)
        require_equal(try_send_words(holder.sender, 0, 1), 1);
    left = drain();
    worker_start(&filling, fill, &filler, 0);
    worker_join(&filling);
    /* All places, or all but those that it was about to send to. */
    if (held && left < WANTED)
        require(filler.sent >= CAPACITY - WANTED);
    else
        require_equal(filler.sent, CAPACITY);
    stop_release(&holder.stop);
    worker_join(&sending);
    require(holder.sent == -EAGAIN || (holder.sent > 0 && holder.sent <= WANTED));
    drain();
    require_equal(try_send_words(holder.sender, 1, CAPACITY), CAPACITY);
    require_equal(try_send_words(holder.sender, 1, 1), -EAGAIN);
    require_equal(drain(), CAPACITY);
    tributary_shared_sender_destroy(holder.sender);
    fixture_finish(&fixture);
    return held;
}

MATRIX_TEST(places_of_a_held_call) {
    int taken;
    for (taken = 0; taken <= (BEFORE | MEANWHILE); taken++) {
        int point = 1;
        do
            test_note("turn taken %d, point %d of the send", taken, point);
        while (run(configuration, point++, taken));
        require(point > 10 && point < MOST_POINTS);
    }
}

void full_counts_no_more_than_what_a_held_call_asked_for(void **state) { places_of_a_held_call(state); }
