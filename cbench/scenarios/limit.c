/* SPDX-License-Identifier: Apache-2.0 */
/* The machine's own throughput: one thread writes words, another reads and checks them, through a
 * ring of blocks and two counters. No queue, no wake-ups, no message boundaries. */
#include <inttypes.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/thread.h"

enum { BLOCKS = 16, LOOKS_BEFORE_YIELD = 1000 };

struct limit_counter {
    _Atomic uint64_t blocks;
    char padding[120];
};

struct limit_ring {
    struct gate gate;
    struct limit_counter written;
    struct limit_counter read;
    size_t block_words;
    uint64_t blocks; /* in all */
    uint64_t *words;
};

static void limit_wait(struct limit_counter *counter, uint64_t least) {
    for (unsigned looks = 1;
         atomic_load_explicit(&counter->blocks, memory_order_acquire) < least; looks++)
        if (looks % LOOKS_BEFORE_YIELD == 0)
            sched_yield();
}

static void *limit_writer(void *argument) {
    struct limit_ring *ring = argument;
    size_t block_words = ring->block_words;
    gate_pass(&ring->gate);
    for (uint64_t block = 0; block < ring->blocks; block++) {
        if (block >= BLOCKS)
            limit_wait(&ring->read, block - BLOCKS + 1);
        uint64_t *words = ring->words + block % BLOCKS * block_words;
        for (size_t index = 0; index < block_words; index++)
            words[index] = block * block_words + index;
        atomic_store_explicit(&ring->written.blocks, block + 1, memory_order_release);
    }
    return NULL;
}

static void limit_read(struct limit_ring *ring) {
    size_t block_words = ring->block_words;
    for (uint64_t block = 0; block < ring->blocks; block++) {
        limit_wait(&ring->written, block + 1);
        const uint64_t *words = ring->words + block % BLOCKS * block_words;
        uint64_t difference = 0;
        for (size_t index = 0; index < block_words; index++)
            difference |= words[index] ^ (block * block_words + index);
        if (difference != 0)
            fail("block %" PRIu64 " arrived changed", block);
        atomic_store_explicit(&ring->read.blocks, block + 1, memory_order_release);
    }
}

void limit_run(const struct cell *cell, struct report *report) {
    struct limit_ring ring = {0};
    size_t block_bytes;
    if (strcmp(cell->implementation, "blocks-4KiB") == 0)
        block_bytes = 4096;
    else if (strcmp(cell->implementation, "blocks-32KiB") == 0)
        block_bytes = 32768;
    else
        fail("limit has blocks-4KiB and blocks-32KiB");
    ring.block_words = block_bytes / sizeof(uint64_t);
    ring.blocks = cell->count / ring.block_words + 1;
    ring.words = aligned_alloc(4096, BLOCKS * block_bytes);
    if (ring.words == NULL)
        fail("no memory for the ring");
    memset(ring.words, 0xff, BLOCKS * block_bytes);
    pthread_t thread;
    thread_start(&thread, limit_writer, &ring);
    gate_wait_for(&ring.gate, 1);
    uint64_t start = gate_open(&ring.gate);
    limit_read(&ring);
    uint64_t nanoseconds = clock_nanoseconds() - start;
    thread_join(thread);
    free(ring.words);
    report_metric(report, "throughput", "words/s",
                  (double)(ring.blocks * ring.block_words) * 1e9 / (double)nanoseconds);
    report_end(report, (double)nanoseconds / 1e9);
}
