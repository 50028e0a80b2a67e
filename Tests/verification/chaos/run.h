/* SPDX-License-Identifier: Apache-2.0 */
/* One run of a scenario: some senders, a receiver, and what they do, all from a seed. */
#ifndef TRIBUTARY_CHAOS_RUN_H
#define TRIBUTARY_CHAOS_RUN_H

#include <semaphore.h>
#include <tributary/tributary.h>

#include "random.h"
#include "schedule.h"

/* How a message is sent, or received. */
enum {
    TRY = 1 << 0,
    WAIT = 1 << 1,
    TIMED = 1 << 2,
    TRY_BATCH = 1 << 3,
    WAIT_BATCH = 1 << 4,
    TIMED_BATCH = 1 << 5,
    TRY_IN_PLACE = 1 << 6, /* reserve and commit; borrow and release */
    WAIT_IN_PLACE = 1 << 7,
    TIMED_IN_PLACE = 1 << 8,
    CALLBACK = 1 << 9,
    EVENT_LOOP = 1 << 10, /* receiver: the descriptor */
    BURST = 1 << 11,      /* sender: hundreds, one after the other, then a pause */
    PAUSE = 1 << 12,      /* receiver: stands still, with a batch borrowed */
    ASK = 1 << 13,        /* lengths and statistics */

    COPIES = TRY | WAIT | TIMED,
    BATCHES = TRY_BATCH | WAIT_BATCH | TIMED_BATCH,
    IN_PLACE = TRY_IN_PLACE | WAIT_IN_PLACE | TIMED_IN_PLACE,
    ALL = COPIES | BATCHES | IN_PLACE | CALLBACK | EVENT_LOOP | BURST | PAUSE | ASK
};

/* How it ends. */
enum {
    DRAIN = 1 << 0,   /* the senders end, the receiver takes the rest */
    CLOSE = 1 << 1,   /* the receiver closes in the middle */
    DESTROY = 1 << 2, /* the receiver goes in the middle */
    REQUEST = 1 << 3  /* a sender asks for the close */
};

struct scenario {
    const char *name;
    unsigned senders, shared; /* threads of either kind, at most; each at least once where it is not 0 */
    uint32_t sends, receives;
    uint32_t ends;
    uint32_t policies; /* a bit for each overflow policy */
    bool turnover;     /* senders are cloned and dropped, threads end and others take their place */
    bool awaits_delivery; /* after each send: then no later message hides that the receiver was not woken. No bound */
    bool large;        /* messages, and much room: many segments */
    uint64_t messages; /* of each thread, about */
    const char *favours; /* functions with this in their names, in every other run */
};

struct run {
    const struct scenario *scenario;
    uint64_t seed;
    tributary_options options;
    tributary_channel *channel;
    tributary_shared_sender *shared; /* some threads use this one, which ends after they have */
    uint64_t messages;               /* of each thread */
    uint32_t end;                    /* one of those above */
    uint64_t end_at;                 /* delivered, or sent by the asking thread */
    bool closed;                     /* a close was asked for, or done: a sender may see -EPIPE */
};

struct sending_thread {
    struct run *run;
    unsigned number;
    pthread_t thread;
    struct random random;
    tributary_sender *sender; /* one of these two */
    tributary_shared_sender *shared;
    int stream;
    uint64_t left;       /* messages */
    unsigned successors; /* threads that go on after this one */
    bool leaves_end;     /* it exits without dropping its end */
    bool asks_for_close;
    sem_t called;
};

void *run_sender(void *sending_thread);
void *run_receiver(void *run);

/* Runs it once, and checks everything. */
void run_scenario(const struct scenario *scenario, uint64_t seed);

extern const struct scenario scenarios[];
extern const size_t scenario_count;

#endif
