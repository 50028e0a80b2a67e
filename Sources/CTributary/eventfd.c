/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "eventfd.h"

#include <errno.h>

#include "clock.h"

#if defined(__linux__)
#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

int tributary_eventfd_open(void) {
    int descriptor = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return descriptor >= 0 ? descriptor : -errno;
}

void tributary_eventfd_close(int descriptor) { close(descriptor); }

void tributary_eventfd_wait(int descriptor, int64_t deadline) {
    struct pollfd set = {.fd = descriptor, .events = POLLIN};
    struct timespec rest, *timeout = NULL;
    if (deadline != TRIBUTARY_FOREVER) {
        int64_t nanoseconds = deadline - tributary_clock_now();
        if (nanoseconds < 0) nanoseconds = 0;
        rest = (struct timespec){.tv_sec = nanoseconds / 1000000000,
                                 .tv_nsec = nanoseconds % 1000000000};
        timeout = &rest;
    }
    /* It may be readable from an earlier wake: empty it, and let the caller look at the word. The waker changes
     * the word before it writes, so no wake is read away unseen. */
    if (ppoll(&set, 1, timeout, NULL) > 0) tributary_eventfd_clear(descriptor);
}

void tributary_eventfd_signal(int descriptor) {
    uint64_t one = 1;
    /* EAGAIN: the counter is at its maximum, so it is readable already. */
    while (write(descriptor, &one, sizeof(one)) < 0 && errno == EINTR) {
    }
}

void tributary_eventfd_clear(int descriptor) {
    uint64_t count;
    while (read(descriptor, &count, sizeof(count)) < 0 && errno == EINTR) {
    }
}
#else
int tributary_eventfd_open(void) { return -EINVAL; }

void tributary_eventfd_close(int descriptor) { (void)descriptor; }

void tributary_eventfd_wait(int descriptor, int64_t deadline) {
    (void)descriptor;
    (void)deadline;
}

void tributary_eventfd_signal(int descriptor) { (void)descriptor; }

void tributary_eventfd_clear(int descriptor) { (void)descriptor; }
#endif
