/* SPDX-License-Identifier: Apache-2.0 */
/* The queues in C that need libraries of their own; apart from cbench, which does without. */
#include <stddef.h>

#include "../../support/program.h"

extern const struct implementation ck_ring_implementation;
extern const struct implementation liburcu_lfqueue_implementation;
extern const struct implementation wfcqueue_preallocated_implementation;

static const struct implementation *const implementations[] = {
    &ck_ring_implementation,
    &liburcu_lfqueue_implementation,
    &wfcqueue_preallocated_implementation,
    NULL,
};

static const struct program_scenario scenarios[] = {{NULL, NULL, NULL}};

int main(int argument_count, char **arguments) {
    return program_run(implementations, scenarios, argument_count, arguments);
}
