/* SPDX-License-Identifier: Apache-2.0 */
#include "random.h"

#include <stdlib.h>

static uint64_t seed_of_test;

/* The finaliser of SplitMix64 (Steele, Lea, Flood 2014). */
uint64_t random_mix(uint64_t value) {
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

uint64_t random_seed(void) {
    const char *text = getenv("TRIBUTARY_TEST_SEED");
    return text != NULL && *text != '\0' ? strtoull(text, NULL, 0) : 20240229;
}

void random_restart(const char *test) {
    uint64_t hash = random_seed();
    for (; *test != '\0'; test++)
        hash = random_mix(hash ^ (unsigned char)*test);
    seed_of_test = hash;
}

struct random_source random_for(uint64_t stream) {
    struct random_source source = {random_mix(seed_of_test + random_mix(stream + 1))};
    return source;
}

uint64_t random_next(struct random_source *source) {
    source->state += UINT64_C(0x9e3779b97f4a7c15);
    return random_mix(source->state);
}

uint64_t random_below(struct random_source *source, uint64_t bound) {
    return random_next(source) % bound;
}

bool random_one_in(struct random_source *source, uint64_t chances) {
    return random_below(source, chances) == 0;
}
