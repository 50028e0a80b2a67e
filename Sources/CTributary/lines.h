/* SPDX-License-Identifier: Apache-2.0 */
/* What batches do for the lines of messages: both ends ask for them, and the receiver gives them back
 * (tributary/internal/lines.h). */
#ifndef TRIBUTARY_LINES_H
#define TRIBUTARY_LINES_H

#include <stddef.h>
#include <tributary/internal/atomics.h>
#include <tributary/internal/lines.h>

/* Each line that ends within these bytes, which were read. */
static inline void tributary_disown(void *bytes, size_t size) {
    uintptr_t start = (uintptr_t)bytes;
    for (uintptr_t line = start | (TRIBUTARY_LINE - 1); line < start + size; line += TRIBUTARY_LINE)
        tributary_internal_disown_line(line);
}

/* The first lines of these bytes, all at once: touched one after the other they would arrive so. */
static inline void tributary_ask_for(const void *bytes, size_t size) {
    const char *start = bytes;
    if (size > TRIBUTARY_RECEIVE_AHEAD) size = TRIBUTARY_RECEIVE_AHEAD;
    for (size_t line = 0; line < size; line += TRIBUTARY_LINE) tributary_prefetch_write(start + line);
}

#endif
