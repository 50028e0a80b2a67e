/* SPDX-License-Identifier: Apache-2.0 */
/* The room of shared senders: grants, attempts, and settling what others have left of theirs (G1, G2, G3, M2, T1).
 * shared_turn.c used_by, find_room, take_turn, settle, take_grant, tributary_shared_prepare; thread_lane.c add_to_list.
 *
 * No more than CAPACITY messages are ever begun and not received. A sender says "full" only if CAPACITY of them were granted at some
 * moment of its call. And turns are bounded by the messages: each grant sends one at least, and is settled once at most, so that nobody
 * tries forever.
 *
 * check  capacity_1           -DCAPACITY=1
 * check  capacity_2           -DCAPACITY=2
 * check  local_fences         -DLOCAL
 * live   nobody_tries_forever -DCAPACITY=1 -DPATIENT
 * long   capacity_3           -DCAPACITY=3
 * mutant GRANT_STORED_LAST    asserts  the turn is taken, then the grant stored (G1)
 * mutant BEGUN_AFTER_LOOK     asserts  the turn is looked at, then `begun` stored (G2)
 * mutant FULL_FENCE_FOR_HEAVY asserts  the settling thread fences itself alone (G2)
 * mutant SETTLE_IN_OLD_TURN   asserts  it settles without taking the turn first (G2)
 * mutant TURN_ADDED           asserts  the turn is taken by an addition, though it has changed since the room was counted (G1)
 * mutant GRANT_KEPT           asserts  a sender goes on with its grant without looking at the turn
 * mutant ATTEMPT_FOR_GRANT    asserts  an attempt counts as a grant (G3)
 * mutant ATTEMPT_STORED_LAST  asserts  an attempt announces itself after the words that it changes (G3)
 * mutant ROW_FORGOTTEN        asserts  a failed attempt for a turn that one has had oneself counts (G3)
 * mutant PUBLISHED_FIRST      asserts  what a lane has published is read before it is seen to attempt (G3)
 * mutant RELEASED_EARLY      asserts  the receiver stores `consumed`, then takes the message (M2)
 * mutant LISTED_LAST          asserts  a lane joins the list after its first turn (T1) */
#ifndef CAPACITY
#define CAPACITY 2
#endif
#ifdef MUTANT_PUBLISHED_FIRST /* the other one has to use its grant up */
#define MESSAGES(lane) 2
#else
#define MESSAGES(lane) (2 - (lane))
#endif
#define SENDERS 2
#define THREADS 3
#define RECEIVER 2
#define TURN 0
#define LISTED 1 /* lanes, as bits */
#define BEGUN(lane) (2 + (lane))
#define GRANTED(lane) (4 + (lane))
#define TAKEN(lane) (6 + (lane))
#define SETTLED_THROUGH(lane) (8 + (lane))
#define PUBLISHED(lane) (10 + (lane))
#define CONSUMED(lane) (12 + (lane))
#define WORDS 14
#define DEPTH 4
#include "tso.pml"

#define NEVER 200
/* A grant for each message, settled once at most. */
#define TURNS (2 * (MESSAGES(0) + MESSAGES(1)))

byte ended;
byte in_flight; /* begun for good, and not received */

byte got[SENDERS]; /* the last turn that the lane has had */

/* Messages that the lane has been granted and not taken back from it, as memory shows it: an attempt is no grant. */
#define LARGER(a, b) ((a) > (b) -> (a) : (b))
#define GRANTED_NOW(of)                                                               \
    (memory[TAKEN(of)] != got[of] -> memory[PUBLISHED(of)]                            \
     : LARGER(LARGER(memory[PUBLISHED(of)], memory[BEGUN(of)]),                       \
              (memory[TAKEN(of)] < memory[SETTLED_THROUGH(of)] -> 0 : memory[GRANTED(of)])))
#define ALL_GRANTED (sent + GRANTED_NOW(other) >= CAPACITY + memory[CONSUMED(0)] + memory[CONSUMED(1)])

