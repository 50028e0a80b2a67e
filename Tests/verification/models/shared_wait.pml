/* SPDX-License-Identifier: Apache-2.0 */
/* Waiting for room among shared senders: the queue, its mutex that the receiver never waits for, and who wakes whom (M3, W2).
 * shared_wait.c; shared_receiver.c tributary_shared_settle's callers, _look_for_next; shared_turn.c, where room is passed on.
 *
 * Two senders, each with its lane, and a receiver that may stop inside of a run, which it does not fence, until another message
 * comes. A thread's first sleep ends by the clock too, the second one by a wake alone. How room is counted is shared_grant.pml's: here
 * it is taken in one step.
 *
 * check  callback      -DCAPACITY=2 -DANY_ONLY
 * check  local_fences  -DCAPACITY=2 -DANY_ONLY -DLOCAL
 * long   threads       -DCAPACITY=2
 * long   two_wait      -DCAPACITY=2 -DANY_ONLY -DBOTH
 * mutant FULL_FENCE_FOR_HEAVY    sleeps   who waits without limit fences itself alone (M3)
 * mutant WITHOUT_RECHECK         sleeps   it does not look for room again (M3)
 * mutant LANES_NOT_CLEARED       sleeps   the lanes' words are not cleared: the receiver does not look (M3)
 * mutant UNLOCK_WITHOUT_LOOK     sleeps   who unlocks does not do what was wanted meanwhile (W2)
 * mutant WANTED_AFTER_LOCK       sleeps   the receiver tries to lock, then says what it wants (W2)
 * mutant NOT_PASSED_ON           sleeps   who was woken and leaves room tells nobody */
#ifndef CAPACITY
#define CAPACITY 2
#endif
#if defined(MUTANT_NOT_PASSED_ON) || defined(MUTANT_UNLOCK_WITHOUT_LOOK) || defined(MUTANT_WANTED_AFTER_LOCK)
#define ANY_ONLY
#endif
#if defined(BOTH) || defined(MUTANT_NOT_PASSED_ON)
#define MESSAGES(lane) (3 - 2 * (lane))
#endif
#define HALF ((CAPACITY + 1) / 2)
#define SENDERS 2
#ifndef MESSAGES
#define MESSAGES(lane) (2 - (lane)) /* two and one; above three and one, so that both may wait */
#endif
#define THREADS 3
#define RECEIVER 2
#define PUBLISHED(lane) (lane)
#define CONSUMED(lane) (2 + (lane))
#define LANE_WAKE_AT(lane) (4 + (lane))
#define WAKE_AT 6
#define WAKE_WANTED 7
#define PARKER(lane) (8 + (lane))
#define WORDS 10
#define DEPTH 4
#include "tso.pml"

/* `wake_at`: the sum, or the lane's count, plus one; 0 is nobody. */
#define NOBODY 0
#define PARKED 1
#define WAKE_ONE 1
#define WAKE_ALL 2
#define WAKE_REST 4
#define NONE 9
#define NOT_QUEUED 0
#define FOR_HALF 1
#define FOR_ANY 2

/* Under the mutex; what is looked at without it is read-modify-written or comes with the mutex. */
bool mutex;
byte queue[2] = NONE, queued_as[2];
bool in_rest[2]; /* who stood there when all were to be woken: `number` up to `rest` */
#define FOR_ANY_WAIT ((queue[0] != NONE && queued_as[queue[0]] == FOR_ANY) || (queue[1] != NONE && queued_as[queue[1]] == FOR_ANY))
#define ANYBODY_WAITS (queue[0] != NONE)
#define SUM(first) (load(self, first(0)) + load(self, first(1)))
#define HAS_ROOM(wanted) (SUM(PUBLISHED) - SUM(CONSUMED) + (wanted) <= CAPACITY)

inline lock() { d_step { fence_full(self) && !mutex -> mutex = true } }
inline unlock_only() { d_step { fence_full(self) -> mutex = false } }

/* The compare-exchange and its loop in one. */
inline lower_wake_at(target) {
    d_step {
        fence_full(self) ->
        if
        :: memory[WAKE_AT] == NOBODY || memory[WAKE_AT] > (target) + 1 -> memory[WAKE_AT] = (target) + 1
        :: else
        fi
    };
#ifndef MUTANT_LANES_NOT_CLEARED
    store(self, LANE_WAKE_AT(0), 1); /* 0: now */
    store(self, LANE_WAKE_AT(1), 1)
#endif
}

