/* SPDX-License-Identifier: Apache-2.0 */
/* Messages delivered a second. */
#ifndef CBENCH_THROUGHPUT_H
#define CBENCH_THROUGHPUT_H

#include "stress.h"

static void throughput_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    uint64_t nanoseconds = stress_run(queue, cell);
    queue_destroy(queue);
    report_metric(report, "throughput", "messages/s",
                  (double)cell->count * 1e9 / (double)nanoseconds);
    report_end(report, (double)nanoseconds / 1e9);
}

#endif
