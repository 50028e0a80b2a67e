/* SPDX-License-Identifier: Apache-2.0 */
/* The pool of cells, the nodes of shared messages, for the whole process.
 *
 * A thread takes cells from a slab of its own, one after another; receivers give them back in any
 * order by counting the slab down. At zero the whole slab is free again and goes to the pool: what is recycled is
 * always a run of neighbouring cells (measured: 150-200 M/s for these, 8-14 for a malloc each).
 *
 *   slab->outstanding   starts at the number of cells. Subtracted: by receivers, one per cell they gave back
 *                       (C1 release); by the owning thread at its exit, what it never handed out. Whoever
 *                       reaches zero (C1 acquire) owns the slab, alone.
 *
 * A slab that its thread has used up is forgotten by that thread at once: it may reach zero, and be another
 * thread's, the moment its last cell is sent. */
#ifndef TRIBUTARY_CELL_POOL_H
#define TRIBUTARY_CELL_POOL_H

#include <stddef.h>
#include <stdint.h>
#include <urcu/wfcqueue.h>
#include "visibility.h"

struct tributary_cell {
    struct cds_wfcq_node node;
    uintptr_t unused; /* keeps what follows aligned */
    unsigned char message[]; /* aligned to 16 */
};

enum {
    TRIBUTARY_CELL_CLASSES = 3, /* cells of 32, 64 and 128 bytes */
    TRIBUTARY_CELL_BOXED = -1,  /* the message does not fit: its cell is of the smallest class */
    TRIBUTARY_CELL_RETURNS = 8  /* slabs whose returned cells a receiver counts before telling */
};

/* Cells that a receiver has given back and not yet counted down, by slab. */
struct tributary_cell_returns {
    struct {
        struct tributary_cell_slab *slab;
        size_t count;
    } entries[TRIBUTARY_CELL_RETURNS];
};

TRIBUTARY_PRIVATE_BEGIN

/* The class for messages of that size and alignment, or TRIBUTARY_CELL_BOXED. */
int tributary_cell_class(size_t message_size, size_t message_alignment);

/* The calling thread's next cell of that class, NULL without memory. Wait-free but for a new slab. */
struct tributary_cell *tributary_cell_take(int cell_class);
/* Undoes the calling thread's latest take. */
void tributary_cell_untake(int cell_class, struct tributary_cell *cell);

void tributary_cell_return(struct tributary_cell_returns *returns, struct tributary_cell *cell);
void tributary_cell_returns_flush(struct tributary_cell_returns *returns);
/* A receiver of shared messages has nothing to do: the pool gives back most of what is free. */
void tributary_cell_pool_idle(void);

TRIBUTARY_PRIVATE_END
#endif
