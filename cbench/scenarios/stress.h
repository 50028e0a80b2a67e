/* SPDX-License-Identifier: Apache-2.0 */
/* The work of the throughput, contention and idle-senders scenarios: N producer threads, each with
 * a sending end of its own, and the calling thread as the receiver. Compiled once for each
 * implementation, message size and mode. */
#ifndef CBENCH_STRESS_H
#define CBENCH_STRESS_H

#include "../support/gate.h"
#include "../support/implementation.h"
#include "../support/message.h"
#include "../support/thread.h"

enum {
    STRESS_BATCH = 64,            /* messages in a send_batch and in a reservation */
    STRESS_RECEIVE_BYTES = 8192,  /* the buffer of receive_batch: 1024, 128 or 32 messages */
    STRESS_BORROW_MAXIMUM = 1024  /* messages */
};

struct stress_producer {
    struct gate *gate;
    queue_sender *sender;
    uint64_t word; /* the first message's */
    uint64_t count;
    pthread_t thread;
};

MESSAGE_INLINE void stress_send_single(struct stress_producer *producer, size_t size) {
    queue_sender *sender = producer->sender;
    struct message message;
    for (uint64_t word = producer->word, end = word + producer->count; word != end; word++) {
        message_write(&message, word, size);
        queue_send(sender, &message, size);
    }
}

MESSAGE_INLINE void stress_receive_single(queue *queue, const struct cell *cell, size_t size) {
    struct message_checker checker;
    struct message message;
    uint64_t expected = message_checker_initialize(&checker, cell->producers);
    for (uint64_t remaining = cell->count; remaining != 0; remaining--) {
        queue_receive(queue, &message, size);
        expected = message_check(&checker, expected, &message, size);
    }
    message_checker_finish(&checker, expected, cell);
}

/* Batches at both ends, or at the receiving one only. */
#ifdef QUEUE_HAS_BATCH
#define QUEUE_HAS_BATCH_RECEIVE 1

MESSAGE_INLINE void stress_send_batch(struct stress_producer *producer, size_t size) {
    queue_sender *sender = producer->sender;
    uint64_t messages[STRESS_BATCH * MESSAGE_BYTES_MAXIMUM / 8];
    uint64_t word = producer->word;
    uint64_t remaining = producer->count;
    while (remaining != 0) {
        size_t count = remaining < STRESS_BATCH ? (size_t)remaining : STRESS_BATCH;
        for (size_t index = 0; index < count; index++)
            message_write(messages + index * (size / 8), word + index, size);
        queue_send_batch(sender, messages, count, size);
        word += count;
        remaining -= count;
    }
}

#endif
#ifdef QUEUE_HAS_BATCH_RECEIVE

MESSAGE_INLINE void stress_receive_batch(queue *queue, const struct cell *cell, size_t size) {
    struct message_checker checker;
    uint64_t messages[STRESS_RECEIVE_BYTES / 8];
    uint64_t expected = message_checker_initialize(&checker, cell->producers);
    uint64_t remaining = cell->count;
    while (remaining != 0) {
        size_t room = STRESS_RECEIVE_BYTES / size;
        size_t count = queue_receive_batch(queue, messages,
                                           remaining < room ? (size_t)remaining : room, size);
        expected = message_check_run(&checker, expected, messages, count, size);
        remaining -= count;
    }
    message_checker_finish(&checker, expected, cell);
}

MESSAGE_INLINE void stress_send_batch_receive(struct stress_producer *producer, size_t size) {
    stress_send_single(producer, size);
}

MESSAGE_INLINE void stress_receive_batch_receive(queue *queue, const struct cell *cell, size_t size) {
    stress_receive_batch(queue, cell, size);
}

#endif
#ifdef QUEUE_HAS_IN_PLACE

MESSAGE_INLINE void stress_send_in_place(struct stress_producer *producer, size_t size) {
    queue_sender *sender = producer->sender;
    uint64_t word = producer->word;
    uint64_t remaining = producer->count;
    while (remaining != 0) {
        void *slots;
        size_t count = queue_reserve(
            sender, remaining < STRESS_BATCH ? (size_t)remaining : STRESS_BATCH, &slots);
        for (size_t index = 0; index < count; index++)
            message_write((uint64_t *)slots + index * (size / 8), word + index, size);
        queue_commit(sender, count);
        word += count;
        remaining -= count;
    }
}

