/* SPDX-License-Identifier: Apache-2.0 */
/* How long to poll before giving the processor away: learnt from whether it paid the last times.
 *
 * Where each thread has a processor, what is waited for comes while one polls. Where threads outnumber processors it
 * often cannot, because whoever would bring it waits for this processor; then every poll is lost. Nothing
 * tells the two apart but the outcome. */
#ifndef TRIBUTARY_SPIN_H
#define TRIBUTARY_SPIN_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TRIBUTARY_PAUSES_PER_LOOK = 4, /* 20 to 200 nanoseconds */
    /* A sender's look takes the line of what was received away from the receiver, which stores to it for each message. */
    TRIBUTARY_SENDER_PAUSES_PER_LOOK = 2 * TRIBUTARY_PAUSES_PER_LOOK,
    TRIBUTARY_LOOKS_PER_CLOCK = 8,
    /* Where a thread is not its caller's own (receiver_poll.c): polling keeps other tasks waiting. */
    TRIBUTARY_POLL_MOST_LOOKS = 128,
    /* A sender waits for half of the capacity for so long, then for any room: see lane_wait.c. */
    TRIBUTARY_PATIENCE_NANOSECONDS = 1000000,
    /* A thread stopped between the two steps of an enqueue: what it holds up is looked for this often. */
    TRIBUTARY_HELD_UP_NANOSECONDS = 1000000
};

/* The number of looks, at most the policy's. */
static inline uint32_t tributary_spin_looks(uint32_t learnt, uint32_t most) {
    return learnt < most ? learnt : most;
}

/* What to try next time. Half as long after each that did not pay, and an eighth of the most once that has become next to nothing: so
 * that a change is noticed, and not every lost poll lasts for microseconds. */
static inline uint32_t tributary_spin_learn(uint32_t learnt, uint32_t most, bool paid) {
    uint32_t next = paid ? learnt * 2 + 1 : learnt / 2;
    uint32_t again = (most + 7) / 8;
    if (next < (again + 7) / 8 || (paid && next < again)) return again;
    return next > most ? most : next;
}

#endif
