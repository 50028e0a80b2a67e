/* SPDX-License-Identifier: Apache-2.0 */
/* Shared senders: turns, grants, stamps, the queue of those who wait for room. */
#define _GNU_SOURCE
#include "support.h"

static void unbounded(void) { set_up((struct shape){.shared = 2}); }

static void receive_one(void) { EXPECT(receive(NULL) == 0); }
static void receive_two(void) {
    receive_one();
    receive_one();
}
static void first_sends(void) { EXPECT(shared_send(0, 0) == 0); }
static void second_sends(void) { EXPECT(shared_send(1, 10) == 0); }

const struct scenario shared_message = {
    "shared message", unbounded, {first_sends, receive_one}, finish, false};
const struct scenario two_shared_senders = {
    "two shared senders", unbounded, {first_sends, second_sends, receive_two}, finish, .at_random = true};

/* What is sent after another send has returned arrives after it. */
static bool after;
static void first_sends_and_tells(void) {
    first_sends();
    happen(&happened[0]);
}
static void second_sends_when_told(void) {
    after = has_happened(&happened[0]);
    second_sends();
}
static void in_real_order(void) {
    if (after && was_received(0) && was_received(10))
        checker_expect(place_of(0) < place_of(10), "shared messages in the order of real time");
    finish();
}
const struct scenario shared_order = {
    "order of shared messages", unbounded, {first_sends_and_tells, second_sends_when_told, receive_two},
    in_real_order, .at_random = true};

/* The receiver looks at the first one's lane before the second one's, which was there before. The first thread looks at the turn while it
 * is its own; the second takes the next one, and sends once more in it when the first one's send has returned. */
static void first_sends_in_between(void) {
    wait_until_happened(&happened[0]);
    EXPECT(shared_send(0, 0) == 0);
    EXPECT(shared_send(0, 1) == 0);
    happen(&happened[1]);
    EXPECT(shared_send(0, 2) == 0);
}
static void second_sends_around(void) {
    second_sends();
    happen(&happened[0]);
    EXPECT(shared_send(1, 11) == 0);
    after = has_happened(&happened[1]);
    if (after) EXPECT(shared_send(1, 12) == 0);
}
static void try_five(void) {
    wait_until_happened(&happened[0]);
    for (int i = 0; i < 5; i++) try_receive(NULL);
}
static void in_real_order_within_a_turn(void) {
    if (after && was_received(12))
        checker_expect(was_received(1) && place_of(1) < place_of(12), "shared messages in the order of real time");
    finish();
}
const struct scenario order_within_a_turn = {
    "order within a turn", unbounded, {first_sends_in_between, second_sends_around, try_five},
    in_real_order_within_a_turn, .at_random = true};

/* The receiver has them, and nothing is there. */
static void shared_in_hand(void) {
    unbounded();
    EXPECT(shared_send(0, 0) == 0 && receive(NULL) == 0);
}
static void first_sends_next(void) { EXPECT(shared_send(0, 1) == 0); }
const struct scenario shared_let_go = {
    "shared messages are let go", shared_in_hand, {first_sends_next, receive_one}, finish, .one_copy = true};

static void first_sends_twice(void) {
    EXPECT(shared_send(0, 0) == 0);
    EXPECT(shared_send(0, 1) == 0);
}
const struct scenario turns = {
    "turns", unbounded, {first_sends_twice, second_sends, receive_two}, finish, .at_random = true};

/* ---- Room ---- */

/* The first thread's second try is granted all that is free, of which its third one uses the rest. */
static void of_three(void) { set_up((struct shape){.shared = 2, .capacity = 3}); }
static void first_tries(void) {
    for (uint64_t i = 0; i < 3; i++) shared_try_send(0, i);
}
static void second_tries(void) { shared_try_send(1, 10); }
/* Four tries for three places, and nobody receives. */
static void exactly_three(void) {
    int accepted = was_accepted(0) + was_accepted(1) + was_accepted(2) + was_accepted(10);
    checker_expect(accepted == 3, "as many as the capacity");
    finish();
}
const struct scenario grants = {
    "grants", of_three, {first_tries, second_tries}, exactly_three, .one_copy = true};

static void of_one(void) { set_up((struct shape){.shared = 2, .capacity = 1}); }
static void filled(void) {
    of_one();
    EXPECT(shared_send(0, 0) == 0);
}
static void send_next(void) { EXPECT(shared_send(0, 1) == 0); }
const struct scenario shared_room = {
    "shared room against sleep", filled, {send_next, receive_two}, finish, false};

static void send_for_a_while(void) { shared_send_timeout(0, 1, 5000000); }
const struct scenario shared_timeout = {
    "shared timeout against room", filled, {send_for_a_while, receive_one}, finish, false};

