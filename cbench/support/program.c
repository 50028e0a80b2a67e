/* SPDX-License-Identifier: Apache-2.0 */
#include "program.h"

#include <stdio.h>
#include <string.h>

#include "distribution.h"

static scenario_function *of_implementation(const struct implementation *found,
                                            const char *scenario) {
    const struct {
        const char *name;
        scenario_function *function;
    } scenarios[] = {
        {"throughput", found->throughput},
        {"send-latency", found->send_latency},
        /* Threads, as what Swift's tasks are compared with in the same group. */
        {"async-throughput", found->throughput},
        {"pair-latency", found->pair_latency},
        {"one-way-latency", found->one_way_latency},
        {"wake-latency", found->wake_latency},
        {"round-trip", found->round_trip},
        {"contention", found->contention},
        {"memory", found->memory},
        {"idle-senders", found->idle_senders},
        {"announced-wake", found->announced_wake},
        {"footprint", found->footprint},
    };
    for (size_t index = 0; index < sizeof scenarios / sizeof *scenarios; index++)
        if (strcmp(scenarios[index].name, scenario) == 0 && scenarios[index].function != NULL)
            return scenarios[index].function;
    fail("there is no scenario %s of %s", scenario, found->name);
}

static scenario_function *scenario(const struct implementation *const *implementations,
                                   const struct program_scenario *scenarios,
                                   const struct cell *cell) {
    for (; scenarios->name != NULL; scenarios++)
        if (strcmp(scenarios->name, cell->scenario) == 0 &&
            (scenarios->implementation == NULL ||
             strcmp(scenarios->implementation, cell->implementation) == 0))
            return scenarios->function;
    for (; *implementations != NULL; implementations++)
        if (strcmp((*implementations)->name, cell->implementation) == 0)
            return of_implementation(*implementations, cell->scenario);
    fail("there is no implementation %s", cell->implementation);
}

static void run(const struct implementation *const *implementations,
                const struct program_scenario *scenarios, const char *request) {
    struct cell cell;
    struct report report;
    cell_parse(&cell, request);
    scenario_function *function = scenario(implementations, scenarios, &cell);
    report_begin(&report);
    function(&cell, &report);
}

int program_run(const struct implementation *const *implementations,
                const struct program_scenario *scenarios, int argument_count, char **arguments) {
    char line[512];
    distribution_timer_cost();
    distribution_ticks_per_nanosecond();
    if (argument_count > 1) {
        for (int index = 1; index < argument_count; index++)
            run(implementations, scenarios, arguments[index]);
        return 0;
    }
    while (fgets(line, sizeof line, stdin) != NULL)
        run(implementations, scenarios, line);
    return 0;
}
