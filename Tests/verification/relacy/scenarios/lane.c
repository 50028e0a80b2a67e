/* SPDX-License-Identifier: Apache-2.0 */
/* Exclusive senders and their receiver. */
#define _GNU_SOURCE
#include "lane.h"

#include "support.h"

static void one_sender(void) { set_up((struct shape){.senders = 1}); }

static void send_one(void) { EXPECT(send(0, 0) == 0); }

static void receive_one(void) {
    uint64_t message;
    EXPECT(receive(&message) == 0 && message == 0);
}

const struct scenario one_message = {
    "one message", one_sender, {send_one, receive_one}, finish, false};
