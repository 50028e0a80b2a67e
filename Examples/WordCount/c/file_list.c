/* SPDX-License-Identifier: Apache-2.0 */
#define _DEFAULT_SOURCE
#define _DARWIN_C_SOURCE
#include "file_list.h"

#include <errno.h>
#include <fts.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>
#include <sys/stat.h>

static bool append(struct file_list *list, const char *path) {
    if (list->count == list->capacity) {
        size_t capacity = list->capacity ? 2 * list->capacity : 256;
        char **paths = realloc(list->paths, capacity * sizeof *paths);
        if (paths == NULL)
            return false;
        list->paths = paths;
        list->capacity = capacity;
    }
    char *copy = strdup(path);
    if (copy == NULL)
        return false;
    list->paths[list->count++] = copy;
    return true;
}

bool file_list_collect(struct file_list *list, char *const *roots) {
    memset(list, 0, sizeof *list);
    pthread_mutex_init(&list->mutex, NULL);

    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_COMFOLLOW | FTS_NOCHDIR, NULL);
    if (tree == NULL) {
        fprintf(stderr, "wordcount: %s\n", strerror(errno));
        return false;
    }
    bool complete = true;
    FTSENT *entry;
    errno = 0;
    while (complete && (entry = fts_read(tree)) != NULL) {
        switch (entry->fts_info) {
        case FTS_F:
            complete = append(list, entry->fts_path);
            break;
        case FTS_DNR:
        case FTS_ERR:
        case FTS_NS:
            fprintf(stderr, "wordcount: %s: %s\n", entry->fts_path, strerror(entry->fts_errno));
            list->unreadable++;
            break;
        case FTS_SLNONE: /* only for an argument: the others are not followed */
            if (entry->fts_level == FTS_ROOTLEVEL) {
                fprintf(stderr, "wordcount: %s: %s\n", entry->fts_path, strerror(ENOENT));
                list->unreadable++;
            }
            break;
        default: /* directories, links, sockets, devices */
            break;
        }
        errno = 0;
    }
    if (complete && errno != 0)
        complete = false;
    if (!complete)
        fprintf(stderr, "wordcount: %s\n", strerror(errno != 0 ? errno : ENOMEM));
    fts_close(tree);
    return complete;
}

void file_list_destroy(struct file_list *list) {
    for (size_t i = 0; i < list->count; i++)
        free(list->paths[i]);
    free(list->paths);
    pthread_mutex_destroy(&list->mutex);
}

const char *file_list_next(struct file_list *list) {
    const char *path = NULL;
    pthread_mutex_lock(&list->mutex);
    if (list->next < list->count)
        path = list->paths[list->next++];
    pthread_mutex_unlock(&list->mutex);
    return path;
}
