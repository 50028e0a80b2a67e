/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CBENCH_THREAD_H
#define CBENCH_THREAD_H

#include <pthread.h>

void thread_start(pthread_t *thread, void *(*body)(void *), void *argument);
void thread_join(pthread_t thread);

#endif
