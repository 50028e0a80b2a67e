/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 3: the receiver's sleep against an enqueue, against the last sender's end, and against each way to be woken.
 * receiver_wait.c sleep_until, tributary_channel_notify, tributary_channel_arm; inbox.h; parker.c; futex.c, condition.c, eventfd.c;
 * core.c tributary_core_sender_ended. (A publish becomes an enqueue by protocol 1.)
 *
 * Two senders enqueue, and end. The receiver takes what there is, and is told of the end.
 *
 * check  futex      -DKIND=FUTEX
 * check  timed      -DKIND=FUTEX -DTIMED
 * check  condition  -DKIND=CONDITION
 * check  eventfd    -DKIND=EVENTFD
 * check  event_loop -DKIND=EVENT_LOOP
 * check  callback   -DKIND=CALLBACK
 * mutant RECEIVER_WITHOUT_FENCE  sleeps   the look at the inbox passes PARKED (F3)
 * mutant LOOK_BEFORE_PREPARE     sleeps   ...and comes before it (F3)
 * mutant WAKER_LOOKS_FIRST       sleeps   the waker looks for a sleeper, then enqueues (F3)
 * mutant END_UNTOLD              sleeps   the last sender's end wakes nobody (E1)
 * mutant END_AFTER_ROUND         asserts  the round is over, then the senders are counted: an entry is forgotten (E1)
 * mutant SLEEP_UNCOMPARED        sleeps   the condition is waited for without a look at the word
 * mutant CLEAR_LAST              sleeps   an armed descriptor is emptied after the last look
 * mutant CONTEXT_LAST            asserts  the callback's context is stored after NOTIFYING (P2)
 * mutant WITHOUT_FIRING          asserts  the waker gives the word back, then reads which callback */
#define FUTEX 1
#define CONDITION 2
#define EVENTFD 3
#define EVENT_LOOP 4
#define CALLBACK 5
#ifdef MUTANT_SLEEP_UNCOMPARED
#define KIND CONDITION
#endif
#ifdef MUTANT_CLEAR_LAST
#define KIND EVENT_LOOP
#endif
#if defined(MUTANT_CONTEXT_LAST) || defined(MUTANT_WITHOUT_FIRING)
#define KIND CALLBACK
#endif
#ifndef KIND
#define KIND FUTEX
#endif

#define SENDERS 2
#define RECEIVER 2
#define THREADS 3
#define WORD 0 /* the parker's */
#define CONTEXT 1
#define INBOX 2 /* entries: its tail is exchanged */
#define ENDED 3 /* senders: `open_senders`, from the other end */
#define WORDS 4
#define DEPTH 3
#include "tso.pml"

#define EMPTY 0
#define PARKED 1
#define ARMED 2
#define NOTIFYING 3
#define FIRING 4

/* The kernel's. */
bool asleep;     /* in the futex's queue, or the condition's */
bool locked;     /* the condition's mutex */
bool readable;   /* the descriptor */

bool called[9];  /* the callback, by its context */
byte armed_with; /* the context that is to be called */

inline lock() { d_step { !locked -> locked = true } }
inline unlock() { locked = false }

/* parker.c wake: once the word was taken. */
inline wake_kind() {
#if KIND == FUTEX
    asleep = false
#elif KIND == CONDITION
    lock();
    asleep = false;
    unlock()
#else
    readable = true
#endif
}

/* tributary_parker_wake and _wake_slow: exactly one waker gets the word. */
inline wake() {
#ifndef MUTANT_WAKER_LOOKS_FIRST
    word = load(thread, WORD);
#endif
    do
    :: word == EMPTY || word == FIRING -> break
    :: word == PARKED || word == ARMED ->
        expected = word;
        compare_exchange(thread, WORD, expected, EMPTY, word);
        if
        :: word == expected -> wake_kind(); break
        :: else
        fi
    :: word == NOTIFYING ->
#ifdef MUTANT_WITHOUT_FIRING
        atomic { compare_exchange(thread, WORD, NOTIFYING, EMPTY, word); expected = armed_with };
#else
        atomic { compare_exchange(thread, WORD, NOTIFYING, FIRING, word); expected = armed_with };
#endif
        if
        :: word == NOTIFYING ->
            context = load(thread, CONTEXT);
            assert(context == expected); /* P2 */
            compare_exchange(thread, WORD, FIRING, EMPTY, word);
            called[context] = true;
            break
        :: else
        fi
    od;
    word = 0; expected = 0; context = 0
}

