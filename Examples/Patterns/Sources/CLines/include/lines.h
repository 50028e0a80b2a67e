/* SPDX-License-Identifier: Apache-2.0 */
/* A small C library of the kind that calls back, on a thread of its own. It knows nothing of Tributary. */
#ifndef LINES_H
#define LINES_H

#include <stdbool.h>
#include <stddef.h>

/* One line, without its end; the bytes are valid during the call. False: no more lines are wanted. */
typedef bool (*lines_on_line)(void *context, const char *bytes, size_t length);
/* The last call. */
typedef void (*lines_on_end)(void *context);

/* Reads lines from the descriptor until its end, on a new thread. 0, or an error number; then nothing is called. */
int lines_start(int descriptor, lines_on_line on_line, lines_on_end on_end, void *context);

#endif
