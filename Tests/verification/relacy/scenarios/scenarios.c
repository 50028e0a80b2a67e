/* SPDX-License-Identifier: Apache-2.0 */
/* All scenarios, in the order of the table. */
#include "lane.h"
#include <stddef.h>

const struct scenario *const scenarios[] = {&one_message, NULL};
