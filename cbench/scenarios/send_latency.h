/* SPDX-License-Identifier: Apache-2.0 */
/* Every send call timed, at an offered rate (open loop) or, with rate 0, one after another. */
#ifndef CBENCH_SEND_LATENCY_H
#define CBENCH_SEND_LATENCY_H

#include <stdlib.h>

#include "../support/distribution.h"
#include "../support/pacing.h"
#include "../support/processors.h"
#include "stress.h"

struct send_latency_producer {
    struct gate *gate;
    queue_sender *sender;
    uint64_t word;
    uint64_t count;
    uint64_t *samples;
    const uint64_t *start; /* ticks; set before the gate opens */
    double offset;         /* of its first message after the start */
    struct pacing pacing;
    pthread_t thread;
};

static void *send_latency_producer(void *argument) {
    struct send_latency_producer *producer = argument;
    struct pacing pacing = producer->pacing;
    queue_sender *sender = producer->sender;
    uint64_t *samples = producer->samples;
    uint64_t word = producer->word;
    gate_pass(producer->gate);
    pacing.next = (double)*producer->start + producer->offset;
    for (uint64_t index = 0; index < producer->count; index++, word++) {
        if (pacing.interval != 0)
            pacing_wait(&pacing);
        uint64_t begin = clock_ticks_begin();
        queue_send(sender, &word, sizeof word);
        samples[index] = clock_ticks_end() - begin;
    }
    return NULL;
}

static void send_latency_run(const struct cell *cell, struct report *report) {
    queue *queue = queue_create(cell);
    struct gate gate = {0};
    struct send_latency_producer producers[CELL_PRODUCERS_MAXIMUM];
    uint64_t *samples = distribution_samples(cell->count);
    uint64_t *next_samples = samples;
    double ticks = distribution_ticks_per_nanosecond();
    double interval = cell->rate == 0 ? 0 : ticks * 1e9 * cell->producers / (double)cell->rate;
    uint64_t start_ticks;
    for (unsigned index = 0; index < cell->producers; index++) {
        producers[index] = (struct send_latency_producer){
            .gate = &gate,
            .sender = queue_open(queue),
            .word = message_first_word(index),
            .count = cell_share(cell, index),
            .samples = next_samples,
            .start = &start_ticks,
            .offset = interval * (index + 1) / cell->producers,
            .pacing = {.interval = interval,
                       .yields = cell->producers + 1 > processors_available()}};
        next_samples += producers[index].count;
        thread_start(&producers[index].thread, send_latency_producer, &producers[index]);
    }
    gate_wait_for(&gate, cell->producers);
    start_ticks = clock_ticks_begin();
    uint64_t start = gate_open(&gate);
    stress_receiver_single_8(queue, cell);
    uint64_t nanoseconds = clock_nanoseconds() - start;
    for (unsigned index = 0; index < cell->producers; index++) {
        thread_join(producers[index].thread);
        queue_close(producers[index].sender);
    }
    queue_destroy(queue);
    distribution_report(report, samples, cell->count, distribution_timer_cost());
    distribution_report_timer(report);
    report_metric(report, "rate", "messages/s", (double)cell->count * 1e9 / (double)nanoseconds);
    report_end(report, (double)nanoseconds / 1e9);
    free(samples);
}

#endif
