/* SPDX-License-Identifier: Apache-2.0 */
/* The order of shared messages agrees with real time (M1): turns, stamps, and the receiver's merge.
 * shared_turn.h tributary_shared_begin, shared_turn.c stamp; shared_receiver.c tributary_shared_known, _look, _look_for_next.
 *
 * `before` of a message holds those whose send had returned when its own began: they are received earlier. One sender may be stopped
 * in the middle of a send, for good: all that others have sent is received nevertheless (protocol 8), and two looks find it.
 *
 * check  two_senders   -DSENDERS=2 -DMESSAGES=2
 * check  three_senders -DSENDERS=3 -DMESSAGES=1
 * mutant LANES_BEFORE_TURN  asserts  the receiver looks at the lanes, then at the turn (M1)
 * mutant TURN_ITSELF        asserts  messages of the present turn are taken whichever lane was looked at first
 * mutant TURN_KEPT          asserts  a sender goes on in its turn without looking (M1)
 * mutant ONE_LOOK           asserts  one look is enough
 * mutant CHANGED_AT_LAST    asserts  where the turn changed is stored after the publish (L1)
 * mutant STAMP_LAST         asserts  ...or the stamp is (L1) */
#ifndef SENDERS
#define SENDERS 2
#define MESSAGES 2
#endif
#define THREADS (SENDERS + 1)
#define RECEIVER SENDERS
#define TURN 0
#define PUBLISHED(lane) (1 + (lane))
#define CHANGED_AT(lane) (1 + SENDERS + (lane))
#define STAMP(lane, number) (1 + 2 * SENDERS + (lane) * MESSAGES + (number))
#define WORDS (1 + 2 * SENDERS + SENDERS * MESSAGES)
#define DEPTH 3
#include "tso.pml"

#define NEVER 200 /* a lane's turn before its first */
#define BIT(lane, number) (1 << ((lane) * MESSAGES + (number)))

byte returned, received_messages; /* bits */
byte before[SENDERS * MESSAGES];
byte done;

active [SENDERS] proctype sender() {
    byte lane = _pid - 1, sent, turn = NEVER, stamped;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES ->
        before[lane * MESSAGES + sent] = returned;
        if
#ifdef MUTANT_TURN_KEPT
        :: turn != NEVER
#else
        :: load(lane, TURN) == turn /* M1 */
#endif
        :: else -> fetch_add(lane, TURN, 1, turn); turn++ /* M1 */
        fi;
        if
        :: lane == 0 -> goto stopped
        :: true
        fi;
#if defined(MUTANT_CHANGED_AT_LAST) || defined(MUTANT_STAMP_LAST)
#ifdef MUTANT_STAMP_LAST
        store(lane, CHANGED_AT(lane), sent);
        store(lane, PUBLISHED(lane), sent + 1);
        store(lane, STAMP(lane, sent), turn);
#else
        store(lane, STAMP(lane, sent), turn);
        store(lane, PUBLISHED(lane), sent + 1);
        store(lane, CHANGED_AT(lane), sent);
#endif
#else
        if
        :: stamped != turn ->
            store(lane, STAMP(lane, sent), turn);
            store(lane, CHANGED_AT(lane), sent);
            stamped = turn
        :: else
        fi;
        store(lane, PUBLISHED(lane), sent + 1); /* L1 */
#endif
        fence_full(lane); /* who knows that it has returned was told by a later store */
        returned = returned | BIT(lane, sent);
        sent++
    od;
stopped:
    skip;
    d_step { done++; turn = 0; stamped = 0 }
}

/* How many of the lane's messages, from `read` on, are of turns up to `until`. */
inline count_until() {
    count = 1;
    if
    :: changed_at[oldest] <= read[oldest] -> count = seen[oldest] - read[oldest]
    :: else ->
        do
        :: read[oldest] + count == seen[oldest] -> break
        :: read[oldest] + count < seen[oldest] && load(RECEIVER, STAMP(oldest, read[oldest] + count)) > until -> break
        :: else -> count++
        od
    fi
}

/* tributary_shared_known: the oldest lane's next messages, in `count`, or none. The receiver's own words, so in one step; the stamps
 * that it reads were published before. */
inline known() {
    d_step {
        oldest = NEVER; stamp = NEVER; next = NEVER; count = 0;
        lane = 0;
        do
        :: lane == SENDERS -> break
        :: lane < SENDERS && seen[lane] > read[lane] ->
            /* The newest stamp up to the message. */
            own = newest_stamp[lane];
            if
            :: load(RECEIVER, STAMP(lane, read[lane])) > own -> own = load(RECEIVER, STAMP(lane, read[lane]))
            :: else
            fi;
            newest_stamp[lane] = own;
            if
            :: own < stamp -> next = stamp; stamp = own; oldest = lane
            :: own >= stamp && own < next -> next = own
            :: else
            fi;
            lane++
        :: else -> lane++
        od;
        lane = 0; own = 0;
        if
        :: oldest != NEVER ->
#ifdef MUTANT_TURN_ITSELF
            until = turn;
#else
            until = (oldest == first -> turn : turn - 1);
#endif
            if
            :: next <= until -> until = next - 1
            :: else
            fi;
            current = oldest;
            if
            :: stamp <= until -> count_until()
            :: else
            fi
        :: else
        fi;
        stamp = 0; next = 0; until = 0
    }
}

inline see(which) {
    seen[which] = load(RECEIVER, PUBLISHED(which)); /* L1 */
    changed_at[which] = load(RECEIVER, CHANGED_AT(which))
}

/* tributary_shared_look */
inline look() {
#ifndef MUTANT_LANES_BEFORE_TURN
    turn = load(RECEIVER, TURN); /* M1: in this order */
#endif
    first = current;
    if
    :: first != NEVER -> see(first)
    :: else
    fi;
    lane = 0;
    do
    :: lane == SENDERS -> break
    :: lane < SENDERS && lane != first -> see(lane); lane++
    :: lane == first -> lane++
    od;
    lane = 0;
#ifdef MUTANT_LANES_BEFORE_TURN
    turn = load(RECEIVER, TURN);
#endif
}

#define NEW(lane) (load(RECEIVER, PUBLISHED(lane)) > read[lane])
#if SENDERS == 2
#define ANYTHING (NEW(0) || NEW(1))
#define BUFFERS_EMPTY (empty(buffer[0]) && empty(buffer[1]))
#else
#define BUFFERS_EMPTY (empty(buffer[0]) && empty(buffer[1]) && empty(buffer[2]))
#define ANYTHING (NEW(0) || NEW(1) || NEW(2))
#endif

active proctype receiver() {
    byte read[SENDERS], seen[SENDERS], changed_at[SENDERS], newest_stamp[SENDERS];
    byte turn, first = NEVER, current = NEVER, lane, own, oldest = NEVER, stamp, next, until, count;
    do
    :: done == SENDERS && !ANYTHING && BUFFERS_EMPTY -> break
    :: ANYTHING ->
        known();
        if
        :: count == 0 ->
            look(); known();
            if
#ifndef MUTANT_ONE_LOOK
            :: count == 0 -> look(); known()
#endif
            :: else
            fi;
            /* Something was there before the looks. */
            assert(count > 0)
        :: else
        fi;
        do
        :: count == 0 -> break
        :: count > 0 ->
            d_step {
                assert((before[oldest * MESSAGES + read[oldest]] & ~received_messages) == 0);
                received_messages = received_messages | BIT(oldest, read[oldest]);
                read[oldest]++;
                count--
            }
        od;
        oldest = NEVER
    od;
    assert((returned & ~received_messages) == 0)
}