MESSAGE_INLINE void stress_receive_in_place(queue *queue, const struct cell *cell, size_t size) {
    struct message_checker checker;
    uint64_t expected = message_checker_initialize(&checker, cell->producers);
    uint64_t remaining = cell->count;
    while (remaining != 0) {
        void *messages;
        size_t count = queue_borrow(queue, STRESS_BORROW_MAXIMUM, &messages);
        expected = message_check_run(&checker, expected, messages, count, size);
        queue_release(queue, count);
        remaining -= count;
    }
    message_checker_finish(&checker, expected, cell);
}

#endif

#define STRESS_FUNCTIONS(mode, size)                                                            \
    static void *stress_producer_##mode##_##size(void *argument) {                              \
        struct stress_producer *producer = argument;                                            \
        gate_pass(producer->gate);                                                              \
        stress_send_##mode(producer, size);                                                     \
        return NULL;                                                                            \
    }                                                                                           \
    static __attribute__((noinline)) void stress_receiver_##mode##_##size(                      \
        queue *queue, const struct cell *cell) {                                                \
        stress_receive_##mode(queue, cell, size);                                               \
    }

STRESS_FUNCTIONS(single, 8)
STRESS_FUNCTIONS(single, 64)
STRESS_FUNCTIONS(single, 256)
#ifdef QUEUE_HAS_BATCH
STRESS_FUNCTIONS(batch, 8)
STRESS_FUNCTIONS(batch, 64)
STRESS_FUNCTIONS(batch, 256)
#endif
#ifdef QUEUE_HAS_BATCH_RECEIVE
STRESS_FUNCTIONS(batch_receive, 8)
STRESS_FUNCTIONS(batch_receive, 64)
STRESS_FUNCTIONS(batch_receive, 256)
#endif
#ifdef QUEUE_HAS_IN_PLACE
STRESS_FUNCTIONS(in_place, 8)
STRESS_FUNCTIONS(in_place, 64)
STRESS_FUNCTIONS(in_place, 256)
#endif

struct stress_functions {
    void *(*producer)(void *);
    void (*receiver)(queue *, const struct cell *);
};

static struct stress_functions stress_functions(const struct cell *cell) {
    switch (cell->mode) {
#define STRESS_SIZE(mode, size)                                                              \
    if (cell->payload_bytes == size)                                                         \
    return (struct stress_functions){stress_producer_##mode##_##size,                        \
                                     stress_receiver_##mode##_##size}
#define STRESS_CHOICE(mode)                                                                  \
    STRESS_SIZE(mode, 8);                                                                    \
    STRESS_SIZE(mode, 64);                                                                   \
    STRESS_SIZE(mode, 256);                                                                  \
    break
    case CELL_SINGLE:
        STRESS_CHOICE(single);
#ifdef QUEUE_HAS_BATCH
    case CELL_BATCH:
        STRESS_CHOICE(batch);
#endif
#ifdef QUEUE_HAS_BATCH_RECEIVE
    case CELL_BATCH_RECEIVE:
        STRESS_CHOICE(batch_receive);
#endif
#ifdef QUEUE_HAS_IN_PLACE
    case CELL_IN_PLACE:
        STRESS_CHOICE(in_place);
#endif
    default:
        break;
    }
    fail("%s has no such mode, or no such message", cell->implementation);
#undef STRESS_CHOICE
#undef STRESS_SIZE
}

/* Sends and receives the cell's messages; returns the nanoseconds from the moment the producers,
 * all of them waiting at the gate, were let go until the last message was received. */
static uint64_t stress_run(queue *queue, const struct cell *cell) {
    struct gate gate = {0};
    struct stress_producer producers[CELL_PRODUCERS_MAXIMUM];
    struct stress_functions functions = stress_functions(cell);
    for (unsigned index = 0; index < cell->producers; index++) {
        producers[index] = (struct stress_producer){.gate = &gate,
                                                    .sender = queue_open(queue),
                                                    .word = message_first_word(index),
                                                    .count = cell_share(cell, index)};
        thread_start(&producers[index].thread, functions.producer, &producers[index]);
    }
    gate_wait_for(&gate, cell->producers);
    uint64_t start = gate_open(&gate);
    functions.receiver(queue, cell);
    uint64_t end = clock_nanoseconds();
    for (unsigned index = 0; index < cell->producers; index++) {
        thread_join(producers[index].thread);
        queue_close(producers[index].sender);
    }
    return end - start;
}

#endif
