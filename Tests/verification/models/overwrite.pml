/* SPDX-License-Identifier: Apache-2.0 */
/* A lane whose sender drops its oldest message: both ends consume (O1, O2).
 * overwrite.c tributary_overwrite_drop_oldest, _extend, _claim, _done.
 *
 * Capacity 1, segments of one slot, a directory of two. Each message is received or dropped, once, and read as it was written; a
 * segment that the receiver reads is not written to.
 *
 * check  drop_oldest -DMESSAGES=4
 * mutant BORROW_LAST          asserts  the borrow is announced after the claim (O2)
 * mutant SEGMENT_READ_LAST    asserts  the directory is read after the claim (O1, O2)
 * mutant BORROW_UNSEEN        asserts  the sender reuses a segment without a look at the borrow (O2)
 * mutant DROP_UNCLAIMED       asserts  the sender drops its oldest without an exchange
 * mutant DONE_EARLY           asserts  the receiver gives the borrow back, then reads (O2) */
#ifndef MESSAGES
#define MESSAGES 4
#endif
#define THREADS 2
#define SENDER 0
#define RECEIVER 1
#define SIZE 2     /* of the directory */
#define SEGMENTS 4 /* that the allocator has: 1, 2, 3, 4 */
#define PUBLISHED 0
#define CONSUMED 1
#define BORROW 2 /* plus one; 0 is NOTHING */
#define DIRECTORY(number) (3 + (number) % SIZE)
#define SLOT(segment) (4 + (segment))
#define WORDS (5 + SEGMENTS)
#define DEPTH 4
#include "tso.pml"

#define NONE 0
#define NOTHING 0

bool taken[MESSAGES]; /* received or dropped */

inline take(message) {
    d_step { assert(!taken[message]); taken[message] = true }
}

/* tributary_overwrite_extend: a segment for message `sent`. */
inline extend() {
    segment = load(SENDER, DIRECTORY(sent));
#ifdef MUTANT_BORROW_UNSEEN
    borrow = NOTHING;
#else
    borrow = load(SENDER, BORROW); /* O2 */
#endif
    /* The segment holds message sent - SIZE. */
    borrowed = segment != NONE && borrow != NOTHING && sent >= SIZE && borrow - 1 == sent - SIZE;
    if
    :: segment == NONE || borrowed ->
        fresh = NONE;
        if
        :: aside != NONE && (borrow == NOTHING || borrow - 1 != aside_number) ->
            fresh = aside;
            aside = NONE
        :: else -> allocated++; fresh = allocated; assert(fresh <= SEGMENTS)
        fi;
        if
        :: borrowed -> aside = segment; aside_number = sent - SIZE
        :: else
        fi;
        segment = fresh;
        fresh = NONE;
        store(SENDER, DIRECTORY(sent), segment) /* O1 */
    :: else
    fi;
    borrow = 0; borrowed = false
}

/* tributary_overwrite_drop_oldest: message sent - 1, of a lane that holds one. */
inline drop_oldest() {
#ifdef MUTANT_DROP_UNCLAIMED
    found = load(SENDER, CONSUMED);
    if
    :: found == sent - 1 -> store(SENDER, CONSUMED, sent)
    :: else
    fi;
#else
    compare_exchange(SENDER, CONSUMED, sent - 1, sent, found);
#endif
    if
    :: found == sent - 1 ->
        assert(load(SENDER, SLOT(load(SENDER, DIRECTORY(sent - 1)))) == sent);
        take(sent - 1)
    :: else
    fi;
    found = 0
}

active proctype sender() {
    byte sent, segment, fresh, aside, aside_number, allocated, borrow, found;
    bool borrowed;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES ->
        extend();
        if
        :: load(SENDER, CONSUMED) != sent -> drop_oldest() /* L2; it is full */
        :: else
        fi;
        store(SENDER, SLOT(segment), sent + 1);
        sent++;
        store(SENDER, PUBLISHED, sent) /* L1 */
    od
}

/* tributary_overwrite_claim, of one message: `ok` */
inline claim() {
    do
    :: number = load(RECEIVER, CONSUMED);
        if
        :: number >= load(RECEIVER, PUBLISHED) -> break
        :: else
        fi;
#if !defined(MUTANT_BORROW_LAST)
        store(RECEIVER, BORROW, number + 1); /* O2 */
#endif
#ifndef MUTANT_SEGMENT_READ_LAST
        segment = load(RECEIVER, DIRECTORY(number)); /* O1 */
#endif
        compare_exchange(RECEIVER, CONSUMED, number, number + 1, found);
        if
        :: found == number ->
            ok = true;
#ifdef MUTANT_BORROW_LAST
            store(RECEIVER, BORROW, number + 1);
#endif
#ifdef MUTANT_SEGMENT_READ_LAST
            segment = load(RECEIVER, DIRECTORY(number));
#endif
            break
        :: else
        fi
    od;
    found = 0
}

active proctype receiver() {
    byte number, segment, found;
    bool ok;
    do
    :: load(RECEIVER, CONSUMED) == MESSAGES -> break
    :: load(RECEIVER, PUBLISHED) > load(RECEIVER, CONSUMED) ->
        claim();
        if
        :: ok ->
            take(number);
#ifdef MUTANT_DONE_EARLY
            store(RECEIVER, BORROW, NOTHING);
#endif
            /* Read when it likes: borrowed, so nobody writes there. */
            assert(load(RECEIVER, SLOT(segment)) == number + 1);
            ok = false
        :: else
        fi;
        store(RECEIVER, BORROW, NOTHING); /* O2 */
        number = 0; segment = 0
    od
}
