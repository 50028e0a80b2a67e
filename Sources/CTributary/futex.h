/* SPDX-License-Identifier: Apache-2.0 */
/* The two futex calls of Linux. */
#ifndef TRIBUTARY_FUTEX_H
#define TRIBUTARY_FUTEX_H

#include <stdbool.h>
#include <stdint.h>
#include "visibility.h"

TRIBUTARY_PRIVATE_BEGIN

bool tributary_futex_supported(void);
/* Sleeps while *word is `expected`, until woken, interrupted, past the deadline (CLOCK_MONOTONIC, at least 0), or
 * for no reason. */
void tributary_futex_wait(uint32_t *word, uint32_t expected, int64_t deadline);
void tributary_futex_wake(uint32_t *word, int count);

TRIBUTARY_PRIVATE_END
#endif
