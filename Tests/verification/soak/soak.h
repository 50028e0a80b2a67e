/* SPDX-License-Identifier: Apache-2.0 */
/* A soak run: channels of every kind under full load for as long as told, each message checked when it arrives.
 *
 * A message is one or more words. The first is its sender's number and its place in that sender's sequence, the others
 * follow from the first. So every bit of every message is known to the receiver beforehand, and compared. */
#ifndef TRIBUTARY_SOAK_H
#define TRIBUTARY_SOAK_H

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <tributary/inline.h>

enum kind { EXCLUSIVE, SHARED, BOTH, KINDS };
enum method { SINGLES, BATCHES, IN_PLACE, METHODS };
enum course {
    PLAIN,
    TIMEOUTS,    /* both ends wait for microseconds at a time */
    COME_AND_GO, /* senders end and others begin; so do their threads */
    CLOSED,      /* in the middle, by either end; or destroyed with messages in it */
    COURSES
};
/* How the receiver waits: the last two do not block in a call of the library. */
enum waiting { FUTEX, CONDITION, EVENTFD, EVENT_LOOP, CALLBACK, WAITINGS };
enum fence { MEMBARRIER, LOCAL, FENCES };

extern const char *const kind_names[], *const method_names[], *const course_names[], *const waiting_names[],
    *const fence_names[];

enum { MOST_SENDERS = 8, MOST_IDENTITIES = 1 << 14, MOST_WORDS = 32, PORTION = 1024, SEQUENCE_BITS = 48 };

struct scenario {
    enum kind kind;
    enum method method;
    enum course course;
    size_t capacity;
};

/* ---- Random choices, the same for the same seed ------------------------------------------- */

struct random {
    uint64_t state;
};
struct random random_of(uint64_t seed, uint64_t stream);
uint64_t random_next(struct random *random);
static inline uint64_t random_below(struct random *random, uint64_t bound) {
    return random_next(random) % bound;
}

/* How many messages at once: mostly all that go into a portion. */
static inline size_t any_count(struct random *random) {
    return random_below(random, 8) == 0 ? 1 + random_below(random, PORTION) : PORTION;
}

/* ---- Messages and their check (check.c) --------------------------------------------------- */

static inline uint64_t word_of(uint64_t identity, uint64_t sequence) {
    return identity << SEQUENCE_BITS | sequence;
}
static inline uint64_t payload_word(uint64_t first, size_t index) {
    uint64_t mixed = (first + index) * UINT64_C(0x9E3779B97F4A7C15);
    return mixed ^ mixed >> 29;
}
void messages_write(uint64_t *messages, size_t words, size_t count, uint64_t first);

struct verdict {
    uint64_t lost, doubled, reordered, corrupted;
};
static inline bool verdict_is_clean(const struct verdict *verdict) {
    return (verdict->lost | verdict->doubled | verdict->reordered | verdict->corrupted) == 0;
}

/* What is expected next of each identity; an identity is a sender whose messages have an order. */
struct checker {
    size_t words;
    uint64_t next[MOST_IDENTITIES]; /* the whole first word */
    size_t identities;
    uint64_t received;
    struct {
        uint64_t from, to; /* first words that were skipped and may still come */
    } gaps[256];
    size_t gap_count;
    struct verdict verdict;
};
void checker_begin(struct checker *checker, size_t words);
void checker_accept(struct checker *checker, const uint64_t *messages, size_t count);
/* `accepted` messages of that identity were reported as sent; the rest of them must have arrived, but for `undelivered` in all. */
void checker_finish(struct checker *checker, const uint64_t *accepted, size_t identities, uint64_t undelivered);
/* Whether it finds what it is there to find. */
bool checker_works(void);

/* ---- One life of a channel (life.c, send.c, receive.c) -------------------------------------- */

struct life {
    const struct scenario *scenario;
    enum waiting waiting;
    struct random random;
    size_t words, senders;
    uint64_t close_at;       /* messages; UINT64_MAX: never */
    bool asked_by_sender;    /* a sender asks for the close */
    bool destroyed_full;     /* the channel is destroyed instead of drained */
    int64_t until;           /* by the clock */
    tributary_channel *channel;
    atomic_bool stop;
    atomic_uint_fast32_t identities;
    atomic_uint_fast64_t undelivered; /* destroy_message was called */
    atomic_uint_fast64_t malformed;   /* of them */
    atomic_uint_fast64_t accepted;
    uint64_t accepted_of[MOST_IDENTITIES];
    struct checker checker;
    sem_t woken;
};

struct producer {
    struct life *life;
    unsigned number;
    tributary_sender *exclusive;
    tributary_shared_sender *shared;
    uint64_t identity, sequence, budget;
    struct random random;
    pthread_t thread;
    sem_t woken;
    bool closed;
    uint64_t buffer[PORTION * MOST_WORDS];
};

int64_t clock_now(void);
/* Stops the program: the library answered what it must not. */
void unexpected(const char *call, ptrdiff_t result) __attribute__((noreturn));
/* A thread's body. */
void *produce(void *producer);
/* Until the channel has finished, or was destroyed. */
void receive_everything(struct life *life);
/* Runs lives of that scenario until the clock says so; adds up. False: something was wrong. */
bool run_lives(const struct scenario *scenario, enum fence fence, enum waiting waiting, uint64_t seed, int64_t until,
               uint64_t *messages, struct verdict *verdict);

/* ---- What has been sent so far (totals.c) ------------------------------------------------ */

struct totals {
    uint64_t messages[FENCES][WAITINGS];
    double seconds[FENCES][WAITINGS];
    struct verdict verdict;
};
void totals_read(struct totals *totals, const char *path);
/* Adds to what is in the file, and empties `run`. */
void totals_add(const char *path, struct totals *run);
void totals_print(const struct totals *totals);

#endif
