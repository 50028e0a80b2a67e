/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "processors.h"

#include <sched.h>
#include <unistd.h>

size_t tributary_processor_count(void) {
#if defined(__linux__)
    cpu_set_t set;
    /* Fails where there are more processors than the set holds. */
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return (size_t)CPU_COUNT(&set);
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count < 1 ? 1 : (size_t)count;
}
