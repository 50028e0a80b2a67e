/* SPDX-License-Identifier: Apache-2.0 */
/* Random choices that a run repeats: the same TRIBUTARY_TEST_SEED, the same choices. */
#ifndef TRIBUTARY_TESTS_RANDOM_H
#define TRIBUTARY_TESTS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

struct random_source {
    uint64_t state;
};

/* A source for each thread of a test, by its number: no two threads share one. */
struct random_source random_for(uint64_t stream);
uint64_t random_next(struct random_source *source);
/* 0 to bound - 1. */
uint64_t random_below(struct random_source *source, uint64_t bound);
bool random_one_in(struct random_source *source, uint64_t chances);

uint64_t random_mix(uint64_t value);
uint64_t random_seed(void);
void random_restart(const char *test);

#endif
