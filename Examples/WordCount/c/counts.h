/* SPDX-License-Identifier: Apache-2.0 */
/* How often each word occurred. */
#ifndef WORD_COUNT_COUNTS_H
#define WORD_COUNT_COUNTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct counts;

/* NULL: no memory. */
struct counts *counts_create(void);
void counts_destroy(struct counts *counts);

/* False: no memory, the word is not counted. */
bool counts_add(struct counts *counts, const char *letters, size_t length);

/* Prints the `top` most frequent words, all for 0, as `uniq -c` does: the highest count first,
 * equal ones in alphabetical order. False: no memory, or the file refused. */
bool counts_print(const struct counts *counts, size_t top, FILE *file);

#endif
