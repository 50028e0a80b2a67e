/* SPDX-License-Identifier: Apache-2.0 */
/* The inline path: a receiver that takes messages of a run without a fence, a sender whose fast path is compiled into its program. */
#define _GNU_SOURCE
#include <tributary/inline.h>
#include "support.h"

static void of_four(void) { set_up((struct shape){.senders = 1, .capacity = 4}); }
static void filled(void) {
    of_four();
    for (uint64_t i = 0; i < 4; i++) EXPECT(send(0, i) == 0);
}

/* A run is open, and the lane full: what is taken inline gives the room. */
static void filled_with_a_run(void) {
    filled();
    EXPECT(receive(NULL) == 0);
    EXPECT(send(0, 4) == 0);
}
static void receive_one_inline(void) {
    uint64_t message;
    EXPECT(tributary_channel_receive(channel, &message, sizeof message) == 0);
    note_received(message);
}

/* The first opens the run, the second is taken inline, and the receiver stops in the middle of the run. */
static void receive_inline(void) {
    uint64_t message;
    EXPECT(tributary_channel_receive(channel, &message, sizeof message) == 0);
    note_received(message);
    EXPECT(tributary_channel_receive(channel, &message, sizeof message) == 0);
    note_received(message);
}

static void send_fifth(void) { EXPECT(send(0, 4) == 0); }
const struct scenario inline_room = {
    "inline receive against sleep", filled, {send_fifth, receive_inline}, finish, false};

static void send_by_callback(void) {
    int result = tributary_sender_notify(senders[0], happen, &happened[0]);
    EXPECT(result == 0 || result == -EALREADY);
    if (result == 0) wait_until_happened(&happened[0]);
    EXPECT(try_send(0, 5) == 0);
}
const struct scenario inline_callback = {
    "inline receive against callback", filled_with_a_run, {send_by_callback, receive_one_inline}, finish, false};

static void shared_filled(void) {
    set_up((struct shape){.shared = 1, .capacity = 4});
    for (uint64_t i = 0; i < 4; i++) EXPECT(shared_send(0, i) == 0);
}
static void shared_fifth(void) { EXPECT(shared_send(0, 4) == 0); }
const struct scenario inline_shared_room = {
    "inline receive against shared", shared_filled, {shared_fifth, receive_inline}, finish, false};

static tributary_shared_waiter waiter;
static void shared_filled_with_a_run(void) {
    waiter = (tributary_shared_waiter){.notify = happen, .context = &happened[0]};
    set_up((struct shape){.shared = 1, .capacity = 8}); /* the first grant, and so the first run, is half of it */
    for (uint64_t i = 0; i < 8; i++) EXPECT(shared_send(0, i) == 0);
    EXPECT(receive(NULL) == 0);
    EXPECT(shared_send(0, 8) == 0);
}
static void shared_by_callback(void) {
    int result = tributary_shared_sender_notify(shared[0], &waiter);
    EXPECT(result == 0 || result == -EALREADY);
    if (result == 0) wait_until_happened(&happened[0]);
    EXPECT(shared_try_send(0, 9) == 0);
}
const struct scenario inline_shared_callback = {
    "inline receive against shared callback", shared_filled_with_a_run, {shared_by_callback, receive_one_inline},
    finish, false};

/* Both ends inline, while the lane streams. */
static void streaming(void) {
    set_up((struct shape){.senders = 1, .promote_after = 1});
    EXPECT(send(0, 0) == 0 && send(0, 1) == 0);
    senders[0]->hot.transition.promote_after = 512;
}
static void send_inline(void) {
    uint64_t message = 2;
    EXPECT(note_sent(message, tributary_sender_send(senders[0], &message, sizeof message)) == 0);
}
static void receive_three_inline(void) {
    uint64_t message;
    receive_inline();
    EXPECT(tributary_channel_receive(channel, &message, sizeof message) == 0);
    note_received(message);
}
const struct scenario inline_streaming = {
    "inline streaming", streaming, {send_inline, receive_three_inline}, finish, true};
