/* SPDX-License-Identifier: Apache-2.0 */
/* Processors: how many this process may run on, and which one runs the caller. Needs _GNU_SOURCE on
 * Linux. Also compiled into the Swift program. */
#ifndef CBENCH_PROCESSORS_H
#define CBENCH_PROCESSORS_H

#include <sched.h>
#include <unistd.h>

static inline unsigned processors_available(void) {
#ifdef __linux__
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return (unsigned)CPU_COUNT(&set);
#endif
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    return processors > 0 ? (unsigned)processors : 1;
}

/* -1 where the system does not say. */
static inline int processors_current(void) {
#ifdef __linux__
    return sched_getcpu();
#else
    return -1;
#endif
}

#endif
