/* SPDX-License-Identifier: Apache-2.0 */
/* All scenarios, in the order of the table. */
#include "scenario.h"

#include <stddef.h>

/* lane.c */
extern const struct scenario one_message, two_messages, sleep_on_a_condition, sleep_on_a_descriptor,
    two_senders, promotion, demotion, silent_lane, silent_streaming_lane, try_finds,
    try_finds_past_another, full_lane, room, room_within_a_run, send_timeout_against_room,
    receive_timeout_against_send, segments_grow, segments_recycled, spare_segment, drop_oldest,
    drop_newest;
/* ends.c */
extern const struct scenario sender_ends, two_senders_end, sender_ends_silently, close_against_send,
    destroy_against_send, destroy_against_end, sender_in_the_ring_ends, destroy_against_two_senders,
    close_against_streaming, streaming_sender_ends, destroy_against_streaming,
    close_wakes_full_sender, destroy_wakes_full_sender, cloned_sender, clone_against_close,
    close_against_two_sends;
/* callbacks.c */
extern const struct scenario callback_of_the_channel, callback_cancelled, callback_of_the_end,
    armed_descriptor, callback_of_room, callback_of_the_close;
/* inline.c */
extern const struct scenario inline_room, inline_callback, inline_shared_room,
    inline_shared_callback, inline_streaming;
/* shared.c */
extern const struct scenario shared_message, two_shared_senders, shared_order, order_within_a_turn,
    shared_let_go, turns, grants, shared_room, shared_timeout, two_shared_of_one, shared_callback,
    wait_passed_on, close_against_shared_send, destroy_against_shared_send, shared_sender_ends,
    close_wakes_shared_sender, shared_streaming, both_kinds;

const struct scenario *const scenarios[] = {
    &one_message,
    &two_messages,
    &sleep_on_a_condition,
    &sleep_on_a_descriptor,
    &two_senders,
    &promotion,
    &demotion,
    &silent_lane,
    &silent_streaming_lane,
    &try_finds,
    &try_finds_past_another,
    &full_lane,
    &room,
    &room_within_a_run,
    &send_timeout_against_room,
    &receive_timeout_against_send,
    &segments_grow,
    &segments_recycled,
    &spare_segment,
    &drop_oldest,
    &drop_newest,
    &sender_ends,
    &two_senders_end,
    &sender_ends_silently,
    &close_against_send,
    &destroy_against_send,
    &destroy_against_end,
    &sender_in_the_ring_ends,
    &destroy_against_two_senders,
    &close_against_streaming,
    &streaming_sender_ends,
    &destroy_against_streaming,
    &close_wakes_full_sender,
    &destroy_wakes_full_sender,
    &cloned_sender,
    &clone_against_close,
    &close_against_two_sends,
    &callback_of_the_channel,
    &callback_cancelled,
    &callback_of_the_end,
    &armed_descriptor,
    &callback_of_room,
    &callback_of_the_close,
    &inline_room,
    &inline_callback,
    &inline_shared_room,
    &inline_shared_callback,
    &inline_streaming,
    &shared_message,
    &two_shared_senders,
    &shared_order,
    &order_within_a_turn,
    &shared_let_go,
    &turns,
    &grants,
    &shared_room,
    &shared_timeout,
    &two_shared_of_one,
    &shared_callback,
    &wait_passed_on,
    &close_against_shared_send,
    &destroy_against_shared_send,
    &shared_sender_ends,
    &close_wakes_shared_sender,
    &shared_streaming,
    &both_kinds,
    NULL,
};
