/* SPDX-License-Identifier: Apache-2.0 */
/* Many threads read files and send the words they find to one thread, which counts them. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <stdalign.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <tributary/tributary.h>

#include "arguments.h"
#include "counts.h"
#include "file_list.h"
#include "word.h"
#include "worker.h"

enum { STATUS_UNREADABLE = 1, STATUS_FAILED = 2 };

static void destroy_message(void *context, void *message) {
    (void)context;
    word_destroy(message);
}

static int failed(int error) {
    fprintf(stderr, "wordcount: %s\n", tributary_error_string(error));
    return error;
}

static int create_channel(size_t capacity, tributary_channel **channel) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(struct word), alignof(struct word), capacity);
    options.destroy_message = destroy_message;
    return tributary_channel_create(&options, channel);
}

/* Starts up to `count` workers, fewer on an error. */
static size_t start_workers(struct worker *workers, size_t count, tributary_channel *channel,
                            struct file_list *files, int *error) {
    for (size_t i = 0; i < count; i++) {
        workers[i] = (struct worker){.files = files};
        *error = tributary_channel_open_sender(channel, &workers[i].sender);
        if (*error != 0)
            return i;
        *error = worker_start(&workers[i]);
        if (*error != 0) {
            tributary_sender_destroy(workers[i].sender);
            return i;
        }
    }
    return count;
}

/* Counts all messages until the last worker is done. The words are read where they lie in the
 * channel; what is released is the workers' memory again. */
static int count_words(tributary_channel *channel, struct counts *counts, uint64_t *total) {
    void *messages;
    ptrdiff_t count;
    while ((count = tributary_channel_borrow(channel, &messages, SIZE_MAX)) > 0) {
        struct word *words = messages;
        ptrdiff_t done = 0;
        while (done < count &&
               counts_add(counts, word_letters(&words[done]), words[done].length))
            word_destroy(&words[done++]);
        tributary_channel_release(channel, (size_t)done);
        *total += (uint64_t)done;
        if (done < count)
            return -ENOMEM;
    }
    return count == -EPIPE ? 0 : (int)count; /* -EPIPE: every sender has ended */
}

static double seconds_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void report_rate(uint64_t words, uint64_t bytes, size_t files, size_t workers,
                        double seconds) {
    double mebibytes = (double)bytes / (1024 * 1024);
    fprintf(stderr,
            "%zu files, %.1f MiB, %llu words, %zu workers, %.3f s: %.0f messages/s, %.1f MiB/s\n",
            files, mebibytes, (unsigned long long)words, workers, seconds,
            (double)words / seconds, mebibytes / seconds);
}

static int run(const struct arguments *arguments, struct file_list *files,
               struct worker *workers, struct counts *counts) {
    tributary_channel *channel;
    int error = create_channel(arguments->capacity, &channel);
    if (error != 0)
        return failed(error), STATUS_FAILED;

    double start = seconds_now();
    uint64_t words = 0, bytes = 0;
    size_t unreadable = files->unreadable;
    size_t started = start_workers(workers, arguments->workers, channel, files, &error);
    if (error == 0)
        error = count_words(channel, counts, &words);
    /* After an error this is what stops the workers: their next send fails. */
    tributary_channel_close(channel);
    for (size_t i = 0; i < started; i++) {
        pthread_join(workers[i].thread, NULL);
        bytes += workers[i].bytes;
        unreadable += workers[i].unreadable;
        if (error == 0)
            error = workers[i].error;
    }
    tributary_channel_destroy(channel);
    double seconds = seconds_now() - start;

    if (error != 0)
        return failed(error), STATUS_FAILED;
    if (!counts_print(counts, arguments->top, stdout)) {
        perror("wordcount: standard output");
        return STATUS_FAILED;
    }
    report_rate(words, bytes, files->count, started, seconds);
    return unreadable > 0 ? STATUS_UNREADABLE : EXIT_SUCCESS;
}

int main(int argc, char **argv) {
    struct arguments arguments;
    arguments_parse(&arguments, argc, argv);

    struct file_list files;
    struct worker *workers = calloc(arguments.workers, sizeof *workers);
    struct counts *counts = counts_create();
    bool collected = file_list_collect(&files, arguments.paths);
    int status = STATUS_FAILED;
    if (collected && workers != NULL && counts != NULL)
        status = run(&arguments, &files, workers, counts);
    else if (collected)
        failed(-ENOMEM);
    counts_destroy(counts);
    free(workers);
    file_list_destroy(&files);
    return status;
}
