/* SPDX-License-Identifier: Apache-2.0 */
/* A request and its answer: two queues, and a thread that receives from one and sends to the other, after it has worked for two
 * microseconds. Each side waits for the other all the time, so this shows what a wait costs: whoever polls for too short a time sleeps,
 * is woken, and lets the other one sleep meanwhile. The work is a part of the sample. */
#ifndef CBENCH_ROUND_TRIP_H
#define CBENCH_ROUND_TRIP_H

#include <stdlib.h>

#include "../support/clock.h"
#include "../support/distribution.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/thread.h"

enum { ROUND_TRIP_WORK = 2000 /* nanoseconds */ };

struct round_trip_answerer {
    queue *requests;
    queue_sender *answers;
    uint64_t count, work; /* ticks */
};

static void *round_trip_answerer(void *argument) {
    struct round_trip_answerer *answerer = argument;
    for (uint64_t index = 0; index < answerer->count; index++) {
        uint64_t word;
        queue_receive(answerer->requests, &word, sizeof word);
        uint64_t began = clock_ticks_begin();
        while (clock_ticks_begin() - began < answerer->work) {}
        queue_send(answerer->answers, &word, sizeof word);
    }
    return NULL;
}

static void round_trip_run(const struct cell *cell, struct report *report) {
    queue *requests = queue_create(cell), *answers = queue_create(cell);
    queue_sender *sender = queue_open(requests);
    struct round_trip_answerer answerer = {
        .requests = requests,
        .answers = queue_open(answers),
        .count = cell->count,
        .work = (uint64_t)(distribution_ticks_per_nanosecond() * ROUND_TRIP_WORK)};
    uint64_t *samples = distribution_samples(cell->count);
    pthread_t thread;
    thread_start(&thread, round_trip_answerer, &answerer);
    uint64_t start = clock_nanoseconds();
    for (uint64_t word = 0; word < cell->count; word++) {
        uint64_t received;
        uint64_t begin = clock_ticks_begin();
        queue_send(sender, &word, sizeof word);
        queue_receive(answers, &received, sizeof received);
        samples[word] = clock_ticks_end() - begin;
        if (__builtin_expect(received != word, 0)) fail("an answer is not the request's");
    }
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    queue_close(sender);
    queue_close(answerer.answers);
    queue_destroy(requests);
    queue_destroy(answers);
    distribution_report(report, samples, cell->count, 0);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
