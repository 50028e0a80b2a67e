/* SPDX-License-Identifier: Apache-2.0 */
/* The cost of a message beside any number of open senders that say nothing. Each of them has sent
 * one message before, so that it has been through the inbox and has storage; and a short run comes
 * before the timed one, in which the receiver may forget about them. */
#ifndef CBENCH_IDLE_SENDERS_H
#define CBENCH_IDLE_SENDERS_H

#include <stdlib.h>

#include "stress.h"

enum { IDLE_SENDERS_WARM_UP = 200000 };

static void idle_senders_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    size_t idle_count = cell->idle_senders;
    queue_sender **idle = malloc((idle_count + 1) * sizeof *idle);
    if (idle == NULL)
        fail("no memory for %zu senders", idle_count);
    for (size_t index = 0; index < idle_count; index++) {
        struct message message;
        message_write(&message, index, cell->payload_bytes);
        idle[index] = queue_open(queue);
        queue_send(idle[index], &message, cell->payload_bytes);
    }
    for (size_t index = 0; index < idle_count; index++) {
        struct message message;
        queue_receive(queue, &message, cell->payload_bytes);
        if (message.words[0] >= idle_count)
            fail("an idle sender's message arrived changed");
    }
    struct cell warm_up = *cell;
    warm_up.count = IDLE_SENDERS_WARM_UP;
    stress_run(queue, &warm_up);
    uint64_t nanoseconds = stress_run(queue, cell);
    for (size_t index = 0; index < idle_count; index++)
        queue_close(idle[index]);
    free(idle);
    queue_destroy(queue);
    report_metric(report, "cost", "ns/message", (double)nanoseconds / (double)cell->count);
    report_end(report, (double)nanoseconds / 1e9);
}

#endif
