/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 6: a sender's end against the receiver's end: exactly one frees, and nothing is touched after that.
 * core.c tributary_sender_destroy, tributary_core_release; channel.c tributary_channel_destroy, leave_lanes; run.c visit_silent.
 *
 * Two senders that become ready, or not, and end; a receiver that serves, lets go, and ends. All words are only read-modify-written,
 * so there are no store buffers here. The inbox is liburcu's queue, link by link, because a lane's node is written to by the next
 * enqueuer. Wakes touch the channel, and the lane: the wait word outlives its waker.
 *
 * check  two_senders
 * mutant ORPHAN_ALL       asserts  lanes are freed while their node is the inbox's
 * mutant BOTH_FREE        asserts  the sender frees its lane whether or not the receiver was first
 * mutant RECEIVER_FREES   asserts  the receiver frees what it leaves, ended or not
 * mutant RELEASE_FIRST    asserts  the sender gives its reference back, then wakes
 * mutant LANE_LAST        asserts  the sender looks at its own parker after ENDED */
#define SENDERS 2
#define RECEIVER SENDERS
#define CHANNEL SENDERS
#define touch(memory) assert(!freed[memory])
bool freed[SENDERS + 1]; /* of each lane, and of the channel */
#include "inbox.pml"

#define READY 1
#define CLOSED 4
#define ENDED 8
#define ORPHANED 16

byte state[SENDERS];
bool in_ring[SENDERS];
bool registered[SENDERS] = true; /* under the mutex */
bool mutex;
byte references = SENDERS + 1, open_senders = SENDERS;
byte gone;

inline lock() { d_step { !mutex -> touch(CHANNEL); mutex = true } }
inline unlock() { d_step { touch(CHANNEL); mutex = false } }
inline free(lane_freed) { d_step { assert(!freed[lane_freed]); freed[lane_freed] = true } }

inline release() {
    d_step { touch(CHANNEL); references--; last = references == 0 };
    if
    :: last ->
        i = 0;
        do
        :: i < SENDERS ->
            if
            :: registered[i] -> registered[i] = false; free(i)
            :: else
            fi;
            i++
        :: i == SENDERS -> break
        od;
        free(CHANNEL)
    :: else
    fi;
    gone++
}

inline fetch_or_state(bits) { d_step { touch(lane); old = state[lane]; state[lane] = old | (bits) } }

active [SENDERS] proctype sender() {
    byte lane = _pid, old, previous, i;
    bool last;
    if
    :: true ->
        /* It says something. */
        fetch_or_state(READY);
        if
        :: !(old & READY) -> enqueue(lane); touch(CHANNEL)
        :: else
        fi
    :: true
    fi;
    touch(lane); /* its parker */
    fetch_or_state(ENDED | READY);
#ifdef MUTANT_LANE_LAST
    touch(lane);
#endif
#ifdef MUTANT_RELEASE_FIRST
    release();
#endif
    if
#ifdef MUTANT_BOTH_FREE
    :: old & READY ->
#else
    :: old & ORPHANED ->
#endif
        lock();
        registered[lane] = false;
        unlock();
        free(lane)
    :: !(old & ORPHANED) && !(old & READY) ->
        enqueue(lane);
        touch(CHANNEL) /* wakes */
    :: else
    fi;
    d_step { touch(CHANNEL); open_senders-- };
    touch(CHANNEL); /* the last one wakes */
#ifndef MUTANT_RELEASE_FIRST
    release()
#endif
}

/* A lane that has nothing: it has ended, or is let go. */
inline visit_silent() {
    touch(lane);
    if
    :: state[lane] & ENDED ->
        lock();
        in_ring[lane] = false;
        registered[lane] = false;
        unlock();
        free(lane)
    :: else ->
        d_step {
            touch(lane);
            if
            :: !(state[lane] & CLOSED) -> state[lane] = state[lane] & ~READY; in_ring[lane] = false
            :: else
            fi
        };
        if
        :: !in_ring[lane] && (state[lane] & ENDED) ->
            d_step {
                touch(lane); old = state[lane]; state[lane] = old | READY;
                if
                :: !(old & READY) -> in_ring[lane] = true
                :: else
                fi
            }
        :: else
        fi
    fi
}

inline round() {
    dequeue();
    if
    :: node != NONE -> in_ring[node] = true; node = NONE
    :: else
    fi;
    lane = 0;
    do
    :: lane < SENDERS ->
        if
        :: in_ring[lane] ->
            touch(lane); /* wakes it when it is full */
            visit_silent()
        :: else
        fi;
        lane++
    :: lane == SENDERS -> break
    od;
    lane = 0
}

inline close() {
    lock();
    do
    :: lane < SENDERS ->
        if
        :: registered[lane] ->
            d_step {
                touch(lane); old = state[lane]; state[lane] = old | CLOSED | READY;
                if
                :: !(old & READY) -> in_ring[lane] = true
                :: else
                fi
            };
            touch(lane) /* wakes its sender */
        :: else
        fi;
        lane++
    :: lane == SENDERS -> break
    od;
    lane = 0;
    unlock()
}

inline leave_lanes() {
    lock();
    do
    :: lane < SENDERS ->
        if
#ifdef MUTANT_ORPHAN_ALL
        :: registered[lane] ->
#else
        :: registered[lane] && in_ring[lane] ->
#endif
            fetch_or_state(ORPHANED);
            if
#ifdef MUTANT_RECEIVER_FREES
            :: true ->
#else
            :: old & ENDED ->
#endif
                registered[lane] = false;
                free(lane)
            :: else
            fi
        :: else
        fi;
        lane++
    :: lane == SENDERS -> break
    od;
    lane = 0;
    unlock()
}

active proctype receiver() {
    byte lane, old, node = NONE, i, rounds, next;
    bool last;
    do
    :: rounds < 3 -> round(); rounds++
    :: true -> break
    od;
    close();
    round();
    /* Only the receiver removes lanes before they are orphaned: no mutex. */
    do
    :: lane < SENDERS ->
        if
        :: registered[lane] && !in_ring[lane] -> touch(lane) /* destroys its messages */
        :: else
        fi;
        lane++
    :: lane == SENDERS -> break
    od;
    lane = 0;
    leave_lanes();
    release()
}

active proctype all_is_freed() {
    gone == SENDERS + 1;
    assert(freed[0] && freed[1] && freed[CHANNEL])
}
