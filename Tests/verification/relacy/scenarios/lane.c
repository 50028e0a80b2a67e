/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive senders and their receiver: becoming ready, sleeping, streaming, full lanes, segments. */
#define _GNU_SOURCE
#include "support.h"

static void receive_one(void) { EXPECT(receive(NULL) == 0); }
static void receive_two(void) {
    receive_one();
    receive_one();
}
static void receive_three(void) {
    receive_two();
    receive_one();
}
static void send_one(void) { EXPECT(send(0, 0) == 0); }
static void send_two(void) {
    send_one();
    EXPECT(send(0, 1) == 0);
}
static void send_three(void) {
    send_two();
    EXPECT(send(0, 2) == 0);
}
static void second_sends_one(void) { EXPECT(send(1, 10) == 0); }

static void unbounded(void) { set_up((struct shape){.senders = 1}); }
const struct scenario one_message = {"one message", unbounded, {send_one, receive_one}, finish, false};
const struct scenario two_messages = {"two messages", unbounded, {send_two, receive_two}, finish, false};

static void on_conditions(void) {
    set_up((struct shape){.senders = 1, .parker = TRIBUTARY_PARKER_CONDITION});
}
const struct scenario sleep_on_a_condition = {
    "sleep on a condition", on_conditions, {send_one, receive_one}, finish, false};

static void on_a_descriptor(void) {
    set_up((struct shape){.senders = 1, .parker = TRIBUTARY_PARKER_EVENTFD});
}
const struct scenario sleep_on_a_descriptor = {
    "sleep on a descriptor", on_a_descriptor, {send_one, receive_one}, finish, false};

static void two_lanes(void) { set_up((struct shape){.senders = 2}); }
const struct scenario two_senders = {
    "two senders", two_lanes, {send_one, second_sends_one, receive_two}, finish, false};

/* ---- Streaming ---- */

static void near_promotion(void) { set_up((struct shape){.senders = 1, .promote_after = 1}); }
const struct scenario promotion = {"promotion", near_promotion, {send_three, receive_three}, finish, true};

/* The lane streams already, with two messages in it: the receiver demotes it before it sleeps. */
static void already_streaming(void) {
    near_promotion();
    send_two();
    EXPECT(senders[0]->hot.transition.state == (TRIBUTARY_LANE_READY | TRIBUTARY_LANE_STREAMING));
    senders[0]->hot.transition.promote_after = 512;
}
static void send_third(void) { EXPECT(send(0, 2) == 0); }
const struct scenario demotion = {
    "demotion before sleep", already_streaming, {send_third, receive_three}, finish, true};

/* A receiver that polls: its lane has been silent for so long that one more look lets it go. */
static void about_to_let_go(void) {
    unbounded();
    send_one();
    EXPECT(receive(NULL) == 0);
    senders[0]->receiver.silent_rounds = 1 << 20;
}
static void send_second(void) { EXPECT(send(0, 1) == 0); }
static void try_then_receive(void) {
    if (try_receive(NULL) != 0) receive_one();
}
const struct scenario silent_lane = {
    "silent lane is let go", about_to_let_go, {send_second, try_then_receive}, finish, false};

static void about_to_demote(void) {
    already_streaming();
    EXPECT(receive(NULL) == 0 && receive(NULL) == 0);
    senders[0]->receiver.silent_rounds = 1 << 20;
}
static void try_twice_then_receive(void) {
    if (try_receive(NULL) == 0 || try_receive(NULL) == 0) return;
    receive_one();
}
const struct scenario silent_streaming_lane = {
    "silent streaming lane", about_to_demote, {send_third, try_twice_then_receive}, finish, true};

/* A try finds what was sent before. */
static void send_and_tell(void) {
    send_one();
    happen(&happened[0]);
}
static void try_when_told(void) {
    bool told = has_happened(&happened[0]);
    int result = try_receive(NULL);
    if (told) EXPECT(result == 0);
}
const struct scenario try_finds = {
    "a try finds what was sent", unbounded, {send_and_tell, try_when_told}, finish, false};

/* Also while another sender stands still in the middle of becoming ready, if it began to after that. */
static void second_sends_if_told(void) {
    if (has_happened(&happened[0])) second_sends_one();
}
const struct scenario try_finds_past_another = {
    "a try finds past another sender", two_lanes, {send_and_tell, second_sends_if_told, try_when_told}, finish, false};

