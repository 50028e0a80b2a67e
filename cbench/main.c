/* SPDX-License-Identifier: Apache-2.0 */
/* The C benchmark program. The runner (runner/) keeps it and the Swift program running side by side and
 * asks them in turn.
 *
 *   cbench "throughput implementation=tributary-sender producers=2 capacity=1024 count=1000000" */
#include <stddef.h>

#include "support/program.h"

static const struct implementation *const implementations[] = {
    &tributary_sender_implementation,
    &tributary_sender_in_all_implementation,
    &tributary_shared_implementation,
    &wfcqueue_malloc_implementation,
    &mutex_deque_implementation,
    NULL,
};

static const struct program_scenario scenarios[] = {
    {"limit", NULL, limit_run},
    {"floor", NULL, floor_run},
    {"wake-latency", "bare-futex", bare_wake_run},
    {NULL, NULL, NULL},
};

int main(int argument_count, char **arguments) {
    return program_run(implementations, scenarios, argument_count, arguments);
}
