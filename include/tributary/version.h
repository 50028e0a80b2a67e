/* SPDX-License-Identifier: Apache-2.0 */
#ifndef TRIBUTARY_VERSION_H
#define TRIBUTARY_VERSION_H

#define TRIBUTARY_VERSION_MAJOR 0
#define TRIBUTARY_VERSION_MINOR 1
#define TRIBUTARY_VERSION_PATCH 0
#define TRIBUTARY_VERSION_STRING "0.1.0"
/* Comparable: TRIBUTARY_VERSION >= 10200 means 1.2.0 or newer. */
#define TRIBUTARY_VERSION \
    (TRIBUTARY_VERSION_MAJOR * 10000 + TRIBUTARY_VERSION_MINOR * 100 + TRIBUTARY_VERSION_PATCH)

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that the program runs with (the macros above are
 * the version it was compiled against). Real-time safe. */
unsigned tributary_version(void);
const char *tributary_version_string(void);

#ifdef __cplusplus
}
#endif
#endif
