/* SPDX-License-Identifier: Apache-2.0 */
/* A cell: one scenario with its parameters, as the runner asks for it in one line:
 *
 *   throughput implementation=tributary-sender producers=2 capacity=1024 count=1000000 ...
 */
#ifndef CBENCH_CELL_H
#define CBENCH_CELL_H

#include <stddef.h>
#include <stdint.h>

enum { CELL_PRODUCERS_MAXIMUM = 64 };

/* Batch receive: single sends, and the receiver takes what is there. */
enum cell_mode { CELL_SINGLE, CELL_BATCH, CELL_IN_PLACE, CELL_BATCH_RECEIVE };

struct cell {
    char scenario[32];
    char implementation[32];
    enum cell_mode mode;
    unsigned producers;
    size_t capacity; /* 0: unbounded */
    size_t payload_bytes;
    uint64_t count;        /* messages of all producers together */
    uint64_t rate;         /* messages a second offered by all producers together; 0: no pause */
    unsigned idle_senders; /* open and silent beside the busy ones */
};

/* Reads one request; ends the program with a message if it makes no sense. */
void cell_parse(struct cell *cell, const char *line);

/* The share of one producer: `count` over all producers, the remainder to the first ones. */
uint64_t cell_share(const struct cell *cell, unsigned producer);

#endif
