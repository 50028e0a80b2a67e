/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_ERROR_H
#define TRIBUTARY_ERROR_H

#include <errno.h>

/* Every call that can fail returns a negative errno, never -1 with errno set:
 *
 *   -EAGAIN     a try call found the channel full (send) or empty (receive)
 *   -EPIPE      send: the receiver has closed or is gone;
 *               receive: closed or without senders, and everything was received
 *   -ETIMEDOUT  the timeout or deadline passed; nothing was sent or received
 *   -ENOMEM     an allocation failed; nothing was sent
 *   -EINVAL     an argument is out of its range; nothing happened
 *   -EBUSY      the channel is in a state that excludes the call (see there)
 */

#ifdef __cplusplus
extern "C" {
#endif

/* A static English string for any value a call of this library returns, for
 * either sign; "unknown error" for every other. Never NULL. Real-time safe. */
const char *tributary_error_string(int error);

#ifdef __cplusplus
}
#endif
#endif
