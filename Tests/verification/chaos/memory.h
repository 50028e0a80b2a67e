/* SPDX-License-Identifier: Apache-2.0 */
/* The channel's memory: counted, checked when it is given back, and filled with garbage on both ways. What was given back lies for a
 * while before it is used again, and has to be garbage still. */
#ifndef TRIBUTARY_CHAOS_MEMORY_H
#define TRIBUTARY_CHAOS_MEMORY_H

#include <tributary/options.h>

tributary_allocator memory_hooks(void);
/* All has been given back: checks what lies, and that nothing is missing. */
void memory_finish(void);

#endif
