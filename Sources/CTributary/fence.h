/* SPDX-License-Identifier: Apache-2.0 */
/* The heavy fence: one thread's full fence on behalf of every thread of the process.
 *
 * Linux: membarrier(PRIVATE_EXPEDITED). Pairs with tributary_fence_compiler on the other side: a
 * thread that was running executes a full fence in between, one that was not has executed one when it was
 * switched out. Orders stores before later loads, nothing else: every hand-over of memory is a
 * release store and an acquire load of its own. */
#ifndef TRIBUTARY_FENCE_H
#define TRIBUTARY_FENCE_H

#include <stdbool.h>
#include "visibility.h"

TRIBUTARY_PRIVATE_BEGIN

/* Whether heavy fences can be had. Once false it stays false. */
bool tributary_fence_heavy_available(void);

/* Costs 0.5 microseconds alone and about 15 with a running peer. Where the kernel has begun to refuse it
 * (a seccomp filter installed later) this waits a millisecond instead, which outlasts any store
 * buffer, and heavy fences become unavailable: no lane is promoted any more. */
void tributary_fence_heavy(void);

TRIBUTARY_PRIVATE_END
#endif
