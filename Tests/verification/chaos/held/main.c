/* SPDX-License-Identifier: Apache-2.0 */
/* A thread is held at each point of its call in turn, and another one does its part meanwhile. */
#include "held.h"

#include "../../../../Sources/CTributary/segment.h"

static struct fixture fixture;

enum { MOST_POINTS = 400 }; /* more than any of these calls has */

/* ---- S1: who gets a spare segment, the sender that needs one or the receiver that gives it back ------------ */

enum { PAGE = 4096, BURST = 14, BURSTS = TRIBUTARY_SEGMENT_MUCH_BYTES / (BURST * PAGE) + 1 };

struct page_sender {
    struct stop stop;
    tributary_sender *sender;
    size_t before, point;
    atomic_uint_fast64_t sent;
};

static void send_page(struct page_sender *own) {
    static _Thread_local uint64_t page[PAGE / 8];
    page[0] = page[PAGE / 8 - 1] = atomic_load(&own->sent);
    require_equal(tributary_sender_try_send(own->sender, page, PAGE), 0);
    atomic_fetch_add(&own->sent, 1);
}

static void send_pages(void *context, size_t index) {
    struct page_sender *own = context;
    size_t n;
    (void)index;
    for (n = 0; n < own->before; n++)
        send_page(own);
    hold_at(&own->stop, (int)own->point);
    send_page(own);
    hold_no_more(&own->stop);
}

static uint64_t receive_pages(uint64_t received) {
    static uint64_t page[PAGE / 8];
    while (tributary_channel_try_receive(fixture.channel, page, PAGE) == 0) {
        require_equal(page[0], received);
        require_equal(page[PAGE / 8 - 1], received);
        received++;
    }
    return received;
}

static void call_nobody(void *context) { (void)context; }

/* Lets all lanes go, and gives spares back. */
static void let_go(void) {
    if (tributary_channel_notify(fixture.channel, call_nobody, NULL) == 0)
        require_equal(tributary_channel_notify_cancel(fixture.channel), 0);
}

MATRIX_TEST(a_spare_segment_goes_to_the_sender_or_to_the_receiver) {
    size_t before, point;
    for (before = 0; before < BURST; before++) {
        bool held = true;
        for (point = 1; held && point < MOST_POINTS; point++) {
            struct page_sender own = {.before = before, .point = point};
            struct worker worker;
            uint64_t received = 0;
            size_t burst, n;
            fixture_prepare(&fixture, configuration, PAGE, 8, TRIBUTARY_UNBOUNDED);
            fixture_open(&fixture);
            own.sender = fixture_sender(&fixture);
            test_note("point %zu of the send of page %zu", point, before);
            /* Both places of the lane are full, and so much was sent that the receiver, when it lets the lane go, gives both back. */
            for (burst = 0; burst < BURSTS; burst++) {
                for (n = 0; n < BURST; n++)
                    send_page(&own);
                received = receive_pages(received);
            }
            worker_start(&worker, send_pages, &own, 0);
            held = hold_await(&own.stop);
            received = receive_pages(received);
            let_go();
            stop_release(&own.stop);
            worker_join(&worker);
            for (burst = 0; burst < 2; burst++) {
                for (n = 0; n < BURST; n++)
                    send_page(&own);
                received = receive_pages(received);
            }
            require_equal(received, atomic_load(&own.sent));
            tributary_sender_destroy(own.sender);
            fixture_finish(&fixture);
        }
        require(!held);
    }
}

/* ---- M1: one order of shared messages, which agrees with real time ------------------------------------------ */

enum { EARLIER = 3, LATER = 5, MESSAGES = 5 };

struct shared_ends {
    struct stop sender_stop, receiver_stop;
    tributary_shared_sender *sender;
    int sender_point, receiver_point;
    atomic_bool has_lane, may_send, has_sent;
    uint64_t order[MESSAGES];
};

