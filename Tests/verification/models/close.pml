/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 5: the close against a send in flight: delivered or returned, never both, never neither.
 * channel.c tributary_channel_close, lane_receiver.c tributary_lane_decide_close; lane_sender.c tributary_lane_published,
 * tributary_lane_settle_close; run.c serve_inbox and the end of tributary_run_next.
 *
 * The receiver closes whenever it likes: lanes are idle, on the way through the inbox, in the ring, or streaming. What a send
 * reported as sent is received before the receiver reports the end, and nothing else is.
 *
 * check  one_lane  -DLANES=1 -DMESSAGES=3
 * check  two_lanes -DLANES=2 -DMESSAGES=1
 * long   bigger    -DLANES=2 -DMESSAGES=2
 * mutant FULL_FENCE_FOR_HEAVY    asserts  the close fences itself alone, a streaming sender not (F1)
 * mutant SENDER_WITHOUT_VERDICT  asserts  who sees CLOSED takes its message back without asking (K1)
 * mutant VERDICT_STORED          asserts  the receiver's verdict is not exchanged (K1)
 * mutant DECIDE_FIRST            asserts  it decides, then sets CLOSED
 * mutant FINISH_EARLY            asserts  a lane that is on its way through the inbox is not waited for
 * mutant CLOSE_KEEPS_READY       asserts  CLOSED is set without READY: who owns an idle lane? */
#ifndef LANES
#define LANES 1
#define MESSAGES 3
#endif
#define THREADS (LANES + 1)
#define RECEIVER LANES
#define PUBLISHED 0
#define STATE LANES
#define CLOSED_AT (2 * LANES)
#define WORDS (3 * LANES)
#define DEPTH MESSAGES
#include "tso.pml"

#define READY 1
#define STREAMING 2
#define CLOSED 4
#define UNDECIDED 0 /* UINT64_MAX; here the verdict is stored plus one */

bool in_inbox[LANES], held[LANES];
byte succeeded[LANES], received[LANES];
byte done; /* senders */

inline settle_close() {
#ifdef MUTANT_SENDER_WITHOUT_VERDICT
    ok = false;
#else
    compare_exchange(lane, CLOSED_AT + lane, UNDECIDED, sent + 1, verdict); /* K1 */
    ok = verdict == UNDECIDED || verdict >= sent + 1;
#endif
    verdict = 0;
    closed = true
}

/* lane_published */
inline slow_half() {
    fence_full(lane); /* F1 */
    state = load(lane, STATE + lane);
    if
    :: state & CLOSED -> settle_close()
    :: !(state & CLOSED) && (state & READY)
    :: !(state & CLOSED) ->
        bits = (state & READY -> READY | STREAMING : READY);
        fetch_or(lane, STATE + lane, bits, state);
        bits = 0;
        if
        :: !(state & READY) ->
            assert(!in_inbox[lane] && !held[lane]);
            in_inbox[lane] = true
        :: else
        fi;
        if
        :: state & CLOSED -> settle_close()
        :: else
        fi
    fi
}

active [LANES] proctype sender() {
    byte lane = _pid - 1, sent, state, bits, verdict, batch;
    bool ok, closed;
    do
    :: sent == MESSAGES || closed -> break
    :: sent < MESSAGES && !closed && (load(lane, STATE + lane) & CLOSED) -> break /* the slow path found it first */
    :: sent < MESSAGES && !closed ->
        if
        :: batch = 1
        :: MESSAGES - sent > 1 -> batch = 2
        fi;
        sent = sent + batch;
        store(lane, PUBLISHED + lane, sent); /* L1 */
        state = load(lane, STATE + lane);    /* F1 */
        ok = true;
        if
        :: state == (READY | STREAMING)
        :: else -> slow_half()
        fi;
        if
        :: ok -> succeeded[lane] = succeeded[lane] + batch
        :: else
        fi;
        batch = 0; ok = false; state = 0
    od;
    done++
}

/* lane_let_go, from a state without STREAMING. */
inline let_go() {
    atomic {
        fetch_or(RECEIVER, STATE + lane, 0, state);
        if
        :: state & STREAMING
        :: else -> memory[STATE + lane] = state & ~READY; held[lane] = false
        fi
    };
    if
    :: !held[lane] && load(RECEIVER, PUBLISHED + lane) != received[lane] ->
        atomic {
            fetch_or(RECEIVER, STATE + lane, READY, state);
            if
            :: !(state & READY) -> held[lane] = true
            :: else
            fi
        }
    :: else
    fi;
    state = 0
}

inline decide() {
    bound[lane] = load(RECEIVER, PUBLISHED + lane);
#ifdef MUTANT_VERDICT_STORED
    store(RECEIVER, CLOSED_AT + lane, bound[lane] + 1)
#else
    compare_exchange(RECEIVER, CLOSED_AT + lane, UNDECIDED, bound[lane] + 1, state); /* K1 */
    if
    :: state != UNDECIDED -> bound[lane] = state - 1
    :: else
    fi
#endif
}

inline close() {
#ifdef MUTANT_DECIDE_FIRST
    lane = 0;
    do
    :: lane < LANES -> decide(); lane++
    :: lane == LANES -> break
    od;
#endif
    lane = 0;
    do
    :: lane < LANES ->
        atomic {
#ifdef MUTANT_CLOSE_KEEPS_READY
            fetch_or(RECEIVER, STATE + lane, CLOSED, state);
#else
            fetch_or(RECEIVER, STATE + lane, CLOSED | READY, state);
#endif
            streaming = streaming || (state & STREAMING);
            if
            :: !(state & READY) -> held[lane] = true
            :: (state & READY) && !held[lane] -> expected++
            :: else
            fi
        };
        lane++
    :: lane == LANES -> break
    od;
    if
#ifndef MUTANT_FULL_FENCE_FOR_HEAVY
    :: streaming -> fence_heavy(RECEIVER) /* F1 */
#endif
    :: else -> fence_full(RECEIVER) /* F1 */
    fi;
    lane = 0;
#ifndef MUTANT_DECIDE_FIRST
    do
    :: lane < LANES -> decide(); lane++
    :: lane == LANES -> break
    od;
#endif
    lane = 0; state = 0; streaming = false;
    closed = true
}

inline round() {
    found = false;
    do
    :: lane < LANES ->
        if
        :: in_inbox[lane] ->
            d_step {
                in_inbox[lane] = false;
                held[lane] = true;
                if
                :: closed -> expected--
                :: else
                fi
            }
        :: else
        fi;
        if
        :: held[lane] ->
            published = load(RECEIVER, PUBLISHED + lane);
            if
            :: closed && published > bound[lane] -> published = bound[lane]
            :: else
            fi;
            if
            :: published > received[lane] -> received[lane] = published; found = true
            :: published <= received[lane] && !closed -> let_go()
            :: else
            fi;
            published = 0
        :: else
        fi;
        lane++
    :: lane == LANES -> break
    od;
    lane = 0
}

active proctype receiver() {
    byte lane, state, published, bound[LANES], expected;
    bool closed, found, streaming;
    do
    :: !closed -> close()
    :: !closed -> round()
    :: closed ->
        round();
        if
#ifdef MUTANT_FINISH_EARLY
        :: !found -> break
#else
        :: !found && expected == 0 -> break
#endif
        :: else
        fi
    od;
    done == LANES; /* all senders have returned */
    assert(received[0] == succeeded[0]);
#if LANES > 1
    assert(received[1] == succeeded[1]);
#endif
}
