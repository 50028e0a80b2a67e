/* SPDX-License-Identifier: Apache-2.0 */
/* Cache lines on their way between a sender and the receiver. Measured: docs/design.md. */
#ifndef TRIBUTARY_INTERNAL_LINES_H
#define TRIBUTARY_INTERNAL_LINES_H

#include <stdint.h>

enum {
    TRIBUTARY_LINE = 64,
    /* Bytes between a sender's write position and the line that it asks for. */
    TRIBUTARY_PREFETCH_DISTANCE = 512,
    /* The same ahead of the receiver, which asks for lines to write as well: see below. */
    TRIBUTARY_RECEIVE_AHEAD = 1024
};

/* Writes into the cache line that holds `line`, which was read and is not needed any more. A line that was only read stays in
 * the sender's cache too, and the sender's next store to it has to take the receiver's copy back first: one line after the
 * other, a hand-over each (measured across two caches: 47 million messages a second). One that the receiver has written is gone
 * from there, and stores that miss are asked for many at a time (790). */
static inline void tributary_internal_disown_line(uintptr_t line) {
    *(volatile unsigned char *)line = 0;
}

#endif
