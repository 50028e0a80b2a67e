/* SPDX-License-Identifier: Apache-2.0 */
/* Tributary: channels with many senders and one receiver.
 *
 * This header is the whole API with opaque handles, for C11 and C++17. <tributary/inline.h> adds
 * the hot path as inline functions of the same names, for programs compiled with GCC or clang. */
#ifndef TRIBUTARY_H
#define TRIBUTARY_H

#include <tributary/channel.h>
#include <tributary/error.h>
#include <tributary/options.h>
#include <tributary/sender.h>
#include <tributary/shared_sender.h>
#include <tributary/version.h>

#endif
