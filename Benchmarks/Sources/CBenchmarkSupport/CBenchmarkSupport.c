/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "CBenchmarkSupport.h"

#include "../../../cbench/support/processors.h"

unsigned benchmark_processors(void) {
    return processors_available();
}

int benchmark_current_processor(void) {
    return processors_current();
}
