/* SPDX-License-Identifier: Apache-2.0 */
/* An eventfd (Linux), so that an event loop can watch a channel among other things. */
#ifndef TRIBUTARY_EVENTFD_H
#define TRIBUTARY_EVENTFD_H

#include <stdint.h>
#include "visibility.h"

TRIBUTARY_PRIVATE_BEGIN

/* A descriptor, or a negative errno; -EINVAL where the system has none. */
int tributary_eventfd_open(void);
void tributary_eventfd_close(int descriptor);
/* Until it is readable (then it is emptied), interrupted, past the deadline. */
void tributary_eventfd_wait(int descriptor, int64_t deadline);
void tributary_eventfd_signal(int descriptor);
void tributary_eventfd_clear(int descriptor);

TRIBUTARY_PRIVATE_END
#endif
