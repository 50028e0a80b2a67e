/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "lines.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct reader {
    FILE *file;
    lines_on_line on_line;
    lines_on_end on_end;
    void *context;
};

static void *read_lines(void *argument) {
    struct reader *reader = argument;
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    while ((length = getline(&line, &room, reader->file)) >= 0) {
        if (length > 0 && line[length - 1] == '\n') length--;
        if (!reader->on_line(reader->context, line, (size_t)length)) break;
    }
    free(line);
    fclose(reader->file);
    reader->on_end(reader->context);
    free(reader);
    return NULL;
}

int lines_start(int descriptor, lines_on_line on_line, lines_on_end on_end, void *context) {
    struct reader *reader = malloc(sizeof *reader);
    if (reader == NULL) return ENOMEM;
    int copy = dup(descriptor);
    FILE *file = copy < 0 ? NULL : fdopen(copy, "r");
    if (file == NULL) {
        int error = errno;
        if (copy >= 0) close(copy);
        free(reader);
        return error;
    }
    *reader = (struct reader){file, on_line, on_end, context};
    pthread_t thread;
    int error = pthread_create(&thread, NULL, read_lines, reader);
    if (error != 0) {
        fclose(file);
        free(reader);
        return error;
    }
    pthread_detach(thread);
    return 0;
}