const struct scenario two_shared_of_one = {
    "two shared senders, capacity 1", of_one, {first_sends, second_sends, receive_two}, finish, .at_random = true};

static tributary_shared_waiter waiter;
static void filled_with_waiter(void) {
    waiter = (tributary_shared_waiter){.notify = happen, .context = &happened[0]};
    filled();
}
static void send_by_callback(void) {
    int result = tributary_shared_sender_notify(shared[0], &waiter);
    EXPECT(result == 0 || result == -EALREADY);
    if (result == 0) wait_until_happened(&happened[0]);
    EXPECT(shared_try_send(0, 1) == 0);
}
const struct scenario shared_callback = {
    "shared callback of room", filled_with_waiter, {send_by_callback, receive_one}, finish, false};

/* One waits; another comes to wait, and goes without using the room that came meanwhile. */
static tributary_shared_waiter other;
static void filled_and_waited_for(void) {
    filled_with_waiter();
    other = (tributary_shared_waiter){.notify = happen, .context = &happened[1]};
    EXPECT(tributary_shared_sender_notify(shared[0], &waiter) == 0);
}
static void wait_in_passing(void) {
    if (tributary_shared_sender_notify(shared[1], &other) != 0) return;
    if (tributary_shared_sender_notify_cancel(shared[1], &other) == 0) return;
    wait_until_happened(&happened[1]);
    tributary_shared_sender_decline(shared[1]);
}
static void first_was_called(void) {
    EXPECT(has_happened(&happened[0]));
    finish();
}
const struct scenario wait_passed_on = {
    "a wake passed on", filled_and_waited_for, {wait_in_passing, receive_one}, first_was_called, false};

/* ---- Ends ---- */

static void try_shared(void) {
    int result = shared_send(0, 0);
    EXPECT(result == 0 || result == -EPIPE);
}
static void close_and_receive_all(void) {
    EXPECT(tributary_channel_close(channel) == 0);
    receive_all();
}
static void one_shared(void) { set_up((struct shape){.shared = 1}); }
const struct scenario close_against_shared_send = {
    "close against a shared send", one_shared, {try_shared, close_and_receive_all}, finish, false};

static void send_and_drop(void) {
    try_shared();
    drop_shared(0);
}
static void destroy(void) {
    tributary_channel_destroy(channel);
    channel = NULL;
}
const struct scenario destroy_against_shared_send = {
    "destruction against a shared send", one_shared, {send_and_drop, destroy}, finish, false};

static void receive_to_the_end(void) {
    receive_all();
    EXPECT(was_received(0));
}
const struct scenario shared_sender_ends = {
    "shared sender ends", one_shared, {send_and_drop, receive_to_the_end}, finish, false};

static void try_next(void) {
    int result = shared_send(0, 1);
    EXPECT(result == 0 || result == -EPIPE);
}
const struct scenario close_wakes_shared_sender = {
    "close wakes a shared sender", filled, {try_next, close_and_receive_all}, finish, false};

/* ---- The first one brings what all of them need ---- */

static void without_shared(void) { set_up((struct shape){.senders = 1}); }
static void open_and_send(int sender, uint64_t message) {
    int result = tributary_channel_open_shared_sender(channel, &shared[sender]);
    EXPECT(result == 0 || result == -EPIPE);
    if (result == 0) {
        result = shared_send(sender, message);
        EXPECT(result == 0 || result == -EPIPE);
    }
}
static void open_first(void) { open_and_send(0, 0); }
static void open_second(void) { open_and_send(1, 10); }
static void ask_and_receive_two(void) {
    tributary_statistics statistics;
    EXPECT(tributary_channel_statistics(channel, &statistics) == 0);
    receive_two();
}
const struct scenario first_shared_senders = {
    "the first shared senders", without_shared, {open_first, open_second, ask_and_receive_two}, finish, .at_random = true};
const struct scenario first_shared_against_close = {
    "the first shared sender against close", without_shared, {open_first, close_and_receive_all}, finish, false};

/* ---- Streaming: after its first message the thread's lane is near promotion ---- */

static void send_streaming(void) {
    EXPECT(shared_send(0, 0) == 0);
    own_lane()->hot.transition.promote_after = 1;
    EXPECT(shared_send(0, 1) == 0);
    EXPECT(shared_send(0, 2) == 0);
}
static void receive_three(void) {
    receive_two();
    receive_one();
}
const struct scenario shared_streaming = {
    "shared streaming", one_shared, {send_streaming, receive_three}, finish, true};

/* One sends exclusively, the other shared: two kinds of entries in the inbox. */
static void mixed(void) { set_up((struct shape){.senders = 1, .shared = 1}); }
static void send_exclusively(void) { EXPECT(send(0, 20) == 0); }
const struct scenario both_kinds = {
    "a lane and a shared sender", mixed, {send_exclusively, first_sends, receive_two}, finish, false};
