/* SPDX-License-Identifier: Apache-2.0 */
/* Runs a test once for every fence and parker that this system has. */
#ifndef TRIBUTARY_TESTS_MATRIX_H
#define TRIBUTARY_TESTS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include <tributary/options.h>

struct configuration {
    tributary_fence fence;
    tributary_parker parker;
    const char *fence_name;
    const char *parker_name;
};

enum { CONFIGURATIONS = 6 };

/* Calls `body` for each configuration that works here; prints why one is left out. */
void matrix_run(void (*body)(const struct configuration *configuration));

/* The n-th configuration that works here, n counted round: for tests with so many cases that each
 * runs in one configuration only. */
const struct configuration *matrix_pick(size_t n);

/* Whether a channel with that parker can be created here. */
bool parker_available(tributary_parker parker);

/* Whether this system has membarrier: the library falls back without a word, so the kernel is asked. */
bool heavy_fences_available(void);

#define MATRIX_TEST(name)                                              \
    static void name##_in(const struct configuration *configuration);  \
    static void name(void **state) {                                   \
        (void)state;                                                   \
        matrix_run(name##_in);                                         \
    }                                                                  \
    static void name##_in(const struct configuration *configuration)

#endif
