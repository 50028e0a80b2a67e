/* SPDX-License-Identifier: Apache-2.0 */
/* A receiver that shares its processor with its senders.
 *
 * The kernel prefers who has slept: a receiver that a sender of the same processor wakes runs at once, finds one message or a few,
 * and sleeps again. Each of them costs two changes of threads and two calls of the system then. A receiver that gives the processor
 * away instead (sched_yield) finds lanes full: measured, docs/design.md.
 *
 * Not always: a sender that never waits keeps the processor for its time slice, some milliseconds in which the messages of others
 * wait, and the kernel holds a yield against a thread that is woken later. So it is done only
 *   - after many sleeps that began shortly one after the other, that is where sleeping costs more than all else, and
 *   - as long as it pays: it brings more messages than one in a short time, or so many in a long one as no sleeps would.
 * After one that did not the receiver sleeps. A few such in a row, or one that was long, end it, and many more short sleeps come
 * before the next try. The clock decides here about speed alone: what is lost by a yield is time, a receiver that finds nothing after
 * it sleeps as ever. */
#ifndef TRIBUTARY_RECEIVER_YIELD_H
#define TRIBUTARY_RECEIVER_YIELD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    TRIBUTARY_SHORT_SLEEP_MICROSECONDS = 50, /* from one to the next */
    TRIBUTARY_SHORT_SLEEPS = 64,             /* before the first yield, */
    TRIBUTARY_SHORT_SLEEPS_MOST = 64 << 9,   /* ...and after tries in vain: eight times as many after each */
    TRIBUTARY_LONG_SLEEP_WEIGHT = 16,        /* short ones that a long one makes up for */
    TRIBUTARY_SHORT_YIELD_NANOSECONDS = 100000,
    TRIBUTARY_YIELD_NANOSECONDS_PER_MESSAGE = 250, /* that a longer one may take */
    /* In a row, of short ones: the kernel may choose the yielding thread again. */
    TRIBUTARY_YIELDS_IN_VAIN = 4,
    TRIBUTARY_YIELDS_PROVEN = 8, /* after as many that paid it takes no more short sleeps than at first */
    /* After as many more the receiver sleeps once: the kernel finds an idle processor for who is woken, and not for who yields. */
    TRIBUTARY_YIELDS_ON_END = 64,
    TRIBUTARY_YIELDS_MOST = TRIBUTARY_YIELDS_PROVEN + TRIBUTARY_YIELDS_ON_END,
    /* A yield may last for some slices of the scheduler: a wait that has less time left sleeps. */
    TRIBUTARY_YIELD_LEAST_NANOSECONDS = 20000000
};

/* The receiver's own, and small, since each channel has one: what wraps is judged wrongly once. */
struct tributary_receiver_yields {
    uint32_t slept_at; /* when it last went to sleep, or had yielded: microseconds */
    uint32_t lasted;   /* the last yield, until it has been judged: nanoseconds, else 0 */
    uint32_t gained;   /* messages of the runs since then, of whatever calls */
    uint16_t short_sleeps;
    uint8_t tries : 4; /* in vain: powers of eight */
    uint8_t in_vain : 4; /* yields in a row */
    uint8_t paid; /* yields since it began; with the most a sleep is due, and then the proven ones remain */
};

_Static_assert(TRIBUTARY_YIELDS_MOST <= UINT8_MAX, "paid");

static inline uint32_t tributary_receiver_short_sleeps_needed(const struct tributary_receiver_yields *yields) {
    return (uint32_t)TRIBUTARY_SHORT_SLEEPS << 3 * yields->tries;
}

/* Whether it yields in place of sleeping, as things stand. */
static inline bool tributary_receiver_yields_now(const struct tributary_receiver_yields *yields) {
    return yields->short_sleeps >= tributary_receiver_short_sleeps_needed(yields);
}

/* It had paid: the next try comes as soon as the first did, or sooner. */
static inline void tributary_receiver_forgive_yields(struct tributary_receiver_yields *yields) {
    yields->tries = 0;
    if (yields->short_sleeps > TRIBUTARY_SHORT_SLEEPS) yields->short_sleeps = TRIBUTARY_SHORT_SLEEPS;
}

/* Before the next yield or sleep: false if it has to be a sleep, be it because the last yield was in vain. */
static inline bool tributary_receiver_judge_yield(struct tributary_receiver_yields *yields) {
    uint32_t lasted = yields->lasted;
    if (lasted == 0) return yields->paid < TRIBUTARY_YIELDS_MOST;
    yields->lasted = 0;
    bool was_short = lasted <= TRIBUTARY_SHORT_YIELD_NANOSECONDS;
    if ((yields->gained > 1 && was_short) ||
        yields->gained >= lasted / TRIBUTARY_YIELD_NANOSECONDS_PER_MESSAGE + 1) {
        yields->in_vain = 0;
        return ++yields->paid < TRIBUTARY_YIELDS_MOST;
    }
    if (was_short && ++yields->in_vain < TRIBUTARY_YIELDS_IN_VAIN) return false;
    if (yields->paid >= TRIBUTARY_YIELDS_PROVEN)
        tributary_receiver_forgive_yields(yields);
    else if (tributary_receiver_short_sleeps_needed(yields) < TRIBUTARY_SHORT_SLEEPS_MOST)
        yields->tries++;
    yields->in_vain = 0;
    yields->paid = 0;
    yields->short_sleeps = 0;
    return false;
}

/* A sleep soon after is a short one, too. */
static inline void tributary_receiver_note_yield(struct tributary_receiver_yields *yields, int64_t began, int64_t ended) {
    int64_t nanoseconds = ended - began;
    yields->slept_at = (uint32_t)(ended / 1000);
    yields->lasted = nanoseconds <= 0 ? 1 : nanoseconds < UINT32_MAX ? (uint32_t)nanoseconds : UINT32_MAX;
    yields->gained = 0;
}

static inline void tributary_receiver_note_sleep(struct tributary_receiver_yields *yields, int64_t now) {
    uint32_t microseconds = (uint32_t)(now / 1000);
    bool was_short = microseconds - yields->slept_at < TRIBUTARY_SHORT_SLEEP_MICROSECONDS;
    yields->slept_at = microseconds;
    if (yields->paid == TRIBUTARY_YIELDS_MOST) {
        /* It came after a yield that brought messages: how long they took says nothing. */
        yields->paid = TRIBUTARY_YIELDS_PROVEN;
    } else if (was_short) {
        if (!tributary_receiver_yields_now(yields)) yields->short_sleeps++;
    } else {
        /* One ends a try, since no more short ones are counted than it takes. */
        if (yields->paid >= TRIBUTARY_YIELDS_PROVEN) tributary_receiver_forgive_yields(yields);
        uint16_t short_sleeps = yields->short_sleeps;
        yields->short_sleeps = short_sleeps > TRIBUTARY_LONG_SLEEP_WEIGHT ? short_sleeps - TRIBUTARY_LONG_SLEEP_WEIGHT : 0;
        yields->paid = yields->in_vain = 0; /* the next try is another one */
    }
}

#endif
