/* SPDX-License-Identifier: Apache-2.0 */
/* A length is looked at in two steps: what was received, what was sent. A thread that asks stands at each point between them, while the
 * two ends go on. */
#include "held.h"

enum { MOST_PAIRS = 6, MOST_POINTS = 60 /* more than a look has */ };

static struct fixture fixture;

struct observer {
    struct stop stop;
    tributary_sender *sender;
    tributary_shared_sender *shared;
    bool asks_the_end;
    int point;
    size_t length;
};

static void observe(void *context, size_t index) {
    struct observer *own = context;
    (void)index;
    hold_at(&own->stop, own->point);
    if (!own->asks_the_end)
        own->length = tributary_channel_length(fixture.channel);
    else if (own->shared != NULL)
        own->length = tributary_shared_sender_length(own->shared);
    else
        own->length = tributary_sender_length(own->sender);
    hold_no_more(&own->stop);
}

static void send_next(struct observer *own, uint64_t word) {
    require_equal(own->shared != NULL ? send_word_shared(own->shared, word) : send_word(own->sender, word), 0);
}

/* True while there are points left. There is one message or two all the time. */
static bool run(const struct configuration *configuration, size_t capacity, bool shared, bool asks_the_end, size_t pairs,
                int point) {
    struct observer own = {.asks_the_end = asks_the_end, .point = point};
    struct worker worker;
    size_t n, most = pairs + 1 < capacity ? pairs + 1 : capacity;
    bool held;
    fixture_open_words(&fixture, configuration, capacity);
    if (shared)
        own.shared = fixture_shared_sender(&fixture);
    else
        own.sender = fixture_sender(&fixture);
    send_next(&own, 0);
    worker_start(&worker, observe, &own, 0);
    held = hold_await(&own.stop);
    for (n = 1; n <= pairs; n++) {
        send_next(&own, n);
        require_word(fixture.channel, n - 1);
    }
    stop_release(&own.stop);
    worker_join(&worker);
    /* No more than was sent at all; not as signed numbers, since what underflows is large. */
    require(own.length >= 1);
    require(own.length <= most);
    tributary_sender_destroy(own.sender);
    tributary_shared_sender_destroy(own.shared);
    fixture_finish(&fixture);
    return held;
}

static void hold_at_each_point(const struct configuration *configuration) {
    static const size_t capacities[] = {3, TRIBUTARY_UNBOUNDED};
    size_t c, pairs;
    int shared, asks_the_end, point;
    for (c = 0; c < 2; c++)
        for (shared = 0; shared < 2; shared++)
            for (asks_the_end = 0; asks_the_end < 2; asks_the_end++)
                for (pairs = 1; pairs <= MOST_PAIRS; pairs++) {
                    bool held = true;
                    for (point = 1; held && point < MOST_POINTS; point++)
                        held = run(configuration, capacities[c], shared != 0, asks_the_end != 0, pairs, point);
                    require(!held);
                }
}

void fault_05_a_length_is_never_less_than_was_there_nor_more_than_the_capacity(void **state) {
    (void)state;
    matrix_run(hold_at_each_point);
}
