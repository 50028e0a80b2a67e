/* SPDX-License-Identifier: Apache-2.0 */
#include <tributary/version.h>

unsigned tributary_version(void) { return TRIBUTARY_VERSION; }

const char *tributary_version_string(void) { return TRIBUTARY_VERSION_STRING; }
