/* SPDX-License-Identifier: Apache-2.0 */
/* Where and how urgently the calling thread runs. */
#define _GNU_SOURCE
#include <CTributaryExecutors.h>

#if defined(__APPLE__)
#include <pthread/qos.h>

bool tributary_thread_set_processor(size_t processor) {
    (void)processor;
    return true;
}

void tributary_thread_set_priority(unsigned priority) {
    /* Swift's priorities are the values of the classes. */
    if (priority != 0) pthread_set_qos_class_self_np((qos_class_t)priority, 0);
}
#elif defined(__linux__)
#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

bool tributary_thread_set_processor(size_t processor) {
    if (processor >= CPU_SETSIZE) return false;
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    return pthread_setaffinity_np(pthread_self(), sizeof set, &set) == 0;
}

void tributary_thread_set_priority(unsigned priority) {
    /* To be nicer needs no privilege; Linux keeps the value per thread. */
    int nice = priority == 0 || priority > 17 ? 0 : priority > 9 ? 5 : 10;
    id_t thread = (id_t)syscall(SYS_gettid);
    if (nice > getpriority(PRIO_PROCESS, thread)) setpriority(PRIO_PROCESS, thread, nice);
}
#else
bool tributary_thread_set_processor(size_t processor) {
    (void)processor;
    return true;
}

void tributary_thread_set_priority(unsigned priority) { (void)priority; }
#endif
