/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own latency: two threads hand one cache line back and forth. A hand-over is half
 * a round trip. */
#include <stdatomic.h>

#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/thread.h"

struct floor_line {
    char before[128];
    _Atomic uint64_t turn;
    char after[120];
};

struct floor_partner {
    struct gate gate;
    uint64_t rounds;
    struct floor_line line;
};

static void *floor_partner(void *argument) {
    struct floor_partner *partner = argument;
    gate_pass(&partner->gate);
    for (uint64_t round = 0; round < partner->rounds; round++) {
        while (atomic_load_explicit(&partner->line.turn, memory_order_acquire) != 2 * round + 1) {}
        atomic_store_explicit(&partner->line.turn, 2 * round + 2, memory_order_release);
    }
    return NULL;
}

void floor_run(const struct cell *cell, struct report *report) {
    struct floor_partner partner = {.rounds = cell->count};
    pthread_t thread;
    thread_start(&thread, floor_partner, &partner);
    gate_wait_for(&partner.gate, 1);
    uint64_t start = gate_open(&partner.gate);
    for (uint64_t round = 0; round < cell->count; round++) {
        atomic_store_explicit(&partner.line.turn, 2 * round + 1, memory_order_release);
        while (atomic_load_explicit(&partner.line.turn, memory_order_acquire) != 2 * round + 2) {}
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    report_metric(report, "hand-over", "ns",
                  (double)nanoseconds / (2 * (double)cell->count));
    report_end(report, (double)nanoseconds / 1e9);
}
