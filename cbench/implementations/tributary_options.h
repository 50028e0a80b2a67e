/* SPDX-License-Identifier: Apache-2.0 */
/* The channel of a cell: default options, nothing tuned. */
#ifndef CBENCH_TRIBUTARY_OPTIONS_H
#define CBENCH_TRIBUTARY_OPTIONS_H

#include <tributary/tributary.h>

#include "../support/cell.h"
#include "../support/report.h"

static inline tributary_channel *tributary_channel_of(const struct cell *cell) {
    tributary_options options;
    tributary_channel *channel;
    tributary_options_initialize(&options, cell->payload_bytes, sizeof(uint64_t),
                                 cell->capacity == 0 ? TRIBUTARY_UNBOUNDED : cell->capacity);
    check(tributary_channel_create(&options, &channel), "tributary_channel_create");
    return channel;
}

#endif
