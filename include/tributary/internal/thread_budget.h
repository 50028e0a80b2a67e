/* SPDX-License-Identifier: Apache-2.0 */
/* For bindings whose sends run on threads that many tasks share. Not an interface. */
#ifndef TRIBUTARY_INTERNAL_THREAD_BUDGET_H
#define TRIBUTARY_INTERNAL_THREAD_BUDGET_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Adds to what the calling thread has spent. True, and it begins at zero again, when that is `budget` or more. */
bool tributary_internal_thread_spend(size_t amount, size_t budget);

#ifdef __cplusplus
}
#endif
#endif