/* ---- Full lanes ---- */

static void of_one(void) { set_up((struct shape){.senders = 1, .capacity = 1}); }
const struct scenario full_lane = {"full lane", of_one, {send_two, receive_two}, finish, false};

/* One in it: the sender waits for room from the beginning. */
static void filled(void) {
    of_one();
    send_one();
}
const struct scenario room = {"room against sleep", filled, {send_second, receive_two}, finish, false};

/* The receiver stops in the middle of a run: the sender sleeps without limit, for any room. */
static void of_four_filled(void) {
    set_up((struct shape){.senders = 1, .capacity = 4});
    for (uint64_t i = 0; i < 4; i++) EXPECT(send(0, i) == 0);
}
static void send_fifth(void) { EXPECT(send(0, 4) == 0); }
const struct scenario room_within_a_run = {
    "room within a run", of_four_filled, {send_fifth, receive_one}, finish, false};

static void send_second_for_a_while(void) { send_timeout(0, 1, 5000000); }
const struct scenario send_timeout_against_room = {
    "send timeout against room", filled, {send_second_for_a_while, receive_one}, finish, false};

static void receive_for_a_while(void) {
    int result = receive_timeout(NULL, 1000);
    EXPECT(result == 0 || result == -ETIMEDOUT);
    if (result != 0) receive_one();
}
const struct scenario receive_timeout_against_send = {
    "receive timeout against send", unbounded, {send_one, receive_for_a_while}, finish, false};

/* ---- Segments: one message fills the first ---- */

/* Two are more than the 4 KiB that a first segment has at most, if it holds more than one. */
static void large(void) { set_up((struct shape){.senders = 1, .size = 2056}); }
const struct scenario segments_grow = {"segments grow", large, {send_two, receive_two}, finish, false};

static void large_of_one(void) { set_up((struct shape){.senders = 1, .size = 960, .capacity = 1}); }
static void try_three(void) {
    for (uint64_t i = 0; i < 3; i++) try_send(0, i);
}
static void try_receive_three(void) {
    for (int i = 0; i < 3; i++) try_receive(NULL);
}
const struct scenario segments_recycled = {
    "segments recycled", large_of_one, {try_three, try_receive_three}, finish, false};

/* The sender is about to need a segment, the receiver to have drained one that is worth keeping, with nothing but their hand-over in
 * between: unbounded lanes have no fence there. Segments grow while the receiver moves; one is kept when it has
 * its full size. */
static uint64_t sent_so_far;
static void send_next(void) {
    EXPECT(send(0, sent_so_far) == 0);
    sent_so_far++;
}
static void fill_segment(void) {
    do send_next();
    while (tributary_lane_sent(senders[0]) != senders[0]->hot.producer.end);
}
static void drained_soon(void) {
    set_up((struct shape){.senders = 1, .size = 8160});
    sent_so_far = 0;
    for (int i = 0; i < 5; i++) {
        send_next();
        receive_one();
    }
    fill_segment();
    fill_segment();
    while (senders[0]->spares[0] != NULL || senders[0]->spares[1] != NULL) fill_segment();
    EXPECT(senders[0]->sender.segment->bytes >= senders[0]->geometry->largest);
}
static void receive_the_sent(void) {
    while (senders[0]->hot.backward.consumed < sent_so_far) receive_one();
}
/* Into slots that are read meanwhile, if that segment is taken. */
static void send_four(void) {
    for (uint64_t i = 0; i < 4; i++) EXPECT(send(0, sent_so_far + i) == 0);
}
const struct scenario spare_segment = {
    "spare segment", drained_soon, {send_four, receive_the_sent}, finish, false};

/* ---- Overflow ---- */

static void drops_oldest(void) {
    set_up((struct shape){
        .senders = 1, .size = 960, .capacity = 1, .overflow = TRIBUTARY_OVERFLOW_DROP_OLDEST});
}
static void try_receive_two(void) {
    try_receive(NULL);
    try_receive(NULL);
}
const struct scenario drop_oldest = {"drop oldest", drops_oldest, {send_three, try_receive_two}, finish, false};

static void drops_newest(void) {
    set_up((struct shape){.senders = 1, .capacity = 1, .overflow = TRIBUTARY_OVERFLOW_DROP_NEWEST});
}
const struct scenario drop_newest = {"drop newest", drops_newest, {send_two, try_receive_two}, finish, false};
