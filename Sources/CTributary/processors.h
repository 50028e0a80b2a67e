/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_PROCESSORS_H
#define TRIBUTARY_PROCESSORS_H

#include <stddef.h>
#include "visibility.h"

TRIBUTARY_PRIVATE_BEGIN

/* That this process may run on; at least 1. */
size_t tributary_processor_count(void);

TRIBUTARY_PRIVATE_END
#endif
