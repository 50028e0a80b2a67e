/* SPDX-License-Identifier: Apache-2.0 */
/* What the core's headers declare stays out of the shared library's exports. */
#ifndef TRIBUTARY_VISIBILITY_H
#define TRIBUTARY_VISIBILITY_H

#if defined(__GNUC__)
#define TRIBUTARY_PRIVATE_BEGIN _Pragma("GCC visibility push(hidden)")
#define TRIBUTARY_PRIVATE_END _Pragma("GCC visibility pop")
#else
#define TRIBUTARY_PRIVATE_BEGIN
#define TRIBUTARY_PRIVATE_END
#endif

#endif
