/* SPDX-License-Identifier: Apache-2.0 */
/* What the runner may ask an implementation for. Each implementation is one file, which defines
 *
 *     queue                                   a type, or a struct's name behind typedef
 *     queue_sender                            a sending end
 *     queue *queue_create(cell)               queue_destroy(queue)
 *     queue_sender *queue_open(queue)         queue_close(sender)
 *     queue_send(sender, message, size)       queue_receive(queue, message, size): both wait
 *
 * as inline functions and includes the scenarios (../scenarios), which are thereby compiled
 * once for each implementation, with its calls inlined and the message size a constant. */
#ifndef CBENCH_IMPLEMENTATION_H
#define CBENCH_IMPLEMENTATION_H

#include "cell.h"
#include "report.h"

typedef void scenario_function(const struct cell *cell, struct report *report);

/* A scenario that is not there is NULL. */
struct implementation {
    const char *name;
    scenario_function *throughput;
    scenario_function *send_latency;
    scenario_function *pair_latency;
    scenario_function *one_way_latency;
    scenario_function *wake_latency;
    scenario_function *round_trip;
    scenario_function *contention;
    scenario_function *memory;
    scenario_function *idle_senders;
    scenario_function *announced_wake;
    scenario_function *footprint;
};

extern const struct implementation tributary_sender_implementation;
extern const struct implementation tributary_sender_in_all_implementation;
extern const struct implementation tributary_shared_implementation;
extern const struct implementation wfcqueue_malloc_implementation;
extern const struct implementation mutex_deque_implementation;

/* The scenarios of the machine itself. */
scenario_function limit_run;
scenario_function floor_run;
scenario_function bare_wake_run;

#endif
