/* SPDX-License-Identifier: Apache-2.0 */
/* The decisions of an execution, and those that are still to be tried. */
#ifndef CHECKER_EXPLORE_H
#define CHECKER_EXPLORE_H

#include "checker.h"

/* One decision. Of a search for all executions up to the order of independent steps: which thread, by sets of threads; else, and for
 * values, one of a number. */
struct Node {
    bool threads;
    int count, chosen;
    unsigned enabled, wanted, done, asleep;
    Step pending[THREADS];
};

extern std::vector<Node> nodes;
extern size_t depth; /* decisions of this execution so far */

struct Event {
    Step step;
    uint16_t past[THREADS]; /* by thread: how much of the execution comes before it, whatever the schedule */
    int node;
};

extern std::vector<Event> events;

/* reduction.cpp */
void reduction_begin();
/* What the step depends on comes before it; where the other order is possible, it will be tried. */
void reduction_step(Event &event);
/* The threads that stay asleep after `taken` was executed. */
unsigned reduction_asleep(const Node &node, const Step &taken);

#endif