/* A moment of the call. */
inline a_moment() { d_step { was_full = was_full || ALL_GRANTED } }

inline begin_nothing() {
    store(lane, BEGUN(lane), sent);
    store(lane, GRANTED(lane), sent);
    grant = sent
}

/* Takes the turn that was seen, plus one, with a grant: `took`. */
inline take_turn(granted, begun) {
#ifdef MUTANT_GRANT_STORED_LAST
    atomic { compare_exchange(lane, TURN, turn, turn + 1, found); if :: found == turn -> got[lane] = turn + 1 :: else fi };
    store(lane, TAKEN(lane), turn + 1);
    store(lane, BEGUN(lane), begun);
    store(lane, GRANTED(lane), granted);
#else
#ifndef MUTANT_ATTEMPT_STORED_LAST
    store(lane, TAKEN(lane), turn + 1); /* G3: before the others are */
#endif
    store(lane, BEGUN(lane), begun);
    store(lane, GRANTED(lane), granted);
#ifdef MUTANT_ATTEMPT_STORED_LAST
    store(lane, TAKEN(lane), turn + 1);
#endif
    atomic {
#ifdef MUTANT_TURN_ADDED
        fetch_add(lane, TURN, 1, found); turn = found;
#else
        compare_exchange(lane, TURN, turn, turn + 1, found); /* M1, G1 */
#endif
        if
        :: found == turn -> got[lane] = turn + 1
        :: else
        fi
    };
#endif
    took = found == turn;
    if
    :: took ->
        assert(turn < TURNS);
        held_from = (own_turn == turn -> held_from : turn + 1);
        own_turn = turn + 1;
        grant = granted
    :: else -> begin_nothing()
    fi;
    found = 0
}

#ifdef MUTANT_ATTEMPT_FOR_GRANT
#define ATTEMPT false
#elif defined(MUTANT_ROW_FORGOTTEN)
#define ATTEMPT (taken > turn)
#else
#define ATTEMPT (taken > turn || (turn == own_turn && taken >= held_from))
#endif

/* used_by the other lane */
inline count_other() {
    taken = load(lane, TAKEN(other));
    settled = taken == 0 || taken < load(lane, SETTLED_THROUGH(other)); /* G2: first */
    other_granted = load(lane, GRANTED(other));                         /* G1: before begun */
    other_begun = load(lane, PUBLISHED(other));
#ifdef MUTANT_PUBLISHED_FIRST
    used = used + other_begun;
#endif
    other_begun = LARGER(load(lane, BEGUN(other)), other_begun);
    taken = load(lane, TAKEN(other)); /* G3: last */
    if
#ifdef MUTANT_PUBLISHED_FIRST
    :: ATTEMPT -> skip
    :: !ATTEMPT && (settled || other_granted <= other_begun) -> used = sent + other_begun
    :: else -> unsettled = other_granted - other_begun; used = sent + other_granted
#else
    :: ATTEMPT -> used = used + load(lane, PUBLISHED(other))
    :: !ATTEMPT && (settled || other_granted <= other_begun) -> used = used + other_begun
    :: else -> unsettled = other_granted - other_begun; used = used + other_granted
#endif
    fi;
    taken = 0; other_granted = 0; other_begun = 0; settled = false
}

inline find_room() {
    unsettled = 0;
    a_moment();
    consumed = load(lane, CONSUMED(0)); /* M2 */
    consumed = consumed + load(lane, CONSUMED(1));
    a_moment();
    used = sent;
    if
    :: load(lane, LISTED) & (1 << other) -> count_other() /* T1 */
    :: else
    fi;
    room = (used - consumed < CAPACITY -> CAPACITY - (used - consumed) : 0);
    used = 0; consumed = 0
}

inline settle() {
#ifdef MUTANT_FULL_FENCE_FOR_HEAVY
    fence_full(lane);
#else
    fence_heavy(lane); /* G2 */
#endif
    store(lane, SETTLED_THROUGH(other), own_turn)
}

