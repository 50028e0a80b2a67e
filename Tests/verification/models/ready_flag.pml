/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 1: the ready flag against the receiver's clear; a lane is in the inbox at most once.
 * lane_sender.c tributary_lane_published, core.c tributary_sender_destroy; lane_receiver.c tributary_lane_let_go, run.c.
 *
 * One sender without streaming, one receiver that sleeps on the inbox (protocol 3 is for how). Every message is received, and
 * the sender's end is seen after the last one.
 *
 * check  one_lane
 * long   longer   -DMESSAGES=5
 * mutant PUBLISH_BEFORE_SLOT      asserts  a message is read before it was written (L1)
 * mutant SENDER_WITHOUT_FENCE     sleeps   the sender's look passes its publish (F1)
 * mutant RECEIVER_WITHOUT_RECHECK sleeps   nobody looks at `published` after READY was cleared (F1)
 * mutant CLEAR_WITH_STORE         sleeps   READY is cleared by a store, which the look passes (F1)
 * mutant ENQUEUE_UNASKED          asserts  what READY was before is not looked at: twice in the inbox
 * mutant KEEP_UNASKED             asserts  the receiver takes READY back without looking whose it was
 * mutant END_WITHOUT_READY        sleeps   the end is stored, and nobody told */
#define THREADS 2
#define SENDER 0
#define RECEIVER 1
#ifndef MESSAGES
#define MESSAGES 3
#endif

#define PUBLISHED 0
#define STATE 1
#define SLOTS 2
#define WORDS (SLOTS + MESSAGES)
#define DEPTH 4
#include "tso.pml"

#define READY 1
#define ENDED 8

byte in_inbox;
bool held; /* the lane is in the receiver's ring */
bool ends; /* the sender goes, or it stays and says nothing more */

inline enqueue() {
    /* The exchange of the tail is a full fence. */
    d_step { fence_full(SENDER) -> assert(in_inbox == 0 && !held); in_inbox++ }
}

inline become_ready(bits) {
    fetch_or(SENDER, STATE, bits, state);
#ifdef MUTANT_ENQUEUE_UNASKED
    enqueue()
#else
    if
    :: !(state & READY) -> enqueue()
    :: else
    fi
#endif
}

inline published() {
#ifndef MUTANT_SENDER_WITHOUT_FENCE
    fence_full(SENDER); /* F1 */
#endif
    state = load(SENDER, STATE);
    if
    :: state & READY
    :: else -> become_ready(READY)
    fi;
    state = 0
}

active proctype sender() {
    byte sent, state;
    do
    :: sent < MESSAGES ->
#ifdef MUTANT_PUBLISH_BEFORE_SLOT
        store(SENDER, PUBLISHED, sent + 1);
        store(SENDER, SLOTS + sent, sent + 1);
#else
        store(SENDER, SLOTS + sent, sent + 1);
        store(SENDER, PUBLISHED, sent + 1); /* L1 */
#endif
        sent++;
        published()
    :: sent == MESSAGES -> break
    od;
    if
    :: ends = true
    :: goto stays
    fi;
#ifdef MUTANT_END_WITHOUT_READY
    fetch_or(SENDER, STATE, ENDED, state);
#else
    become_ready(ENDED | READY);
#endif
stays:
    skip
}

/* lane_let_go: clears READY unless something came in between. */
inline let_go() {
#ifdef MUTANT_CLEAR_WITH_STORE
    atomic { state = load(RECEIVER, STATE); store(RECEIVER, STATE, state & ~READY); held = false };
#else
    atomic { fetch_and(RECEIVER, STATE, ~READY, state); held = false };
    fence_full(RECEIVER); /* F1 */
#endif
#ifndef MUTANT_RECEIVER_WITHOUT_RECHECK
    state = load(RECEIVER, STATE);
    if
    :: load(RECEIVER, PUBLISHED) != read || (state & ENDED) ->
#ifdef MUTANT_KEEP_UNASKED
        atomic { fetch_or(RECEIVER, STATE, READY, state); held = true }
#else
        /* Whoever sets READY from clear owns the lane. */
        atomic {
            fetch_or(RECEIVER, STATE, READY, state);
            if
            :: !(state & READY) -> held = true
            :: else
            fi
        }
#endif
    :: else
    fi;
#endif
    state = 0
}

active proctype receiver() {
    byte read, state;
    do
    :: read == MESSAGES && !ends -> break
    :: d_step { in_inbox > 0 -> in_inbox--; held = true };
        do
        :: !held -> break
        :: held ->
            if
            :: load(RECEIVER, PUBLISHED) != read ->
                assert(load(RECEIVER, SLOTS + read) == read + 1); /* L1 */
                read++
            :: else ->
                state = load(RECEIVER, STATE);
                if
                :: state & ENDED ->
                    /* The end came after the last message: look once more, in that order. */
                    if
                    :: load(RECEIVER, PUBLISHED) == read -> goto finished
                    :: else
                    fi
                :: else -> let_go()
                fi
            fi
        od
    od;
finished:
    assert(read == MESSAGES)
}
