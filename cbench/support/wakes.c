/* SPDX-License-Identifier: Apache-2.0 */
#include "wakes.h"

#include <stdlib.h>

#include "distribution.h"

void wakes_initialize(struct wakes *wakes, uint64_t count) {
    wakes->count = count;
    wakes->samples = distribution_samples(count);
    wakes->asleep = calloc(count, sizeof *wakes->asleep);
    if (wakes->asleep == NULL)
        fail("no memory for %llu wake-ups", (unsigned long long)count);
}

void wakes_found(struct wakes *wakes, uint64_t index, int asleep) {
    if (asleep < 0)
        fail("the state of a thread could not be read");
    wakes->asleep[index] = asleep != 0;
}

void wakes_report(struct wakes *wakes, struct report *report) {
    uint64_t kept = 0;
    for (uint64_t index = 0; index < wakes->count; index++)
        if (wakes->asleep[index])
            wakes->samples[kept++] = wakes->samples[index];
    report_metric(report, "asleep", "per wake", (double)kept / (double)wakes->count);
    if (kept * 2 >= wakes->count)
        distribution_report(report, wakes->samples, kept, 0);
    free(wakes->samples);
    free(wakes->asleep);
}