/* tributary_shared_has_room */
#define FULL (load(lane, PUBLISHED(0)) + load(lane, PUBLISHED(1)) - load(lane, CONSUMED(0)) - load(lane, CONSUMED(1)) >= CAPACITY)

/* take_grant, for one message; `ok` is false for -EAGAIN. */
inline take_grant() {
    was_full = false;
    do
    ::  turn = load(lane, TURN); /* G1 */
        find_room();
        if
        :: room > 0 ->
#ifdef LOCAL
            room = 1;
#else
            /* All of it, or a part: the policy does not matter here. */
            if
            :: true
            :: room > 1 -> room = 1
            fi;
#endif
            take_turn(sent + room, sent + 1);
            if
            :: took -> ok = true; break
            :: else
            fi
#ifdef LOCAL
        :: room == 0 ->
#else
        :: room == 0 && unsettled == 0 ->
#endif
            if
#ifdef PATIENT
            :: load(lane, TURN) == turn && FULL -> ok = false; assert(was_full); break
#else
            /* After some looks, also while one of those that were begun is not there yet. */
            :: load(lane, TURN) == turn -> ok = false; assert(was_full); break
#endif
            :: load(lane, TURN) != turn || !FULL
            fi
#ifndef LOCAL
        :: room == 0 && unsettled > 0 ->
#ifdef MUTANT_SETTLE_IN_OLD_TURN
            own_turn = turn + 1; settle()
#else
            take_turn(sent, sent);
            if
            :: took -> settle()
            :: else
            fi
#endif
#endif
        fi
    od;
    room = 0; turn = 0; unsettled = 0; took = false; was_full = false
}

inline publish() {
    d_step { in_flight++; assert(in_flight <= CAPACITY) };
    sent++;
progress:
    store(lane, PUBLISHED(lane), sent) /* L1 */
}

active [SENDERS] proctype sender() {
    byte lane = _pid - 1, other = 2 - _pid, sent, grant, own_turn = NEVER, held_from = NEVER, turn, found;
    byte used, consumed, room, unsettled, taken, other_granted, other_begun;
    bool took, settled, ok, was_full;
#ifndef MUTANT_LISTED_LAST
    fetch_or(lane, LISTED, 1 << lane, found); /* T1, under the mutex */
    found = 0;
#endif
    do
    :: sent == MESSAGES(lane) -> break
    :: sent < MESSAGES(lane) ->
        ok = false;
        if
        :: grant > sent ->
#ifdef MUTANT_GRANT_KEPT
            ok = true
#elif defined(MUTANT_BEGUN_AFTER_LOOK)
            ok = load(lane, TURN) == own_turn;
            store(lane, BEGUN(lane), sent + 1)
#else
            store(lane, BEGUN(lane), sent + 1);
            fence_compiler(lane); /* G2 */
            ok = load(lane, TURN) == own_turn
#endif
            ;
            if
            :: !ok -> begin_nothing()
            :: else
            fi
        :: else
        fi;
        if
        :: !ok -> take_grant()
        :: else
        fi;
#ifdef MUTANT_LISTED_LAST
        fetch_or(lane, LISTED, 1 << lane, found); found = 0;
#endif
        if
        :: ok -> publish()
        :: else ->
            begin_nothing();
            !FULL /* waits: shared_wait.pml */
        fi
    od;
    ended++
}

#define READY(lane) (load(RECEIVER, PUBLISHED(lane)) > read[lane])

inline receive(from) {
    read[from]++;
#ifdef MUTANT_RELEASED_EARLY
    store(RECEIVER, CONSUMED(from), read[from]);
    in_flight--
#else
    in_flight--;
    store(RECEIVER, CONSUMED(from), read[from]) /* M2 */
#endif
}

active proctype receiver() {
    byte read[SENDERS];
    do
    :: ended == SENDERS && empty(buffer[0]) && empty(buffer[1]) && !READY(0) && !READY(1) -> break
    :: READY(0) -> receive(0)
    :: READY(1) -> receive(1)
    od
}
