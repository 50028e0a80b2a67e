/* SPDX-License-Identifier: Apache-2.0 */
/* A benchmark program over some implementations: runs the cells it is asked for, one a line on standard
 * input or one an argument, and answers each with one line of JSON. */
#ifndef CBENCH_PROGRAM_H
#define CBENCH_PROGRAM_H

#include "implementation.h"

/* Scenarios of no implementation. Such an entry may name one implementation, or none for all of them. */
struct program_scenario {
    const char *name;
    const char *implementation;
    scenario_function *function;
};

/* Both lists end with an empty element. */
int program_run(const struct implementation *const *implementations,
                const struct program_scenario *scenarios, int argument_count, char **arguments);

#endif
