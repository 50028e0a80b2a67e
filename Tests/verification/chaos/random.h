/* SPDX-License-Identifier: Apache-2.0 */
/* SplitMix64 (Steele, Lea, Flood 2014): a stream a number, so that each thread has its own from one seed. */
#ifndef TRIBUTARY_CHAOS_RANDOM_H
#define TRIBUTARY_CHAOS_RANDOM_H

#include <stdbool.h>
#include <stdint.h>

static inline uint64_t mix(uint64_t value) {
    value = (value ^ (value >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    value = (value ^ (value >> 27)) * UINT64_C(0x94d049bb133111eb);
    return value ^ (value >> 31);
}

struct random {
    uint64_t state;
};

static inline struct random random_stream(uint64_t seed, uint64_t stream) {
    struct random random = {mix(mix(seed + 1) + stream * UINT64_C(0x9e3779b97f4a7c15))};
    return random;
}

static inline uint64_t random_next(struct random *random) {
    return mix(random->state += UINT64_C(0x9e3779b97f4a7c15));
}

static inline uint64_t random_below(struct random *random, uint64_t bound) {
    return random_next(random) % bound;
}

static inline bool one_in(struct random *random, uint64_t chances) {
    return random_below(random, chances) == 0;
}

static inline uint64_t pick(struct random *random, const uint64_t *values, uint64_t count) {
    return values[random_below(random, count)];
}

#endif
