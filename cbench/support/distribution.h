/* SPDX-License-Identifier: Apache-2.0 */
/* Latencies: every sample is kept, percentiles are exact (nearest rank of the sorted samples). */
#ifndef CBENCH_DISTRIBUTION_H
#define CBENCH_DISTRIBUTION_H

#include <stddef.h>
#include <stdint.h>

#include "report.h"

/* Room for `count` samples of the processor's counter, touched, so that no page fault is timed. */
uint64_t *distribution_samples(size_t count);

/* The counter's ticks in a nanosecond, and what reading it twice costs (the median, in ticks).
 * Both are measured once. */
double distribution_ticks_per_nanosecond(void);
uint64_t distribution_timer_cost(void);

/* Reports the timer's cost and its resolution in nanoseconds. */
void distribution_report_timer(struct report *report);

/* Sorts, subtracts `cost` ticks from each sample (not below zero) and reports p50, p90, p99, p99.9
 * and max in nanoseconds. */
void distribution_report(struct report *report, uint64_t *samples, size_t count, uint64_t cost);

#endif
