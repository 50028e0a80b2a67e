/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "fence.h"

#include <pthread.h>
#include <tributary/internal/atomics.h>
#include <time.h>

static bool unavailable; /* any thread writes true, once; relaxed: a late reader only falls back later */

#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>

/* From the kernel's <linux/membarrier.h>, which old systems lack. */
enum { MEMBARRIER_PRIVATE_EXPEDITED = 1 << 3, MEMBARRIER_REGISTER_PRIVATE_EXPEDITED = 1 << 4 };

#ifdef SYS_membarrier
static bool membarrier(int command) { return syscall(SYS_membarrier, command, 0, 0) == 0; }
#else
static bool membarrier(int command) {
    (void)command;
    return false;
}
#endif

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void probe(void) {
    if (!membarrier(MEMBARRIER_REGISTER_PRIVATE_EXPEDITED) ||
        !membarrier(MEMBARRIER_PRIVATE_EXPEDITED))
        tributary_store_relaxed(&unavailable, true);
}

/* Registration takes a microsecond before the first thread starts and 10 milliseconds after. */
__attribute__((constructor)) static void probe_at_load(void) { pthread_once(&once, probe); }

static bool heavy(void) {
    pthread_once(&once, probe);
    return !tributary_load_relaxed(&unavailable) && membarrier(MEMBARRIER_PRIVATE_EXPEDITED);
}

bool tributary_fence_heavy_available(void) {
    pthread_once(&once, probe);
    return !tributary_load_relaxed(&unavailable);
}
#else
static bool heavy(void) { return false; }

bool tributary_fence_heavy_available(void) { return false; }
#endif

void tributary_fence_heavy(void) {
    tributary_fence_full();
    if (tributary_likely(heavy())) return;
    tributary_store_relaxed(&unavailable, true);
    struct timespec rest = {.tv_sec = 0, .tv_nsec = 1000000};
    while (nanosleep(&rest, &rest) != 0) {
    }
    tributary_fence_full();
}