static void send_earlier(void *context, size_t index) {
    struct shared_ends *own = context;
    (void)index;
    require_equal(send_word_shared(own->sender, 2), 0);
    atomic_store(&own->has_lane, true);
    await(atomic_load(&own->may_send));
    hold_at(&own->sender_stop, own->sender_point);
    require_equal(send_word_shared(own->sender, EARLIER), 0);
    hold_no_more(&own->sender_stop);
    atomic_store(&own->has_sent, true);
}

static void receive_the_rest(void *context, size_t index) {
    struct shared_ends *own = context;
    size_t count = 2;
    (void)index;
    hold_at(&own->receiver_stop, own->receiver_point);
    while (count < MESSAGES) {
        uint64_t word;
        int error = tributary_channel_try_receive(fixture.channel, &word, sizeof word);
        require(error == 0 || error == -EAGAIN);
        if (error == 0)
            own->order[count++] = word;
    }
    hold_no_more(&own->receiver_stop);
}

/* True while there are points left: of the sender's call. */
static bool run_shared(const struct configuration *configuration, size_t capacity, int sender_point,
                       int receiver_point) {
    struct shared_ends own = {.sender_point = sender_point, .receiver_point = receiver_point};
    struct worker sender, receiver;
    size_t n, earlier = 0, later = 0;
    bool held;
    fixture_open_words(&fixture, configuration, capacity);
    own.sender = fixture_shared_sender(&fixture);
    require_equal(send_word_shared(own.sender, 1), 0);
    worker_start(&sender, send_earlier, &own, 0);
    await(atomic_load(&own.has_lane));
    for (n = 0; n < 2; n++) {
        require_word(fixture.channel, n + 1);
        own.order[n] = n + 1;
    }
    /* One thread stands in its send, this one takes the turn from it, and the receiver stands in its look. */
    atomic_store(&own.may_send, true);
    held = hold_await(&own.sender_stop);
    require_equal(send_word_shared(own.sender, 4), 0);
    worker_start(&receiver, receive_the_rest, &own, 0);
    hold_await(&own.receiver_stop);
    stop_release(&own.sender_stop);
    await(atomic_load(&own.has_sent));
    require_equal(send_word_shared(own.sender, LATER), 0);
    stop_release(&own.receiver_stop);
    worker_join(&receiver);
    worker_join(&sender);
    for (n = 0; n < MESSAGES; n++) {
        if (own.order[n] == EARLIER)
            earlier = n;
        if (own.order[n] == LATER)
            later = n;
    }
    require(earlier >= 2 && later > earlier);
    tributary_shared_sender_destroy(own.sender);
    fixture_finish(&fixture);
    return held;
}

MATRIX_TEST(a_shared_message_is_not_received_before_one_that_had_been_sent) {
    enum { RECEIVER_POINTS = 90 };
    static const size_t capacities[] = {TRIBUTARY_UNBOUNDED, 64};
    size_t c;
    for (c = 0; c < 2; c++) {
        int sender_point, receiver_point;
        bool held = true;
        for (sender_point = 1; held && sender_point < MOST_POINTS; sender_point++)
            for (receiver_point = 1; held && receiver_point < RECEIVER_POINTS; receiver_point++) {
                test_note("capacity %zu, points %d of the send, %d of the receives", capacities[c], sender_point,
                          receiver_point);
                held = run_shared(configuration, capacities[c], sender_point, receiver_point);
            }
        require(!held);
    }
}

TEST_MAIN(scenario(a_close_never_gives_a_message_to_both_ends),
          scenario(a_spare_segment_goes_to_the_sender_or_to_the_receiver),
          scenario(a_shared_message_is_not_received_before_one_that_had_been_sent),
          scenario(fault_05_a_length_is_never_less_than_was_there_nor_more_than_the_capacity),
          scenario(fault_06_a_receive_that_times_out_leaves_the_message),
          scenario(fault_06_a_send_that_times_out_has_sent_nothing),
          scenario(shared_messages_wake_the_receiver_past_a_stopped_sender),
          scenario(so_they_do_where_the_oldest_is_dropped),
          scenario(each_of_many_messages_wakes_the_receiver_past_a_stopped_sender),
          scenario(full_counts_no_more_than_what_a_held_call_asked_for))
