/* SPDX-License-Identifier: Apache-2.0 */
#include "wakes.h"

#include <stdlib.h>

#include "clock.h"
#include "distribution.h"
#include "thread_state.h"

void wakes_initialize(struct wakes *wakes, uint64_t count, unsigned long receiver) {
    wakes->count = count;
    wakes->found_asleep = 0;
    wakes->receiver = receiver;
    wakes->samples = distribution_samples(count);
    wakes->asleep = calloc(count, sizeof *wakes->asleep);
    if (wakes->asleep == NULL)
        fail("no memory for %llu wake-ups", (unsigned long long)count);
}

void wakes_wait(struct wakes *wakes, uint64_t index) {
    uint64_t start = clock_nanoseconds();
    uint64_t limit = index >= WAKES_PATIENCE && wakes->found_asleep == 0 ? 0 : WAKES_LIMIT;
    int asleep;
    /* Keeps its processor, as a busy sender would. */
    while (clock_nanoseconds() - start < WAKES_PAUSE) {}
    do
        asleep = wakes->receiver == 0 ? thread_state_others_are_asleep()
                                      : thread_state_is_asleep(wakes->receiver);
    while (asleep == 0 && clock_nanoseconds() - start < limit);
    if (asleep < 0)
        fail("the state of a thread could not be read");
    wakes->asleep[index] = (unsigned char)asleep;
    wakes->found_asleep += (uint64_t)asleep;
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
