/* SPDX-License-Identifier: Apache-2.0 */
/* The name of the calling thread, which glibc's module for Swift does not have. */
#define _GNU_SOURCE
#include <pthread.h>
#include <string.h>
#include <tributary/internal/thread_name.h>

void tributary_internal_thread_set_name(const char *name) {
    char bytes[16]; /* what Linux takes; it refuses more */
    size_t length = strlen(name);
    if (length >= sizeof bytes) {
        length = sizeof bytes - 1;
        /* Not within a character: UTF-8 goes on with bytes of the form 10xxxxxx. */
        while (length > 0 && ((unsigned char)name[length] & 0xC0) == 0x80) length--;
    }
    memcpy(bytes, name, length);
    bytes[length] = 0;
#ifdef __APPLE__
    pthread_setname_np(bytes);
#else
    pthread_setname_np(pthread_self(), bytes);
#endif
}
