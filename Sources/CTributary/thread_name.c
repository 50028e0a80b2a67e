/* SPDX-License-Identifier: Apache-2.0 */
/* The name of the calling thread, which glibc's module for Swift does not have. */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <tributary/internal/thread_name.h>

void tributary_internal_thread_set_name(const char *name) {
    char bytes[16]; /* what Linux takes; it refuses more */
    strncpy(bytes, name, sizeof bytes - 1);
    bytes[sizeof bytes - 1] = 0;
#ifdef __APPLE__
    pthread_setname_np(bytes);
#else
    pthread_setname_np(pthread_self(), bytes);
#endif
}
