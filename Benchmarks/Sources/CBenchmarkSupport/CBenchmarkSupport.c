/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CBenchmarkSupport.h"

#include <sys/resource.h>

#include "../../../cbench/support/processors.h"

unsigned benchmark_processors(void) {
    return processors_available();
}

int benchmark_current_processor(void) {
    return processors_current();
}

uint64_t benchmark_step(uint64_t value) { return value + 1; }

double benchmark_processor_seconds(void) {
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) != 0) return -1;
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

#if defined(__GLIBC__) && (__GLIBC__ > 2 || (__GLIBC__ == 2 && __GLIBC_MINOR__ >= 33))
#include "../../../cbench/support/allocated.h"

double benchmark_allocated_bytes(void) { return (double)allocated_bytes(); }
#else
double benchmark_allocated_bytes(void) { return -1; }
#endif
