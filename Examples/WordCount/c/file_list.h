/* SPDX-License-Identifier: Apache-2.0 */
/* The files of the directory trees on the command line, collected before the workers start and
 * handed out to them one by one. */
#ifndef WORD_COUNT_FILE_LIST_H
#define WORD_COUNT_FILE_LIST_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct file_list {
    char **paths;
    size_t count;
    size_t capacity;
    size_t unreadable; /* directories and arguments that could not be looked at */
    size_t next;       /* guarded by mutex */
    pthread_mutex_t mutex;
};

/* Walks the NULL-terminated `roots`: regular files only; symbolic links are not followed,
 * but those on the command line. What cannot be read is reported on stderr and counted.
 * False: no memory, said on stderr. file_list_destroy in either case. */
bool file_list_collect(struct file_list *list, char *const *roots);
void file_list_destroy(struct file_list *list);

/* The next path, or NULL. From any thread. */
const char *file_list_next(struct file_list *list);

#endif
