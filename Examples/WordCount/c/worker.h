/* SPDX-License-Identifier: Apache-2.0 */
/* A thread that reads files, splits them into words, and sends these. */
#ifndef WORD_COUNT_WORKER_H
#define WORD_COUNT_WORKER_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <tributary/tributary.h>

#include "file_list.h"

struct worker {
    struct file_list *files;  /* shared by all workers */
    tributary_sender *sender; /* the worker's own, which it destroys when it is done */
    pthread_t thread;

    /* Results, for who has joined the thread. */
    uint64_t bytes;
    size_t unreadable; /* files that could not be opened, or read to their end */
    int error;         /* a negative errno that ended the work early, or 0 */
};

/* 0, or a negative errno: no thread was started, and the sender is still the caller's. */
int worker_start(struct worker *worker);

#endif