active [SENDERS] proctype sender() {
    byte thread = _pid - 1, word, expected, context, before;
#ifdef MUTANT_WAKER_LOOKS_FIRST
    word = load(thread, WORD);
#endif
    fetch_add(thread, INBOX, 1, before);
    wake();
#ifdef MUTANT_WAKER_LOOKS_FIRST
    word = load(thread, WORD);
#endif
    fetch_add(thread, ENDED, 1, before); /* E1 */
    if
    :: before == SENDERS - 1 ->
        fence_full(thread); /* F3 */
#ifndef MUTANT_END_UNTOLD
        wake()
#endif
    :: else
    fi
}

#define MAY_SLEEP (load(RECEIVER, INBOX) == 0 && load(RECEIVER, ENDED) != SENDERS)

inline prepare() {
#if KIND == CALLBACK
    /* tributary_parker_notify: who is being called waits until that is over. */
    load(RECEIVER, WORD) != FIRING;
    armings++;
    armed_with = armings;
#ifdef MUTANT_CONTEXT_LAST
    store(RECEIVER, WORD, NOTIFYING);
    store(RECEIVER, CONTEXT, armings);
#else
    store(RECEIVER, CONTEXT, armings);
    store(RECEIVER, WORD, NOTIFYING); /* P2 */
#endif
#elif KIND == EVENT_LOOP
    readable = false;
    store(RECEIVER, WORD, ARMED);
#else
    store(RECEIVER, WORD, PARKED);
#endif
    skip
}

/* When something came after all. */
inline cancel() {
#if KIND == CALLBACK
    compare_exchange(RECEIVER, WORD, NOTIFYING, EMPTY, word);
    if
    :: word != NOTIFYING -> called[armed_with] /* it is being called: that is waited for, */
    :: true /* ...or not: then it comes some time later */
    fi
#elif KIND == EVENT_LOOP
    compare_exchange(RECEIVER, WORD, ARMED, EMPTY, word);
    readable = false
#else
    exchange(RECEIVER, WORD, EMPTY, word)
#endif
}

/* tributary_parker_sleep, or an event loop, or a task. */
inline sleep() {
#if KIND == CALLBACK
    called[armed_with]
#elif KIND == EVENT_LOOP
#ifdef MUTANT_CLEAR_LAST
    readable = false;
#endif
    readable;
    compare_exchange(RECEIVER, WORD, ARMED, EMPTY, word);
    readable = false
#else
    do
    :: load(RECEIVER, WORD) != PARKED -> break
    :: else ->
#if KIND == FUTEX
        /* The kernel compares and queues in one. */
        d_step {
            fence_full(RECEIVER) ->
            if
            :: memory[WORD] == PARKED -> asleep = true
            :: else
            fi
        };
        if
        :: !asleep
#ifdef TIMED
        :: true ->
            asleep = false;
            exchange(RECEIVER, WORD, EMPTY, word);
            break
#endif
        fi
#elif KIND == CONDITION
        lock();
        if
#ifdef MUTANT_SLEEP_UNCOMPARED
        :: true ->
#else
        :: load(RECEIVER, WORD) == PARKED ->
#endif
            d_step { asleep = true; unlock() };
            !asleep;
            lock()
        :: else
        fi;
        unlock()
#else
        readable;
        readable = false
#endif
    od
#endif
}

active proctype receiver() {
    byte received, taken, word, armings;
    bool last;
    do
    :: true ->
        /* A round: nothing more comes, if it began after the last end and found nothing (E1). */
#ifndef MUTANT_END_AFTER_ROUND
        last = load(RECEIVER, ENDED) == SENDERS;
#endif
        exchange(RECEIVER, INBOX, 0, taken);
#ifdef MUTANT_END_AFTER_ROUND
        last = load(RECEIVER, ENDED) == SENDERS;
#endif
        received = received + taken;
        if
        :: taken == 0 && last -> break
        :: else
        fi;
#ifdef MUTANT_LOOK_BEFORE_PREPARE
        taken = MAY_SLEEP;
        prepare();
        fence_full(RECEIVER);
#else
        prepare();
#ifndef MUTANT_RECEIVER_WITHOUT_FENCE
        fence_full(RECEIVER); /* F3 */
#endif
        taken = MAY_SLEEP;
#endif
        if
        :: taken -> sleep()
        :: else -> cancel()
        fi;
        taken = 0; word = 0; last = false;
        assert(load(RECEIVER, WORD) == EMPTY || KIND == CALLBACK)
    od;
    assert(received == SENDERS)
}