/* The first waiter, out of the queue; the rest is woken for the next half, or the next message. */
inline pop() {
    d_step {
        popped = queue[0];
        queue[0] = queue[1]; queue[1] = NONE;
        queued_as[popped] = NOT_QUEUED; in_rest[popped] = false
    };
    if
    :: queue[0] != NONE ->
        consumed_now = SUM(CONSUMED) + (FOR_ANY_WAIT -> 1 : HALF);
        lower_wake_at(consumed_now);
        consumed_now = 0
    :: else
    fi
}

/* Does what is wanted, unless somebody holds the mutex: who does it then. */
inline serve() {
    do
    :: load(self, WAKE_WANTED) == 0 -> break
    :: else ->
        d_step { fence_full(self) -> tried = !mutex; mutex = true };
        if
        :: !tried -> break
        :: else
        fi;
        tried = false;
        exchange(self, WAKE_WANTED, 0, wanted);
        if
        :: wanted & WAKE_ALL -> d_step { in_rest[0] = queued_as[0] != NOT_QUEUED; in_rest[1] = queued_as[1] != NOT_QUEUED }
        :: else
        fi;
        is_rest = (wanted & (WAKE_ALL | WAKE_REST)) && (queue[0] != NONE -> in_rest[queue[0]] : false);
        if
        :: queue[0] != NONE && (is_rest || (wanted & WAKE_ONE)) -> pop()
        :: else
        fi;
        if
        :: is_rest -> fetch_or(self, WAKE_WANTED, WAKE_REST, wanted)
        :: else
        fi;
        unlock_only();
        if
        :: popped != NONE -> exchange(self, PARKER(popped), 0, wanted) /* wakes it */
        :: else
        fi;
        popped = NONE; wanted = 0; is_rest = false;
        fence_full(self) /* W2 */
    od;
    tried = false
}

inline unlock() {
    unlock_only();
    fence_full(self); /* W2 */
#ifndef MUTANT_UNLOCK_WITHOUT_LOOK
    serve()
#endif
}

inline wake(what) {
    exchange(self, WAKE_AT, NOBODY, wanted);
#ifdef MUTANT_WANTED_AFTER_LOCK
    if
    :: mutex -> fetch_or(self, WAKE_WANTED, what, wanted); wanted = 0
    :: else -> fetch_or(self, WAKE_WANTED, what, wanted); wanted = 0; serve()
    fi
#else
    fetch_or(self, WAKE_WANTED, what, wanted);
    wanted = 0;
    serve() /* W2 */
#endif
}

inline enter(state, places) {
    lock();
    d_step {
        queued_as[self] = state;
        if
        :: queue[0] == NONE -> queue[0] = self
        :: else -> queue[1] = self
        fi
    };
    limit = SUM(PUBLISHED) + (places);
    limit = (limit > CAPACITY -> limit - CAPACITY : 0);
    lower_wake_at(limit);
    limit = 0;
    unlock();
#if defined(LOCAL) || defined(MUTANT_FULL_FENCE_FOR_HEAVY)
    fence_full(self) /* M3 */
#else
    if
    :: state == FOR_ANY -> fence_heavy(self) /* M3, on behalf of the receiver */
    :: else -> fence_full(self)
    fi
#endif
}

inline leave() {
    lock();
    d_step {
        if
        :: queue[0] == self -> queue[0] = queue[1]; queue[1] = NONE
        :: queue[1] == self -> queue[1] = NONE
        :: else
        fi;
        queued_as[self] = NOT_QUEUED; in_rest[self] = false
    };
    unlock()
}

inline park(state, places) {
    store(self, PARKER(self), PARKED);
    enter(state, places);
    if
#ifndef MUTANT_WITHOUT_RECHECK
    :: HAS_ROOM(places)
#endif
    :: else ->
        if
        :: load(self, PARKER(self)) != PARKED
        :: state == FOR_HALF -> skip /* a millisecond has passed */
        fi
    fi;
    leave();
    exchange(self, PARKER(self), 0, wanted);
    wanted = 0
}

