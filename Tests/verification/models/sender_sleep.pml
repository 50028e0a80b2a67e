/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 4: the sleep of a sender whose lane is full against the receiver's release, and against the close.
 * lane_wait.c; inline.h tributary_internal_channel_pop, run.c settle, lane_receiver.c tributary_lane_wake_sender;
 * channel.c tributary_channel_close.
 *
 * Inside of a run the receiver stores `consumed` without a fence, and may then stop until another message comes: a sender
 * that sleeps without limit has to be woken for the first place. The first sleep, for half of them, ends by the clock too.
 *
 * check  capacity_2    -DCAPACITY=2
 * check  capacity_3    -DCAPACITY=3
 * check  local_fences  -DCAPACITY=2 -DLOCAL
 * mutant FULL_FENCE_FOR_HEAVY  sleeps   the sender fences itself alone (F2)
 * mutant LOCAL_WITHOUT_FENCE   sleeps   with local fences the receiver does not fence at each release (F2)
 * mutant WITHOUT_RECHECK       sleeps   the sender does not look again (F2)
 * mutant PARK_LAST             sleeps   it looks, then prepares to sleep
 * mutant RELEASE_LAST          sleeps   the receiver looks for a sleeper, then stores `consumed` (F2)
 * mutant CLOSE_UNTOLD          sleeps   the close wakes nobody
 * mutant CLOSE_LOOKS_FIRST     sleeps   it takes the waiter, then sets CLOSED (F2) */
#ifdef MUTANT_LOCAL_WITHOUT_FENCE
#define LOCAL
#endif
#ifndef CAPACITY
#define CAPACITY 2
#endif
#define MESSAGES (CAPACITY + 2)

#define THREADS 2
#define SENDER 0
#define RECEIVER 1
#define PUBLISHED 0
#define CONSUMED 1
#define WAKE_AT 2
#define WORD 3 /* the lane's parker */
#define CLOSED 4
#define WORDS 5
#define DEPTH 4
#include "tso.pml"

#define EMPTY 0
#define PARKED 1
#define NOBODY 0 /* UINT64_MAX; no target is 0 here */

bool slept; /* where a sleeper is, for the trail */

#define REACHED(target) (load(SENDER, CONSUMED) >= (target))
#define IS_CLOSED (load(SENDER, CLOSED) == 1)

/* announce: somebody waits for `target`. */
inline announce(exactly) {
#ifdef MUTANT_WITHOUT_RECHECK
    store(SENDER, WAKE_AT, target);
    fence_heavy(SENDER);
    may_sleep = true
#else
    store(SENDER, WAKE_AT, target);
#if defined(LOCAL) || defined(MUTANT_FULL_FENCE_FOR_HEAVY)
    fence_full(SENDER); /* F2 */
#else
    if
    :: exactly -> fence_heavy(SENDER) /* F2, on behalf of the receiver */
    :: else -> fence_full(SENDER)
    fi;
#endif
    may_sleep = !REACHED(target) && !IS_CLOSED
#endif
}

/* exactly: without a clock */
inline park(exactly) {
#ifdef MUTANT_PARK_LAST
    announce(exactly);
    store(SENDER, WORD, PARKED);
#else
    store(SENDER, WORD, PARKED);
    announce(exactly);
#endif
    if
    :: may_sleep ->
        slept = true;
        if
        :: load(SENDER, WORD) == EMPTY
        :: !exactly -> exchange(SENDER, WORD, EMPTY, found) /* a millisecond has passed */
        fi;
        slept = false
    :: else -> exchange(SENDER, WORD, EMPTY, found)
    fi;
    exchange(SENDER, WAKE_AT, NOBODY, found); /* withdraw */
    found = 0; may_sleep = false
}

active proctype sender() {
    byte sent, room = CAPACITY, target, found;
    bool may_sleep;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES && sent < room ->
        sent++;
        store(SENDER, PUBLISHED, sent)
    :: sent < MESSAGES && sent == room ->
        if
        :: IS_CLOSED -> break
        :: else
        fi;
        room = load(SENDER, CONSUMED) + CAPACITY; /* L2 */
        if
        :: room == sent ->
            target = sent - CAPACITY + 1 + (CAPACITY - 1) / 2;
            park(false);
            target = sent - CAPACITY + 1;
            do
            :: REACHED(target) || IS_CLOSED -> break
            :: else -> park(true)
            od;
            target = 0
        :: else
        fi
    od
}

inline wake() {
    compare_exchange(RECEIVER, WORD, PARKED, EMPTY, found)
}

/* run.c settle and lane_wake_sender */
inline settle() {
    fence_full(RECEIVER); /* F2 */
    wake_at = load(RECEIVER, WAKE_AT);
    do
    :: wake_at == NOBODY || read < wake_at -> break
    :: else ->
        expected = wake_at;
        compare_exchange(RECEIVER, WAKE_AT, expected, NOBODY, wake_at);
        if
        :: wake_at == expected -> wake(); break
        :: else
        fi
    od;
    wake_at = 0; expected = 0; found = 0
}

inline pop() {
    read++;
#ifdef MUTANT_RELEASE_LAST
    wake_at = load(RECEIVER, WAKE_AT);
    if
    :: read == end || (wake_at != NOBODY && read >= wake_at) -> settle()
    :: else
    fi;
    store(RECEIVER, CONSUMED, read);
#elif defined(LOCAL)
    store(RECEIVER, CONSUMED, read); /* L2 */
#ifndef MUTANT_LOCAL_WITHOUT_FENCE
    settle();
#else
    wake_at = load(RECEIVER, WAKE_AT);
    if
    :: read == end || (wake_at != NOBODY && read >= wake_at) -> settle()
    :: else
    fi;
#endif
#else
    store(RECEIVER, CONSUMED, read); /* L2 */
    fence_compiler(RECEIVER);        /* F2 */
    wake_at = load(RECEIVER, WAKE_AT);
    if
    :: read == end || (wake_at != NOBODY && read >= wake_at) -> settle()
    :: else
    fi;
#endif
    wake_at = 0
}

inline close() {
#ifdef MUTANT_CLOSE_LOOKS_FIRST
    exchange(RECEIVER, WAKE_AT, NOBODY, wake_at);
    fetch_or(RECEIVER, CLOSED, 1, found);
#else
    fetch_or(RECEIVER, CLOSED, 1, found);
    fence_full(RECEIVER); /* F2 */
    exchange(RECEIVER, WAKE_AT, NOBODY, wake_at);
#endif
    if
#ifndef MUTANT_CLOSE_UNTOLD
    :: wake_at != NOBODY -> wake()
#endif
    :: else
    fi
}

active proctype receiver() {
    byte read, end, wake_at, expected, found;
    do
    :: read == MESSAGES -> break
    :: read < MESSAGES && load(RECEIVER, PUBLISHED) != read ->
        end = load(RECEIVER, PUBLISHED);
        do
        :: read == end -> break
        :: read < end ->
            pop();
            if
            :: true
            :: end < MESSAGES -> load(RECEIVER, PUBLISHED) != end /* it stops, until more was sent into the room */
            :: true -> close(); goto closed
            fi
        od
    od;
closed:
    skip
}
