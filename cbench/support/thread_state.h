/* SPDX-License-Identifier: Apache-2.0 */
/* Whether another thread of this process is asleep, or all others are, as the kernel sees it. Also included by the
 * programs in C++ and Swift. */
#ifndef CBENCH_THREAD_STATE_H
#define CBENCH_THREAD_STATE_H

#if defined(__linux__)
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>
#elif defined(__APPLE__)
#include <mach/mach.h>
#include <pthread.h>
#else
#error "reading the state of a thread is not written for this system"
#endif

/* What the kernel knows the calling thread by. */
static inline unsigned long thread_state_self(void) {
#if defined(__linux__)
    return (unsigned long)syscall(SYS_gettid);
#else
    return pthread_mach_thread_np(pthread_self());
#endif
}

/* 1: asleep; 0: not; -1: the kernel did not say. */
static inline int thread_state_is_asleep(unsigned long thread) {
#if defined(__linux__)
    char path[64], text[256];
    snprintf(path, sizeof path, "/proc/self/task/%lu/stat", thread);
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return -1;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0)
        return -1;
    text[length] = '\0';
    /* The state follows the name, which is in brackets and may contain any character. */
    const char *end = strrchr(text, ')');
    return end != NULL && end[1] == ' ' ? end[2] == 'S' : -1;
#else
    thread_basic_info_data_t information;
    mach_msg_type_number_t count = THREAD_BASIC_INFO_COUNT;
    if (thread_info((thread_act_t)thread, THREAD_BASIC_INFO, (thread_info_t)&information,
                    &count) != KERN_SUCCESS)
        return -1;
    return information.run_state == TH_STATE_WAITING;
#endif
}

/* The same of all threads of the process but the calling one: for a receiver that is a task, which any of them may
 * come to run. */
static inline int thread_state_others_are_asleep(void) {
#if defined(__linux__)
    DIR *threads = opendir("/proc/self/task");
    if (threads == NULL)
        return -1;
    unsigned long self = thread_state_self();
    int asleep = 1;
    const struct dirent *entry;
    while (asleep == 1 && (entry = readdir(threads)) != NULL) {
        unsigned long thread = strtoul(entry->d_name, NULL, 10);
        if (thread != 0 && thread != self)
            asleep = thread_state_is_asleep(thread);
    }
    closedir(threads);
    return asleep;
#else
    return -1; /* not written for this system */
#endif
}

#endif
