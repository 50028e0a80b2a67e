/* SPDX-License-Identifier: Apache-2.0 */
/* Protocols 3 and 8, of shared messages: who is to announce them stands still, and the receiver sleeps through nobody else's.
 * lane_sender.c tributary_lane_published, wake_receiver; receiver_wait.c sleep_until, tributary_receiver_may_sleep; shared_receiver.c
 * tributary_shared_came_unannounced, _take, _let_go; run.c tributary_run_next.
 *
 * Sender 0 sends once, and may stand still for good before any of its steps. Sender 1 sends MESSAGES times, and is promoted after any publish
 * that found READY, or never. All that sender 1 has sent is received. (A waker's exchange of the word and its system call are one step here:
 * who stands still between them does hold up the receiver, parker.h. The link of an entry: stopped_sender.pml.)
 *
 * check  stopped
 * long   bigger    -DMESSAGES=4
 * mutant READY_TRUSTED         sleeps   who finds READY set leaves the wake to who has set it (F3)
 * mutant UNTAKEN_STREAMS       sleeps   STREAMING counts without TAKEN: nobody looks for the receiver before the enqueue
 * mutant INBOX_ALONE           sleeps   the last look before sleeping is at the inbox alone (F3)
 * mutant LOOK_BEFORE_PREPARE   sleeps   the last look comes before PARKED (F3) */
#ifndef MESSAGES
#define MESSAGES 3
#endif
#define SENDERS 2
#define RECEIVER 2
#define THREADS 3
#define PUBLISHED 0 /* of each sender, at its number */
#define STATE 2
#define INBOX 3 /* the shared messages' only entry */
#define WORD 4  /* the receiver's parker */
#define WORDS 5
#define DEPTH MESSAGES
#include "tso.pml"

#define READY 1
#define STREAMING 2
#define TAKEN 4
#define EMPTY 0
#define PARKED 1

#define MAY_STOP if :: own == 0 -> goto stopped :: true fi

/* tributary_parker_wake */
inline wake() {
    if
    :: load(own, WORD) == PARKED -> exchange(own, WORD, EMPTY, state)
    :: else
    fi
}

/* tributary_lane_published; `promotes`: after any number of publishes. */
inline slow_half() {
    fence_full(own); /* F1 */
    state = load(own, STATE);
    MAY_STOP;
    promotes = false;
    if
    :: (state & READY) && (state & TAKEN)
    :: (state & READY) && (state & TAKEN) -> promotes = true
    :: else
    fi;
    if
    :: (state & READY) && !(state & TAKEN) && !promotes ->
#ifndef MUTANT_READY_TRUSTED
        wake() /* F3 */
#endif
    :: (state & READY) && (state & TAKEN) && !promotes
    :: else ->
        fetch_or(own, STATE, (promotes -> READY | STREAMING : READY), had);
        MAY_STOP;
        if
        :: !(had & READY) ->
            d_step { exchange(own, INBOX, 1, state); assert(state == 0) };
            MAY_STOP;
            wake()
        :: (had & READY) && !(had & TAKEN) -> wake() /* F3 */
        :: (had & READY) && (had & TAKEN)
        fi
    fi;
    had = 0; promotes = false
}

active [SENDERS] proctype sender() {
    byte own = _pid - 1, sent, state, had;
    bool promotes;
    do
    :: sent < (own == 0 -> 1 : MESSAGES) ->
        MAY_STOP;
        sent++;
        store(own, PUBLISHED + own, sent);
        MAY_STOP;
        fence_compiler(own); /* F1 */
        state = load(own, STATE);
        if
#ifdef MUTANT_UNTAKEN_STREAMS
        :: (state & READY) && (state & STREAMING)
#else
        :: state == (READY | TAKEN | STREAMING)
#endif
        :: else -> slow_half()
        fi;
        state = 0
    :: else -> break
    od;
stopped:
    skip
}

#define NEWS (load(RECEIVER, PUBLISHED) != read[0] || load(RECEIVER, PUBLISHED + 1) != read[1])

inline take() {
    read[0] = load(RECEIVER, PUBLISHED);
    read[1] = load(RECEIVER, PUBLISHED + 1)
}

/* A round: what is READY is looked at, also while its entry is on its way. */
inline round() {
    exchange(RECEIVER, INBOX, 0, state);
    if
    :: state != 0 -> is_ready = true; fetch_or(RECEIVER, STATE, TAKEN, state)
    :: else
    fi;
    found = false;
    if
    :: (is_ready || (load(RECEIVER, STATE) & READY)) && NEWS ->
        take();
        found = true;
        if
        :: load(RECEIVER, STATE) & STREAMING -> streaming = true
        :: else
        fi
    :: else
    fi
}

/* tributary_receiver_let_go_all: `all` becomes false when something came, or streams. */
inline let_go_all() {
    all = true;
    if
    :: streaming ->
        fetch_and(RECEIVER, STATE, ~STREAMING, state);
        streaming = false;
        fence_heavy(RECEIVER) /* F1 */
    :: else
    fi;
    if
    :: is_ready && NEWS -> all = false
    :: is_ready && !NEWS ->
        atomic {
            fetch_or(RECEIVER, STATE, 0, state);
            if
            :: state & STREAMING -> streaming = true; all = false
            :: else -> memory[STATE] = state & ~(READY | TAKEN); is_ready = false
            fi
        };
        if
        :: !is_ready ->
            fence_full(RECEIVER); /* F1 */
            if
            :: NEWS ->
                compare_exchange(RECEIVER, STATE, 0, READY | TAKEN, state);
                is_ready = (state == 0);
                all = !is_ready
            :: else
            fi
        :: else
        fi
    :: else
    fi
}

/* tributary_receiver_may_sleep */
inline look() {
    may_sleep = (load(RECEIVER, INBOX) == 0);
#ifndef MUTANT_INBOX_ALONE
    if
    :: may_sleep && !is_ready ->
        may_sleep = !((load(RECEIVER, STATE) & READY) && NEWS)
    :: else
    fi
#endif
}

active proctype receiver() {
    byte read[SENDERS], state;
    bool is_ready, streaming, found, all, may_sleep;
    do
    :: read[1] == MESSAGES -> break
    :: else ->
        round();
        if
        :: found
        :: !found ->
            let_go_all();
            if
            :: !all
            :: all ->
#ifdef MUTANT_LOOK_BEFORE_PREPARE
                look();
                store(RECEIVER, WORD, PARKED);
                fence_full(RECEIVER);
#else
                store(RECEIVER, WORD, PARKED);
                fence_full(RECEIVER); /* F3 */
                look();
#endif
                if
                :: may_sleep -> load(RECEIVER, WORD) == EMPTY
                :: else -> exchange(RECEIVER, WORD, EMPTY, state)
                fi
            fi
        fi;
        state = 0; found = false; all = false; may_sleep = false
    od
}
