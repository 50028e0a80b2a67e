/* SPDX-License-Identifier: Apache-2.0 */
#include "distribution.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"

enum { TIMER_READINGS = 10001 };

uint64_t *distribution_samples(size_t count) {
    uint64_t *samples = malloc(count * sizeof *samples);
    if (samples == NULL)
        fail("no memory for %zu samples", count);
    memset(samples, 0xff, count * sizeof *samples);
    return samples;
}

double distribution_ticks_per_nanosecond(void) {
    static double ticks;
    if (ticks == 0)
        ticks = clock_ticks_per_nanosecond();
    return ticks;
}

static int ascending(const void *left, const void *right) {
    uint64_t a = *(const uint64_t *)left, b = *(const uint64_t *)right;
    return a < b ? -1 : a > b;
}

static int is_sorted(const uint64_t *samples, size_t count) {
    for (size_t index = 1; index < count; index++)
        if (samples[index - 1] > samples[index])
            return 0;
    return 1;
}

static void sort(uint64_t *samples, size_t count) {
    if (!is_sorted(samples, count))
        qsort(samples, count, sizeof *samples, ascending);
}

static struct {
    uint64_t cost;
    uint64_t resolution;
} timer;

static void measure_timer(void) {
    uint64_t *samples = distribution_samples(TIMER_READINGS);
    timer.resolution = UINT64_MAX;
    for (size_t index = 0; index < TIMER_READINGS; index++) {
        uint64_t begin = clock_ticks_begin();
        samples[index] = clock_ticks_end() - begin;
    }
    sort(samples, TIMER_READINGS);
    timer.cost = samples[TIMER_READINGS / 2];
    for (size_t index = 1; index < TIMER_READINGS; index++) {
        uint64_t step = samples[index] - samples[index - 1];
        if (step != 0 && step < timer.resolution)
            timer.resolution = step;
    }
    free(samples);
}

uint64_t distribution_timer_cost(void) {
    if (timer.resolution == 0)
        measure_timer();
    return timer.cost;
}

void distribution_report_timer(struct report *report) {
    double ticks = distribution_ticks_per_nanosecond();
    report_metric(report, "timer-cost", "ns", (double)distribution_timer_cost() / ticks);
    /* The least difference between any two of the readings. */
    if (timer.resolution != UINT64_MAX)
        report_metric(report, "timer-resolution", "ns", (double)timer.resolution / ticks);
}

void distribution_report(struct report *report, uint64_t *samples, size_t count, uint64_t cost) {
    static const struct {
        const char *name;
        unsigned per_ten_thousand;
    } percentiles[] = {{"p10", 1000},  {"p25", 2500},   {"p50", 5000},
                       {"p75", 7500},  {"p90", 9000},   {"p99", 9900},
                       {"p99.9", 9990}, {"p99.99", 9999}, {"max", 10000}};
    double ticks = distribution_ticks_per_nanosecond();
    sort(samples, count);
    for (size_t index = 0; index < sizeof percentiles / sizeof *percentiles; index++) {
        /* Nearest rank: the smallest sample that at least that share does not exceed. */
        size_t rank = (count * percentiles[index].per_ten_thousand + 9999) / 10000;
        uint64_t sample = samples[rank > 0 ? rank - 1 : 0];
        double value = sample > cost ? (double)(sample - cost) / ticks : 0;
        report_metric(report, percentiles[index].name, "ns", value);
    }
}
