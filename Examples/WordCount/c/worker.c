/* SPDX-License-Identifier: Apache-2.0 */
#define _POSIX_C_SOURCE 200809L
#include "worker.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "word.h"

enum { BUFFER_SIZE = 256 * 1024, RESERVATION = 256 };

/* What a worker works with: the words are written straight into the channel's memory, a
 * reservation of slots at a time, and sent together. */
struct splitter {
    tributary_sender *sender;
    struct word *slots;
    size_t reserved;
    size_t filled;
    char *buffer;
    size_t buffer_size;
};

/* Sends what the reservation holds so far. */
static int flush(struct splitter *splitter) {
    int error = tributary_sender_commit(splitter->sender, splitter->filled);
    if (error != 0) /* the receiver gave up: the messages are still ours */
        for (size_t i = 0; i < splitter->filled; i++)
            word_destroy(&splitter->slots[i]);
    splitter->reserved = splitter->filled = 0;
    return error;
}

static int emit(struct splitter *splitter, const char *letters, size_t length) {
    if (splitter->filled == splitter->reserved) {
        int error = splitter->reserved ? flush(splitter) : 0;
        if (error != 0)
            return error;
        void *slots;
        ptrdiff_t reserved = tributary_sender_reserve(splitter->sender, RESERVATION, &slots);
        if (reserved < 0)
            return (int)reserved;
        splitter->slots = slots;
        splitter->reserved = (size_t)reserved;
    }
    if (!word_initialize(&splitter->slots[splitter->filled], letters, length))
        return -ENOMEM;
    splitter->filled++;
    return 0;
}

/* The lower-case letter, or 0 for everything that is no ASCII letter. */
static inline char letter_of(char byte) {
    unsigned lower = (unsigned char)byte | 0x20u;
    return lower - 'a' < 26u ? (char)lower : 0;
}

/* Sends the words that end within buffer[0, length), of which the first `scanned` bytes are known
 * to be letters and lowered. Leaves the beginning of a word that does not end there at the front of the
 * buffer, and its length in `*kept`. */
static int split(struct splitter *splitter, size_t scanned, size_t length, size_t *kept) {
    char *buffer = splitter->buffer;
    size_t start = 0, position = scanned;
    for (; position < length; position++) {
        char letter = letter_of(buffer[position]);
        if (letter != 0) {
            buffer[position] = letter;
            continue;
        }
        if (position > start) {
            int error = emit(splitter, buffer + start, position - start);
            if (error != 0)
                return error;
        }
        start = position + 1;
    }
    *kept = length - start;
    memmove(buffer, buffer + start, *kept);
    return 0;
}

static void warn(const char *path, int error) {
    fprintf(stderr, "wordcount: %s: %s\n", path, strerror(error));
}

/* Counts a file that cannot be read as far as it could be. Returns an error that ends all work. */
static int read_file(struct worker *worker, struct splitter *splitter, const char *path) {
    /* Should the file have become a pipe meanwhile, opening it must not wait. */
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0) {
        warn(path, errno);
        worker->unreadable++;
        return 0;
    }
    int error = 0;
    size_t kept = 0;
    for (;;) {
        if (kept == splitter->buffer_size) { /* a word as long as the buffer */
            char *larger = realloc(splitter->buffer, 2 * splitter->buffer_size);
            if (larger == NULL) {
                error = -ENOMEM;
                break;
            }
            splitter->buffer = larger;
            splitter->buffer_size *= 2;
        }
        ssize_t count = read(file, splitter->buffer + kept, splitter->buffer_size - kept);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0) {
            warn(path, errno);
            worker->unreadable++;
        }
        if (count <= 0)
            break;
        worker->bytes += (uint64_t)count;
        error = split(splitter, kept, kept + (size_t)count, &kept);
        if (error != 0)
            break;
    }
    close(file);
    if (error == 0 && kept > 0)
        error = emit(splitter, splitter->buffer, kept);
    return error;
}

static void *run(void *argument) {
    struct worker *worker = argument;
    struct splitter splitter = {.sender = worker->sender, .buffer_size = BUFFER_SIZE};
    splitter.buffer = malloc(BUFFER_SIZE);
    if (splitter.buffer == NULL)
        worker->error = -ENOMEM;

    const char *path;
    while (worker->error == 0 && (path = file_list_next(worker->files)) != NULL)
        worker->error = read_file(worker, &splitter, path);

    if (splitter.reserved > 0) {
        int error = flush(&splitter);
        if (worker->error == 0)
            worker->error = error;
    }
    free(splitter.buffer);
    /* The last sender's end is what ends the receiver's loop. */
    tributary_sender_destroy(worker->sender);
    return NULL;
}

int worker_start(struct worker *worker) {
    return -pthread_create(&worker->thread, NULL, run, worker);
}
