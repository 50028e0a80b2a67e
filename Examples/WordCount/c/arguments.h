/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WORD_COUNT_ARGUMENTS_H
#define WORD_COUNT_ARGUMENTS_H

#include <stddef.h>

enum { WORKERS_MAXIMUM = 1024 };

struct arguments {
    size_t workers;
    size_t top;         /* 0: all */
    size_t capacity;    /* of each worker's lane, in words, or TRIBUTARY_UNBOUNDED */
    char *const *paths; /* ends with NULL, at least one */
};

/* Ends the process for --help, --version and whatever cannot be understood. */
void arguments_parse(struct arguments *arguments, int argc, char **argv);

#endif
