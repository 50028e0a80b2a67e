/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include <CTributaryExecutors.h>
#include "job.h"

/* swift/ABI/MetadataValues.h, JobFlags: Task_HasInitialTaskExecutorPreference. To the runtime, a task is where it belongs only when both
 * executors are: the actor's, and the one it prefers or none. A job that is run as what it is not is enqueued once more at each call
 * between two actors of one executor, and no more than that. */
enum { PREFERS_EXECUTOR = 1 << 29 };

bool tributary_job_prefers_executor(const void *job) {
    return (((const struct tributary_job *)job)->flags & PREFERS_EXECUTOR) != 0;
}
