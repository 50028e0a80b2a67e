/* SPDX-License-Identifier: Apache-2.0 */
#include "matrix.h"

#include "test.h"

#ifdef __linux__
#include <sys/syscall.h>
#include <unistd.h>
#endif

static const struct configuration configurations[CONFIGURATIONS] = {
    {TRIBUTARY_FENCE_DEFAULT, TRIBUTARY_PARKER_FUTEX, "default", "futex"},
    {TRIBUTARY_FENCE_LOCAL, TRIBUTARY_PARKER_FUTEX, "local", "futex"},
    {TRIBUTARY_FENCE_DEFAULT, TRIBUTARY_PARKER_CONDITION, "default", "condition"},
    {TRIBUTARY_FENCE_LOCAL, TRIBUTARY_PARKER_CONDITION, "local", "condition"},
    {TRIBUTARY_FENCE_DEFAULT, TRIBUTARY_PARKER_EVENTFD, "default", "eventfd"},
    {TRIBUTARY_FENCE_LOCAL, TRIBUTARY_PARKER_EVENTFD, "local", "eventfd"},
};

bool parker_available(tributary_parker parker) {
    tributary_options options;
    tributary_channel *channel = NULL;
    int error;
    tributary_options_initialize(&options, 8, 8, 1);
    options.parker = parker;
    error = tributary_channel_create(&options, &channel);
    if (error == 0)
        tributary_channel_destroy(channel);
    /* -EINVAL is the one way to say that a system lacks it. Linux lacks none. */
    require(error == 0 || error == -EINVAL);
#ifdef __linux__
    require_equal(error, 0);
#endif
    require(error == 0 || parker != TRIBUTARY_PARKER_CONDITION);
    return error == 0;
}

void matrix_run(void (*body)(const struct configuration *configuration)) {
    static bool reported[CONFIGURATIONS];
    size_t n;
    for (n = 0; n < CONFIGURATIONS; n++) {
        const struct configuration *configuration = &configurations[n];
        test_note("fence %s, parker %s", configuration->fence_name, configuration->parker_name);
        if (parker_available(configuration->parker)) {
            body(configuration);
        } else if (!reported[n]) {
            printf("left out: fence %s, parker %s: this system has no such parker\n",
                   configuration->fence_name, configuration->parker_name);
            reported[n] = true;
        }
    }
    test_note("%s", "");
}

const struct configuration *matrix_pick(size_t n) {
    const struct configuration *configuration = &configurations[n % CONFIGURATIONS];
    while (!parker_available(configuration->parker))
        configuration = &configurations[++n % CONFIGURATIONS];
    test_note("fence %s, parker %s", configuration->fence_name, configuration->parker_name);
    return configuration;
}

bool heavy_fences_available(void) {
#if defined(__linux__) && defined(SYS_membarrier)
    enum { QUERY = 0, PRIVATE_EXPEDITED = 1 << 3 };
    long commands = syscall(SYS_membarrier, QUERY, 0, 0);
    return commands > 0 && (commands & PRIVATE_EXPEDITED) != 0;
#else
    return false;
#endif
}
