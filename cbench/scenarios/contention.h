/* SPDX-License-Identifier: Apache-2.0 */
/* What the channel itself counted during a run of the throughput scenario: read-modify-writes that
 * failed and were tried again, and sends that left the fast path, for each message sent. */
#ifndef CBENCH_CONTENTION_H
#define CBENCH_CONTENTION_H

#include <inttypes.h>

#include "stress.h"

static void contention_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    tributary_statistics statistics;
    uint64_t nanoseconds = stress_run(queue, cell);
    check(tributary_channel_statistics(queue, &statistics), "tributary_channel_statistics");
    queue_destroy(queue);
    if (statistics.sent != cell->count || statistics.received != cell->count)
        fail("%" PRIu64 " messages: the statistics say %" PRIu64 " sent, %" PRIu64 " received",
             cell->count, statistics.sent, statistics.received);
    double sent = (double)statistics.sent;
    report_metric(report, "retries", "per send", (double)statistics.send_retries / sent);
    report_metric(report, "slow-paths", "per send", (double)statistics.send_slow_paths / sent);
    report_metric(report, "found-full", "per send", (double)statistics.send_calls_full / sent);
    report_metric(report, "heavy-fences", "per send", (double)statistics.heavy_fences / sent);
    report_metric(report, "sender-parks", "per send", (double)statistics.sender_parks / sent);
    report_metric(report, "receiver-parks", "per send", (double)statistics.receiver_parks / sent);
    report_end(report, (double)nanoseconds / 1e9);
}

#endif
