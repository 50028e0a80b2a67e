/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs as the executors see them: a head laid out by Swift's runtime, of which nothing is run. */
#ifndef TRIBUTARY_TESTS_JOBS_H
#define TRIBUTARY_TESTS_JOBS_H

#include <string.h>

#include <tributary/internal/atomics.h>

#include "../../../Sources/CTributaryExecutors/job.h"
#include "test.h"

enum { PRIORITY_BACKGROUND = 9, PRIORITY_UTILITY = 17, PRIORITY_MEDIUM = 21, PRIORITY_HIGH = 25 };

struct test_job {
    struct tributary_job job;
    /* Plain words: what the enqueuer wrote has to be the taker's to read, as ThreadSanitizer checks. */
    uint64_t producer;
    uint64_t sequence;
    uint64_t times_run;
    void (*run)(struct test_job *job);
};

static inline void job_prepare(struct test_job *job, unsigned priority, uint64_t producer,
                               uint64_t sequence) {
    memset(job, 0, sizeof *job);
    job->job.flags = priority << 8;
    job->producer = producer;
    job->sequence = sequence;
}

static inline struct test_job *jobs_allocate(size_t count) {
    struct test_job *jobs = calloc(count, sizeof *jobs);
    require(jobs != NULL);
    return jobs;
}

#endif
