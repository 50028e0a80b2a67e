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

enum {
    /* Polls in a row that do not pay, and change nothing: what is waited for was late. None of a task: meanwhile its thread could run others. */
    TRIBUTARY_SPIN_KEPT_BY_THREAD = 3,
    TRIBUTARY_SPIN_KEPT_BY_TASK = 0,
    TRIBUTARY_SPIN_SHORTEST = 64,    /* the longest, divided by this */
    TRIBUTARY_SPIN_TRIED_AGAIN = 16, /* after so many in a row the longest is tried again; then after twice, and four times as many... */
    TRIBUTARY_SPIN_MOST_IN_VAIN = 64 /* ...and every so many */
};

enum { TRIBUTARY_SPIN_MOST = 1 << 24 /* looks: some seconds. More is not meant */ };

struct tributary_spin {
    uint32_t looks : 25;  /* of the next poll: no policy has more than that */
    uint32_t in_vain : 7; /* polls in a row; from the most it goes on to twice as many, and back */
};

_Static_assert(TRIBUTARY_SPIN_MOST < 1 << 25, "looks");
_Static_assert(2 * TRIBUTARY_SPIN_MOST_IN_VAIN <= 1 << 7 && TRIBUTARY_SPIN_MOST_IN_VAIN >= TRIBUTARY_SPIN_TRIED_AGAIN, "in_vain");
_Static_assert((TRIBUTARY_SPIN_TRIED_AGAIN & (TRIBUTARY_SPIN_TRIED_AGAIN - 1)) == 0, "a power of two");
_Static_assert((TRIBUTARY_SPIN_MOST_IN_VAIN & (TRIBUTARY_SPIN_MOST_IN_VAIN - 1)) == 0, "a power of two");

static inline struct tributary_spin tributary_spin_begin(uint32_t most) {
    struct tributary_spin spin = {most, 0};
    return spin;
}

/* The number of looks, at most the policy's. */
static inline uint32_t tributary_spin_looks(struct tributary_spin spin, uint32_t most) {
    return spin.looks < most ? spin.looks : most;
}

static inline bool tributary_spin_tries_again(struct tributary_spin spin) {
    return spin.in_vain >= TRIBUTARY_SPIN_TRIED_AGAIN && (spin.in_vain & (spin.in_vain - 1)) == 0;
}

/* What to try next time: twice as long after each that paid, and an eighth of the longest at least, half as long after each but
 * the first (`kept`) that did not.
 *
 * Short polls alone would never show that a long one pays: where two threads send to each other, both asleep, what either waits for takes
 * as long as waking the other. One long poll that pays makes the next ones of both short ones. Measured: docs/design.md. */
static inline void tributary_spin_learn(struct tributary_spin *spin, uint32_t most, uint32_t kept, bool paid) {
    uint32_t looks = tributary_spin_looks(*spin, most);
    uint32_t shortest = (most + TRIBUTARY_SPIN_SHORTEST - 1) / TRIBUTARY_SPIN_SHORTEST, eighth = (most + 7) / 8;
    if (paid) {
        spin->in_vain = 0;
        looks = looks * 2 + 1 > eighth ? looks * 2 + 1 : eighth;
    } else {
        bool tried_again = tributary_spin_tries_again(*spin);
        if (spin->in_vain >= kept) looks = looks / 2 > shortest && !tried_again ? looks / 2 : shortest;
        spin->in_vain = spin->in_vain == 2 * TRIBUTARY_SPIN_MOST_IN_VAIN - 1 ? TRIBUTARY_SPIN_MOST_IN_VAIN : spin->in_vain + 1;
        if (tributary_spin_tries_again(*spin)) looks = most;
    }
    spin->looks = looks < most ? looks : most;
}

#endif
