/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 2: promotion of a lane by its sender, demotion by the receiver.
 * inline.h tributary_internal_sender_publish, lane_sender.c tributary_lane_published; lane_receiver.c tributary_lane_demote,
 * _streams, _let_go, receiver_wait.c tributary_receiver_let_go_all, run.c open_lane_run.
 *
 * A sender is promoted after any publish with a fence, or never. All senders stay open, and say nothing more in the end: no
 * message that a streaming one left in its buffer is slept over.
 *
 * check  one_lane  -DLANES=1 -DMESSAGES=4
 * check  two_lanes -DLANES=2 -DMESSAGES=2
 * long   bigger    -DLANES=2 -DMESSAGES=3
 * mutant LOOK_BEFORE_PUBLISH   sleeps   the state is read before the publish (F1)
 * mutant WITHOUT_HEAVY_FENCE   sleeps   the receiver clears READY right after it took STREAMING away (F1)
 * mutant FULL_FENCE_FOR_HEAVY  sleeps   it fences itself alone (F1)
 * mutant HEAVY_FENCE_FIRST     sleeps   ...and takes STREAMING away after the fence (F1)
 * mutant LET_GO_STREAMING      sleeps   READY is cleared whatever the state
 * mutant PROMOTE_ALONE         asserts  STREAMING is set without READY: the lane is twice in the inbox */
#ifndef LANES
#define LANES 1
#define MESSAGES 3
#endif
#define THREADS (LANES + 1)
#define RECEIVER LANES /* senders are threads 0, ... */

#define PUBLISHED 0 /* of each lane, at the lane's number */
#define STATE LANES
#define WORDS (2 * LANES)
#define DEPTH MESSAGES
#include "tso.pml"

#define READY 1
#define STREAMING 2

bool in_inbox[LANES], held[LANES];

#ifdef HEAVY_FENCE
#include HEAVY_FENCE
#else
#define heavy_fence() fence_heavy(RECEIVER)
#endif

inline fetch_or_state(bits) {
    fetch_or(lane, STATE + lane, bits, state);
    if
    :: !(state & READY) ->
        d_step { assert(!in_inbox[lane] && !held[lane]); in_inbox[lane] = true }
    :: else
    fi
}

/* lane_published */
inline slow_half() {
    fence_full(lane); /* F1 */
    state = load(lane, STATE + lane);
    if
    :: !(state & READY) -> fetch_or_state(READY)
    :: state & READY
    :: state & READY ->
#ifdef MUTANT_PROMOTE_ALONE
        fetch_or_state(STREAMING)
#else
        fetch_or_state(READY | STREAMING)
#endif
    fi
}

active [LANES] proctype sender() {
    byte lane = _pid - 1, sent, state;
    do
    :: sent < MESSAGES ->
#ifdef MUTANT_LOOK_BEFORE_PUBLISH
        state = load(lane, STATE + lane);
        store(lane, PUBLISHED + lane, sent + 1);
#else
#ifdef MUTANT_MODE_FROM_BEFORE
        byte before = load(lane, STATE + lane);
#endif
        store(lane, PUBLISHED + lane, sent + 1);
        fence_compiler(lane); /* F1 */
        state = load(lane, STATE + lane);
#endif
        sent++;
        if
        :: state == (READY | STREAMING)
#ifdef MUTANT_MODE_FROM_BEFORE
        :: state == READY && before == (READY | STREAMING)
        :: state != (READY | STREAMING) && !(state == READY && before == (READY | STREAMING)) -> slow_half()
#else
        :: else -> slow_half()
#endif
        fi;
        state = 0
    :: sent == MESSAGES -> break
    od
}

#define AVAILABLE (load(RECEIVER, PUBLISHED + lane) != read[lane])

/* lane_let_go; `all` becomes false when the receiver keeps the lane. */
inline let_go() {
    if
    :: AVAILABLE -> all = false
    :: else ->
#ifdef MUTANT_LET_GO_STREAMING
        atomic { fetch_and(RECEIVER, STATE + lane, ~READY, state); held[lane] = false };
#else
        /* The compare-exchange and its loop, in one: it never succeeds from a state with STREAMING. */
        atomic {
            fetch_or(RECEIVER, STATE + lane, 0, state);
            if
            :: state & STREAMING -> noted[lane] = true; all = false
            :: else -> memory[STATE + lane] = state & ~READY; held[lane] = false
            fi
        };
#endif
        if
        :: held[lane]
        :: else ->
            fence_full(RECEIVER); /* F1 */
            if
            :: AVAILABLE ->
                atomic {
                    fetch_or(RECEIVER, STATE + lane, READY, state);
                    if
                    :: !(state & READY) -> held[lane] = true
                    :: else
                    fi
                };
                all = false
            :: else
            fi
        fi
    fi;
    state = 0
}

inline demote() {
    fetch_and(RECEIVER, STATE + lane, ~STREAMING, state);
    noted[lane] = false;
    demoted = true
}

inline let_go_all() {
#ifdef MUTANT_HEAVY_FENCE_FIRST
    heavy_fence();
#endif
    lane = 0;
    do
    :: lane < LANES ->
        if
        :: held[lane] && noted[lane] -> demote()
        :: else
        fi;
        lane++
    :: lane == LANES -> break
    od;
#if !defined(MUTANT_WITHOUT_HEAVY_FENCE) && !defined(MUTANT_HEAVY_FENCE_FIRST)
    if
#ifdef MUTANT_FULL_FENCE_FOR_HEAVY
    :: demoted -> fence_full(RECEIVER)
#else
    :: demoted -> heavy_fence() /* F1 */
#endif
    :: else
    fi;
#endif
    demoted = false;
    lane = 0;
    do
    :: lane < LANES ->
        if
        :: held[lane] -> let_go()
        :: else
        fi;
        lane++
    :: lane == LANES -> break
    od;
    lane = 0
}

#if LANES == 1
#define INBOX_EMPTY (!in_inbox[0])
#define ALL_READ (read[0] == MESSAGES)
#else
#define INBOX_EMPTY (!in_inbox[0] && !in_inbox[1])
#define ALL_READ (read[0] == MESSAGES && read[1] == MESSAGES)
#endif

active proctype receiver() {
    byte read[LANES], lane, state;
    bool noted[LANES], demoted, found, all;
    do
    :: /* A round. */
        found = false;
        do
        :: lane < LANES ->
            if
            :: in_inbox[lane] -> d_step { in_inbox[lane] = false; held[lane] = true }
            :: else
            fi;
            if
            :: held[lane] && AVAILABLE ->
                read[lane] = load(RECEIVER, PUBLISHED + lane);
                found = true;
                if
                :: load(RECEIVER, STATE + lane) & STREAMING -> noted[lane] = true
                :: else
                fi
            :: else
            fi;
            lane++
        :: lane == LANES -> break
        od;
        lane = 0;
        if
        :: ALL_READ -> break
        :: found && !ALL_READ
        :: !found && !ALL_READ ->
            all = true;
            let_go_all();
            if
            :: all -> !INBOX_EMPTY /* sleeps: protocol 3 */
            :: else
            fi
        fi
    od
}
