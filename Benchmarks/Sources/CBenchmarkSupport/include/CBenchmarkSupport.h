/* SPDX-License-Identifier: Apache-2.0 */
/* What both programs measure with, and Swift cannot say itself: the processor's counter and the
 * state of a thread. The same files as in cbench, so that the figures are of the same thing. */
#ifndef CBENCHMARK_SUPPORT_H
#define CBENCHMARK_SUPPORT_H

#include <stddef.h>
#include "../../../../cbench/support/clock.h"
#include "../../../../cbench/support/thread_state.h"

/* Processors that this process may run on. */
unsigned benchmark_processors(void);
/* The one that runs the caller; -1 where the system does not say. */
int benchmark_current_processor(void);

/* Work that the compiler knows nothing of: it has to be done where the program says, between two messages. */
uint64_t benchmark_step(uint64_t value);
/* Processor time of the process so far; negative where the system does not say. */
double benchmark_processor_seconds(void);

/* Bytes that the C library's allocator has given out and not got back; negative where it does not say. */
double benchmark_allocated_bytes(void);

/* Calls of the allocator between the two; 0 where they cannot be counted. */
void benchmark_allocations_begin(void);
size_t benchmark_allocations_end(void);
int benchmark_allocations_counted(void);

#endif
