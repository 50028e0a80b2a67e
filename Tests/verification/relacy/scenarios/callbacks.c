/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting without a blocked thread: a callback of the channel, of a sender, of a close; an armed descriptor. What waits for the
 * callback here is a task's thread. */
#define _GNU_SOURCE
#include "eventfd.h"
#include "support.h"

static void unbounded(void) { set_up((struct shape){.senders = 1}); }

static void send_one(void) { EXPECT(send(0, 0) == 0); }

/* -EALREADY over an entry whose enqueuer has stopped: nothing can be had yet. */
static int try_by_callback(void) {
    int result;
    while ((result = try_receive(NULL)) == -EAGAIN) {
        happened[0] = 0;
        int armed = tributary_channel_notify(channel, happen, &happened[0]);
        EXPECT(armed == 0 || armed == -EALREADY);
        if (armed == 0) {
            wait_until_happened(&happened[0]);
            return try_receive(NULL);
        }
        tributary_pause();
    }
    return result;
}
static void receive_by_callback(void) { EXPECT(try_by_callback() == 0); }
const struct scenario callback_of_the_channel = {
    "callback of the channel", unbounded, {send_one, receive_by_callback}, finish, false};

/* Taken back, or called: not both. */
static void cancel_callback(void) {
    int result = tributary_channel_notify(channel, happen, &happened[0]);
    EXPECT(result == 0 || result == -EALREADY);
    bool cancelled = result == -EALREADY || tributary_channel_notify_cancel(channel) == 0;
    if (!cancelled) wait_until_happened(&happened[0]);
    EXPECT(receive(NULL) == 0);
    if (cancelled) EXPECT(!has_happened(&happened[0]));
}
const struct scenario callback_cancelled = {
    "callback cancelled", unbounded, {send_one, cancel_callback}, finish, false};

static void end_by_callback(void) {
    int result;
    while ((result = try_by_callback()) == -EAGAIN) {
    }
    EXPECT(result == -EPIPE);
}
static void drop_first(void) { drop_sender(0); }
const struct scenario callback_of_the_end = {
    "callback of the end", unbounded, {drop_first, end_by_callback}, finish, false};

static void on_a_descriptor(void) {
    set_up((struct shape){.senders = 1, .parker = TRIBUTARY_PARKER_EVENTFD});
}
static void receive_by_descriptor(void) {
    int armed = -EALREADY;
    while (armed != 0 && try_receive(NULL) != 0) {
        armed = tributary_channel_arm(channel);
        EXPECT(armed == 0 || armed == -EALREADY);
        if (armed != 0) tributary_pause();
    }
    if (armed != 0) return;
    tributary_eventfd_wait(tributary_channel_file_descriptor(channel), TRIBUTARY_FOREVER);
    EXPECT(try_receive(NULL) == 0);
}
const struct scenario armed_descriptor = {
    "armed descriptor", on_a_descriptor, {send_one, receive_by_descriptor}, finish, false};

/* ---- Room ---- */

static void filled(void) {
    set_up((struct shape){.senders = 1, .capacity = 2});
    EXPECT(send(0, 0) == 0 && send(0, 1) == 0);
}
static void send_by_callback(void) {
    int result = tributary_sender_notify(senders[0], happen, &happened[0]);
    EXPECT(result == 0 || result == -EALREADY);
    if (result == 0) wait_until_happened(&happened[0]);
    EXPECT(try_send(0, 2) == 0);
}
static void receive_one(void) { EXPECT(receive(NULL) == 0); }
const struct scenario callback_of_room = {
    "callback of room", filled, {send_by_callback, receive_one}, finish, false};

static void wait_for_close(void) {
    int result = tributary_sender_notify_closed(senders[0], happen, &happened[0]);
    EXPECT(result == 0 || result == -EALREADY);
    if (result == 0) wait_until_happened(&happened[0]);
    EXPECT(try_send(0, 2) == -EPIPE);
}
static void close_channel(void) { tributary_channel_close(channel); }
const struct scenario callback_of_the_close = {
    "callback of the close", unbounded, {wait_for_close, close_channel}, finish, false};
