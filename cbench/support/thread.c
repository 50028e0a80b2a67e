/* SPDX-License-Identifier: Apache-2.0 */
#include "thread.h"

#include <string.h>

#include "report.h"

void thread_start(pthread_t *thread, void *(*body)(void *), void *argument) {
    int error = pthread_create(thread, NULL, body, argument);
    if (error != 0)
        fail("pthread_create: %s", strerror(error));
}

void thread_join(pthread_t thread) {
    int error = pthread_join(thread, NULL);
    if (error != 0)
        fail("pthread_join: %s", strerror(error));
}
