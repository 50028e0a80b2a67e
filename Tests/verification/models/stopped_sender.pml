/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 8: a sender that is stopped between the exchange and the link of its enqueue (SIGSTOP) stops nobody else.
 * inbox.h; receiver_wait.c sleep_until (held up), run.c serve_inbox. (A stopped sender of shared messages: shared_order.pml.)
 *
 * Sender 0 may be stopped, for good or for a while. Sender 1 enqueues behind it. Sender 2 has its lane in the ready ring.
 *   stopped   for good: the receiver gets what is in the ring, by try calls.
 *   continued it goes on some time: the receiver, which sleeps, gets everything. It sleeps by the clock while something stands in the inbox
 *             that is not linked, for the link is a plain store, and the enqueuer's look for a sleeper may pass it.
 *
 * check  stopped   -DSTOPPED
 * check  continued
 * mutant WAIT_FOR_LINK      sleeps   the receiver waits until the link is there
 * mutant INBOX_BEFORE_RING  sleeps   it serves the ring only when it has taken in all that the tail announces
 * mutant HELD_UP_UNTIMED    sleeps   it sleeps without a clock on an entry that is not linked
 * mutant HEAD_FOR_TAIL      sleeps   its last look before sleeping is at the first entry, not at the tail (F3) */
#if defined(MUTANT_WAIT_FOR_LINK) || defined(MUTANT_INBOX_BEFORE_RING)
#define STOPPED
#endif
#define SENDERS 2
#define RING 2 /* the sender whose lane is in the ring */
#define RECEIVER 3
#define THREADS 4
#define MESSAGES 2 /* of sender 2 */

/* Links, as in inbox.pml, with store buffers. Nodes are 1 and 2; no link leads to the head, so 0 is both that and none. */
#define HEAD 0
#define NONE 0
#define NEXT(node) (node)
#define TAIL 3
#define WORD 4 /* the receiver's parker */
#define PUBLISHED 5
#define WORDS 6
#define DEPTH 3
#include "tso.pml"

#define EMPTY 0
#define PARKED 1

inline wake() {
    if
    :: load(own, WORD) == PARKED -> exchange(own, WORD, EMPTY, previous)
    :: else
    fi
}

active [SENDERS] proctype sender() {
    byte own = _pid - 1, node = _pid, previous;
    store(own, NEXT(node), NONE);
    exchange(own, TAIL, node, previous);
#ifdef STOPPED
    if
    :: own == 0 -> goto stopped
    :: true
    fi;
#endif
    store(own, NEXT(previous), node);
    wake(); /* F3: the exchange was the fence */
stopped:
    skip
}

active proctype sender_in_ring() {
    byte sent;
    do
    :: sent < MESSAGES -> sent++; store(RING, PUBLISHED, sent)
    :: sent == MESSAGES -> break
    od
}

/* __cds_wfcq_dequeue_nonblocking */
inline dequeue() {
#ifdef MUTANT_WAIT_FOR_LINK
    /* The blocking call. */
    load(RECEIVER, TAIL) == HEAD || load(RECEIVER, NEXT(HEAD)) != NONE;
#endif
    node = load(RECEIVER, NEXT(HEAD));
    if
    :: node != NONE ->
        next = load(RECEIVER, NEXT(node));
        if
        :: next == NONE ->
            store(RECEIVER, NEXT(HEAD), NONE);
            compare_exchange(RECEIVER, TAIL, node, HEAD, found);
            if
            :: found == node
            :: else ->
                next = load(RECEIVER, NEXT(node));
                if
                :: next == NONE -> store(RECEIVER, NEXT(HEAD), node); node = NONE
                :: else -> store(RECEIVER, NEXT(HEAD), next)
                fi
            fi
        :: else -> store(RECEIVER, NEXT(HEAD), next)
        fi;
        next = 0; found = 0
    :: else
    fi
}

#define INBOX_EMPTY (load(RECEIVER, NEXT(HEAD)) == NONE && load(RECEIVER, TAIL) == HEAD)
#define HAS_ENTRY (load(RECEIVER, NEXT(HEAD)) != NONE)

inline round() {
    dequeue();
    if
    :: node != NONE -> dequeued++
    :: else
    fi;
    node = NONE;
#ifdef MUTANT_INBOX_BEFORE_RING
    INBOX_EMPTY;
#endif
    read = load(RECEIVER, PUBLISHED)
}

/* sleep_until; the ring's lane stays where it is, and its messages were taken. */
inline sleep() {
    store(RECEIVER, WORD, PARKED);
    fence_full(RECEIVER); /* F3 */
    if
#ifdef MUTANT_HEAD_FOR_TAIL
    :: HAS_ENTRY ->
#else
    :: !INBOX_EMPTY && HAS_ENTRY ->
#endif
        exchange(RECEIVER, WORD, EMPTY, found)
#if !defined(MUTANT_HEAD_FOR_TAIL) && !defined(MUTANT_HELD_UP_UNTIMED)
    :: !INBOX_EMPTY && !HAS_ENTRY ->
        /* Held up: a millisecond, or a wake. */
        exchange(RECEIVER, WORD, EMPTY, found)
    :: INBOX_EMPTY -> load(RECEIVER, WORD) == EMPTY
#else
    :: !HAS_ENTRY -> load(RECEIVER, WORD) == EMPTY
#endif
    fi;
    found = 0
}

active proctype receiver() {
    byte dequeued, read, node, next, found;
    do
    :: read == MESSAGES &&
#ifdef STOPPED
       true
#else
       dequeued == SENDERS
#endif
       -> break
    :: else ->
        round();
#ifndef STOPPED
        if
        :: read == MESSAGES && dequeued < SENDERS -> sleep()
        :: else
        fi
#endif
    od
}