active [SENDERS] proctype sender() {
    byte self = _pid - 1, sent, wanted, popped = NONE, consumed_now, consumed, limit;
    bool tried, is_rest, ok, leaves_room;
    do
    :: sent == MESSAGES(self) -> break
    :: sent < MESSAGES(self) ->
        d_step {
            fence_full(self) -> ok = HAS_ROOM(1);
            if
            :: ok -> leaves_room = HAS_ROOM(2); memory[PUBLISHED(self)] = sent + 1; sent++
            :: else
            fi
        };
        if
        :: ok ->
#ifndef MUTANT_NOT_PASSED_ON
            if
            :: leaves_room && FOR_ANY_WAIT -> wake(WAKE_ONE)
            :: else
            fi
#endif
            skip
        :: else ->
            do
            :: true ->
#ifndef ANY_ONLY
                consumed = SUM(CONSUMED);
                park(FOR_HALF, HALF);
                if
                :: consumed == SUM(CONSUMED) -> park(FOR_ANY, 1)
                :: else
                fi;
                consumed = 0;
#else
                park(FOR_ANY, 1);
#endif
                if
                :: HAS_ROOM(1) -> break
                :: else
                fi
            od
        fi;
        ok = false; leaves_room = false
    od
}

/* tributary_shared_settle, of the lane whose messages were taken */
inline settle() {
    fence_full(self); /* M3 */
    if
    :: load(self, LANE_WAKE_AT(lane)) != NOBODY ->
        exchange(self, LANE_WAKE_AT(lane), NOBODY, wanted);
        wanted = 0;
        wake_at = load(self, WAKE_AT);
        consumed = SUM(CONSUMED);
        if
        :: wake_at != NOBODY && consumed + 1 >= wake_at -> wake(WAKE_ONE)
        :: wake_at != NOBODY && consumed + 1 < wake_at ->
            /* Not before then, unless a waiter has asked meanwhile. */
            compare_exchange(self, LANE_WAKE_AT(lane), NOBODY, read[lane] + wake_at - consumed, wanted);
            wanted = 0
        :: else
        fi;
        wake_at = 0; consumed = 0
    :: else
    fi
}

#define TOTAL (MESSAGES(0) + MESSAGES(1))
#define READ (read[0] + read[1])

inline take_run() {
    end = load(self, PUBLISHED(lane));
    do
    :: read[lane] == end -> break
    :: read[lane] < end ->
        read[lane]++;
        store(self, CONSUMED(lane), read[lane]); /* M2 */
#ifdef LOCAL
        settle();
#else
        if
        :: read[lane] == end -> settle()
        :: read[lane] < end && load(self, LANE_WAKE_AT(lane)) != NOBODY && read[lane] + 1 >= load(self, LANE_WAKE_AT(lane)) -> settle()
        :: else
        fi;
#endif
        if
        :: true
        :: d_step { SUM(PUBLISHED) < TOTAL && SUM(PUBLISHED) - READ < CAPACITY -> before = SUM(PUBLISHED) } ->
            /* It stops, until one more has come into the room. */
            SUM(PUBLISHED) > before;
            before = 0
        fi
    od;
    end = 0
}

active proctype receiver() {
    byte self = RECEIVER, read[2], lane, end, before, wanted, popped = NONE, consumed_now, consumed, wake_at, woken_at = NONE;
    bool tried, is_rest;
    do
    :: READ == TOTAL -> break
    :: load(self, PUBLISHED(0)) > read[0] -> lane = 0; take_run()
    :: load(self, PUBLISHED(1)) > read[1] -> lane = 1; take_run(); lane = 0
    :: READ < TOTAL && SUM(PUBLISHED) == READ ->
        /* It finds nothing, ... */
        if
        :: ANYBODY_WAITS && FOR_ANY_WAIT -> wake(WAKE_ALL)
        :: ANYBODY_WAITS && !FOR_ANY_WAIT && woken_at != READ -> woken_at = READ; wake(WAKE_ONE)
        :: else
        fi;
        /* ...lets go, ... */
        if
        :: ANYBODY_WAITS -> wake(WAKE_ALL)
        :: else
        fi;
        /* ...and sleeps. */
        SUM(PUBLISHED) > READ
    od
}
