/* SPDX-License-Identifier: Apache-2.0 */
/* For bindings. Not an interface. */
#ifndef TRIBUTARY_INTERNAL_THREAD_NAME_H
#define TRIBUTARY_INTERNAL_THREAD_NAME_H

#ifdef __cplusplus
extern "C" {
#endif

/* As many whole characters of it as fit 15 bytes; `name` is UTF-8. */
void tributary_internal_thread_set_name(const char *name);

#ifdef __cplusplus
}
#endif
#endif
