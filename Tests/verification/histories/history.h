/* SPDX-License-Identifier: Apache-2.0 */
/* A history: what some shared senders and one receiver of a channel called, when, and what they were told. */
#ifndef TRIBUTARY_HISTORIES_HISTORY_H
#define TRIBUTARY_HISTORIES_HISTORY_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tributary/tributary.h>

enum { MOST_SENDERS = 4, MOST_MESSAGES = 48, MOST_BATCH = 12, MOST_CALLS = 400, MOST_RECEIVES = 4000,
       MOST_IN_ALL = MOST_SENDERS * MOST_MESSAGES };

struct message {
    uint32_t sender, number;
};

/* A call that sends: messages `first` to `first + asked` of its sender. */
struct send {
    uint64_t begin, end;
    uint32_t first, asked, sent;
    int error;        /* why nothing was sent; a batch that was sent in part is not told why no more */
    int64_t patience; /* nanoseconds that it was given; 0 where it tries, TRIBUTARY_FOREVER where it waits */
};

/* A call that receives, or a borrow and its release. */
struct receive {
    uint64_t begin, end;
    uint32_t position, received; /* messages before it, and by it */
    int error;
    int64_t patience;
};

struct history {
    uint64_t seed;
    unsigned senders, messages; /* each has as many */
    size_t capacity;
    uint64_t closing; /* when the close began, or UINT64_MAX: nobody closed */
    uint64_t closed;  /* when the close had returned, or the end was reported */
    struct send sends[MOST_SENDERS][MOST_CALLS];
    size_t send_count[MOST_SENDERS];
    struct receive receives[MOST_RECEIVES];
    size_t receive_count;
    struct message order[MOST_IN_ALL]; /* as received */
    size_t received;
};

enum fault {
    FAULT_NONE,
    FAULT_INVENTED,
    FAULT_TWICE,
    FAULT_RETURNED,     /* received, and given back */
    FAULT_LOST,
    FAULT_ERROR,        /* one that the call cannot report */
    FAULT_AFTER_CLOSE,
    FAULT_EARLY,        /* out of time before its time */
    FAULT_OWN_ORDER,    /* of one sender */
    FAULT_ORDER,        /* of two */
    FAULT_EMPTY,        /* reported empty over a message */
    FAULT_CAPACITY,
    FAULT_FULL,         /* reported full while there was room */
    FAULTS
};

extern const char *const fault_names[FAULTS];

/* check.c: what is wrong with it, first of all. */
enum fault history_check(const struct history *history);
static inline bool history_refused(int error) { return error == -EAGAIN || error == -ETIMEDOUT; }

/* mutate.c: puts that fault into the history, if it has a place for it, at one chosen by `random`. */
bool history_mutate(struct history *history, enum fault fault, uint64_t *random);

static inline uint64_t random_next(uint64_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    return *state ^= *state << 17;
}

static inline uint64_t random_stream(uint64_t seed, uint64_t stream) {
    uint64_t state = (seed * 8 + stream + 1) * UINT64_C(0x9E3779B97F4A7C15) | 1;
    for (int i = 0; i < 4; i++) random_next(&state);
    return state;
}

#endif
