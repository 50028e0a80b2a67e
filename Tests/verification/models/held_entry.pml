/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 8, the entry before the stopped one: it cannot be dequeued, since its link is what the stopped sender owes. It is taken all the
 * same, and held: its node stays the queue's first, so that until it is dequeued its lane is neither let go nor taken again.
 * inbox.h tributary_inbox_take, _holds; run.c serve_inbox, visit_silent; lane_receiver.c tributary_lane_let_go.
 *
 * Sender 0 sends twice, and has its lane enqueued when that was let go. Sender 1 enqueues, and may be stopped in between.
 *   stopped   for good: all of sender 0's messages are received, unless its lane came back behind the stopped sender.
 *   continued it goes on some time: everything is received.
 *
 * check  stopped   -DSTOPPED
 * check  continued
 * mutant NOT_TAKEN   asserts  what cannot be dequeued is not taken
 * mutant TAKEN_TWICE asserts  the held entry is taken again when it is dequeued
 * mutant LET_GO      asserts  a held lane is let go, and enqueued a second time */
#ifdef MUTANT_NOT_TAKEN
#define STOPPED
#endif
#define SENDERS 2
#define RECEIVER 2
#define THREADS 3
#define MESSAGES 2 /* of sender 0 */

/* Links, as in stopped_sender.pml: nodes are 1 and 2; 0 is the head, and none. */
#define HEAD 0
#define NONE 0
#define NEXT(node) (node)
#define TAIL 3
#define READY 4     /* of sender 0's lane */
#define PUBLISHED 5 /* the same */
#define WORDS 6
#define DEPTH 3
#include "tso.pml"

bool queued[3]; /* the node is in the queue, or about to be */
bool behind;    /* sender 0 stands behind the stopped one */
bool is_stopped, has_sent;

inline link_behind() {
    store(own, NEXT(previous), node)
}

active proctype sender_0() {
    byte own = 0, node = 1, sent, previous;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES ->
        sent++;
        store(own, PUBLISHED, sent);
        fence_full(own); /* F1 */
        fetch_or(own, READY, 1, previous);
        if
        :: previous == 0 ->
            assert(!queued[node]);
            queued[node] = true;
            store(own, NEXT(node), NONE);
            atomic { exchange(own, TAIL, node, previous); behind = is_stopped && previous == 2 };
            link_behind()
        :: else
        fi;
        previous = 0
    od;
    has_sent = true
}

active proctype sender_1() {
    byte own = 1, node = 2, previous;
    queued[node] = true;
    store(own, NEXT(node), NONE);
    atomic {
        exchange(own, TAIL, node, previous);
        if
#ifdef STOPPED
        :: is_stopped = true
#endif
        :: true
        fi
    };
    if
    :: is_stopped
    :: else -> link_behind()
    fi
}

/* __cds_wfcq_dequeue_nonblocking: `blocked` is CDS_WFCQ_WOULDBLOCK. */
inline dequeue() {
    blocked = false;
    node = load(RECEIVER, NEXT(HEAD));
    if
    :: node == NONE -> blocked = load(RECEIVER, TAIL) != HEAD
    :: else ->
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
                :: next == NONE -> store(RECEIVER, NEXT(HEAD), node); node = NONE; blocked = true
                :: else -> store(RECEIVER, NEXT(HEAD), next)
                fi
            fi
        :: else -> store(RECEIVER, NEXT(HEAD), next)
        fi;
        next = 0; found = 0
    fi
}

/* tributary_inbox_take: `node`, or NONE. */
inline take() {
    do
    :: dequeue();
        if
        :: node == NONE && !blocked -> break
        :: node == NONE && blocked ->
#ifndef MUTANT_NOT_TAKEN
            if
            :: held == NONE -> node = load(RECEIVER, NEXT(HEAD)); held = node
            :: else
            fi;
#endif
            break
        :: node != NONE && node != held -> queued[node] = false; break
        :: node != NONE && node == held ->
            queued[node] = false;
            held = NONE; /* was taken before */
#ifdef MUTANT_TAKEN_TWICE
            break
#else
            node = NONE
#endif
        fi
    od
}

/* tributary_lane_let_go */
inline let_go() {
    fetch_and(RECEIVER, READY, 0, found);
    fence_full(RECEIVER); /* F1 */
    if
    :: load(RECEIVER, PUBLISHED) == read -> in_ring = false
    :: else ->
        fetch_or(RECEIVER, READY, 1, found);
        in_ring = (found == 0)
    fi;
    found = 0
}

active proctype receiver() {
    byte read, node, next, found, held;
    bool blocked, in_ring, other, all_there;
    do
    :: read == MESSAGES && other -> break
#ifdef STOPPED
    :: is_stopped && (read == MESSAGES || behind) -> break
#endif
    :: else ->
        /* All is there that will come: this round finds it. */
        all_there = is_stopped && has_sent && empty(buffer[0]) && empty(buffer[1]);
        take();
        if
        :: node == 1 -> assert(!in_ring); in_ring = true
        :: node == 2 -> assert(!other); other = true
        :: else
        fi;
        node = NONE;
        if
        :: in_ring && load(RECEIVER, PUBLISHED) > read -> read = load(RECEIVER, PUBLISHED)
        :: in_ring && load(RECEIVER, PUBLISHED) == read ->
#ifndef MUTANT_LET_GO
            if
            :: held == NONE -> let_go() /* tributary_inbox_holds */
            :: else
            fi
#else
            let_go()
#endif
        :: !all_there || !in_ring
        fi;
        assert(!all_there || read == MESSAGES || behind);
        all_there = false
    od
}
