/* SPDX-License-Identifier: Apache-2.0 */
/* Tests that hold threads at one point of the core after another: what takes a stop between two given instructions is found each time,
 * and without naming them. The core has its points (points.h); the tests are as those in Tests/CTributaryTests. */
#ifndef TRIBUTARY_CHAOS_HELD_H
#define TRIBUTARY_CHAOS_HELD_H

#include "../../../CTributaryTests/support/fixture.h"
#include "../../../CTributaryTests/support/messages.h"
#include "../../../CTributaryTests/support/stop.h"

/* The calling thread stops at the n-th point that it comes to from now on. */
void hold_at(struct stop *stop, int n);
/* It passes all points from now on, and has come by: hold_await does not wait for it any more. */
void hold_no_more(struct stop *stop);
/* Returns when the thread is held, or has said hold_no_more before it came to that point. */
bool hold_await(struct stop *stop);

/* length.c */
void fault_05_a_length_is_never_less_than_was_there_nor_more_than_the_capacity(void **state);

/* timeout.c */
void fault_06_a_receive_that_times_out_leaves_the_message(void **state);
void fault_06_a_send_that_times_out_has_sent_nothing(void **state);

/* closed.c */
void a_close_never_gives_a_message_to_both_ends(void **state);

/* asleep.c */
void each_of_many_messages_wakes_the_receiver_past_a_stopped_sender(void **state);
void shared_messages_wake_the_receiver_past_a_stopped_sender(void **state);
void so_they_do_where_the_oldest_is_dropped(void **state);

/* full.c */
void full_counts_no_more_than_what_a_held_call_asked_for(void **state);

#endif
