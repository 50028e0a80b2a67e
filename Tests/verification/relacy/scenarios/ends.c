/* SPDX-License-Identifier: Apache-2.0 */
/* Ends: senders that go, a receiver that closes or goes, in any order with sends and sleeps. */
#define _GNU_SOURCE
#include "support.h"

static void unbounded(void) { set_up((struct shape){.senders = 1}); }
static void two_lanes(void) { set_up((struct shape){.senders = 2}); }

static void try_one(void) {
    int result = send(0, 0);
    EXPECT(result == 0 || result == -EPIPE);
}
static void try_two(void) {
    try_one();
    int result = send(0, 1);
    EXPECT(result == 0 || result == -EPIPE);
}
static void drop_first(void) { drop_sender(0); }
static void send_and_drop(void) {
    try_one();
    drop_first();
}
static void second_sends_and_drops(void) {
    EXPECT(send(1, 10) == 0);
    drop_sender(1);
}
static void close_and_receive_all(void) {
    EXPECT(tributary_channel_close(channel) == 0);
    receive_all();
}
static void destroy(void) {
    tributary_channel_destroy(channel);
    channel = NULL;
}
static void try_and_destroy(void) {
    try_receive(NULL);
    destroy();
}
/* After the end nothing is left. */
static void receive_to_the_end(void) {
    receive_all();
    EXPECT(was_received(0));
}

const struct scenario sender_ends = {
    "sender ends", unbounded, {send_and_drop, receive_to_the_end}, finish, false};
const struct scenario two_senders_end = {
    "two senders end", two_lanes, {send_and_drop, second_sends_and_drops, receive_to_the_end}, finish, false};
const struct scenario sender_ends_silently = {
    "sender ends against sleep", unbounded, {drop_first, receive_all}, finish, false};
const struct scenario close_against_send = {
    "close against send", unbounded, {try_one, close_and_receive_all}, finish, false};
const struct scenario destroy_against_send = {
    "destruction against send and end", unbounded, {send_and_drop, destroy}, finish, false};
const struct scenario destroy_against_end = {
    "destruction against end", unbounded, {drop_first, try_and_destroy}, finish, false};

/* The lane is in the ring when the last message and the end come. */
static void in_the_ring(void) {
    unbounded();
    EXPECT(send(0, 0) == 0 && receive(NULL) == 0);
}
static void second_and_drop(void) {
    EXPECT(send(0, 1) == 0);
    drop_first();
}
static void receive_the_second_and_the_end(void) {
    receive_all();
    EXPECT(was_received(1));
}
const struct scenario sender_in_the_ring_ends = {
    "sender in the ring ends", in_the_ring, {second_and_drop, receive_the_second_and_the_end}, finish, false};

static void second_tries(void) {
    int result = send(1, 10);
    EXPECT(result == 0 || result == -EPIPE);
}
const struct scenario destroy_against_two_senders = {
    "destruction against two senders", two_lanes, {send_and_drop, second_tries, destroy}, finish, false};

/* ---- The same while the lane streams ---- */

static void streaming(void) {
    set_up((struct shape){.senders = 1, .promote_after = 1});
    EXPECT(send(0, 0) == 0 && send(0, 1) == 0);
    senders[0]->hot.transition.promote_after = 512;
}
static void try_third(void) {
    int result = send(0, 2);
    EXPECT(result == 0 || result == -EPIPE);
}
static void third_and_drop(void) {
    try_third();
    drop_first();
}
static void receive_three_and_the_end(void) {
    receive_all();
    EXPECT(received_count() == 3);
}
const struct scenario close_against_streaming = {
    "close against a streaming send", streaming, {try_third, close_and_receive_all}, finish, true};
const struct scenario streaming_sender_ends = {
    "streaming sender ends", streaming, {third_and_drop, receive_three_and_the_end}, finish, true};
const struct scenario destroy_against_streaming = {
    "destruction against streaming", streaming, {third_and_drop, destroy}, finish, true};

/* ---- A full lane ---- */

static void filled(void) {
    set_up((struct shape){.senders = 1, .capacity = 1});
    EXPECT(send(0, 0) == 0);
}
static void try_second(void) {
    int result = send(0, 1);
    EXPECT(result == 0 || result == -EPIPE);
}
const struct scenario close_wakes_full_sender = {
    "close wakes a full lane's sender", filled, {try_second, close_and_receive_all}, finish, false};
const struct scenario destroy_wakes_full_sender = {
    "destruction wakes a full lane's sender", filled, {try_second, destroy}, finish, false};

/* ---- More lanes while others end ---- */

static void clone_and_send(void) {
    EXPECT(tributary_sender_clone(senders[0], &senders[1]) == 0);
    drop_first();
    EXPECT(send(1, 10) == 0);
    drop_sender(1);
}
static void receive_the_clones(void) {
    receive_all();
    EXPECT(was_received(10));
}
const struct scenario cloned_sender = {"clone", unbounded, {clone_and_send, receive_the_clones}, finish, false};

static void clone_if_open(void) {
    int result = tributary_sender_clone(senders[0], &senders[1]);
    EXPECT(result == 0 || result == -EPIPE);
    if (result == 0) {
        result = send(1, 10);
        EXPECT(result == 0 || result == -EPIPE);
    }
}
const struct scenario clone_against_close = {
    "clone against close", unbounded, {clone_if_open, close_and_receive_all}, finish, false};

const struct scenario close_against_two_sends = {
    "close against two sends", unbounded, {try_two, close_and_receive_all}, finish, false};
