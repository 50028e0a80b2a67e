/* SPDX-License-Identifier: Apache-2.0 */
/* The C benchmark program: runs the cells it is asked for, one a line on standard input or one an
 * argument, and answers each with one line of JSON. The runner (runner/) keeps it and the Swift
 * program running side by side and asks them in turn.
 *
 *   cbench "throughput implementation=tributary-sender producers=2 capacity=1024 count=1000000" */
#include <stdio.h>
#include <string.h>

#include "support/distribution.h"
#include "support/implementation.h"

static const struct implementation *const implementations[] = {
    &tributary_sender_implementation,
    &tributary_shared_implementation,
    &wfcqueue_malloc_implementation,
    &mutex_deque_implementation,
};

static const struct implementation *implementation(const struct cell *cell) {
    for (size_t index = 0; index < sizeof implementations / sizeof *implementations; index++)
        if (strcmp(implementations[index]->name, cell->implementation) == 0)
            return implementations[index];
    fail("there is no implementation %s", cell->implementation);
}

static scenario_function *scenario(const struct cell *cell) {
    if (strcmp(cell->scenario, "limit") == 0)
        return limit_run;
    if (strcmp(cell->scenario, "floor") == 0)
        return floor_run;
    if (strcmp(cell->scenario, "wake-latency") == 0 &&
        strcmp(cell->implementation, "bare-futex") == 0)
        return bare_wake_run;
    const struct implementation *found = implementation(cell);
    const struct {
        const char *name;
        scenario_function *function;
    } scenarios[] = {
        {"throughput", found->throughput},     {"send-latency", found->send_latency},
        /* Threads, as what Swift's tasks are compared with in the same group. */
        {"async-throughput", found->throughput},
        {"pair-latency", found->pair_latency}, {"one-way-latency", found->one_way_latency},
        {"wake-latency", found->wake_latency}, {"contention", found->contention},
        {"memory", found->memory},             {"idle-senders", found->idle_senders},
    };
    for (size_t index = 0; index < sizeof scenarios / sizeof *scenarios; index++)
        if (strcmp(scenarios[index].name, cell->scenario) == 0 &&
            scenarios[index].function != NULL)
            return scenarios[index].function;
    fail("there is no scenario %s of %s", cell->scenario, cell->implementation);
}

static void run(const char *request) {
    struct cell cell;
    struct report report;
    cell_parse(&cell, request);
    scenario_function *function = scenario(&cell);
    report_begin(&report);
    function(&cell, &report);
}

int main(int argument_count, char **arguments) {
    char line[512];
    distribution_timer_cost();
    distribution_ticks_per_nanosecond();
    if (argument_count > 1) {
        for (int index = 1; index < argument_count; index++)
            run(arguments[index]);
        return 0;
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        run(line);
    return 0;
}
