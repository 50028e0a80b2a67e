/* SPDX-License-Identifier: Apache-2.0 */
/* Protocol 7: segments are recycled: not before their last message was read, and by one taker alone.
 * segment.c; lane_sender.c tributary_lane_add_segment; lane_receiver.c tributary_lane_front, _let_go (trims), run.c.
 *
 * An unbounded lane of segments with two slots, one spare place, an allocator with three segments. The receiver takes runs, reads
 * them one by one, and trims when it likes. Each message is read as it was written, and all segments are freed in the end.
 * Messages are found by their number, of 64 bits, which does not come round within centuries; spare places are exchanged, not compared:
 * no address can come back unseen.
 *
 * check  recycling -DMESSAGES=6
 * mutant LINK_LAST              asserts  the next segment is linked after its first message was published (L1)
 * mutant RETIRE_EARLY           asserts  a segment is handed over when its last messages are taken, before they are read (S1)
 * mutant LINK_READ_LAST         asserts  the link is read after the segment was handed over (S1)
 * mutant TAKE_WITHOUT_EXCHANGE  asserts  a spare is loaded, then the place cleared: two take it (S1)
 * mutant EDGE_LATE              asserts  the sender changes segments one message late */
#ifndef MESSAGES
#define MESSAGES 6
#endif
#define SLOTS 2
#define SEGMENTS 3
#define THREADS 2
#define SENDER 0
#define RECEIVER 1

#define NONE 0 /* segments are 1, 2, 3 */
#define PUBLISHED 0
#define FIRST 1
#define SPARE 2
#define NEXT(segment) (2 + (segment))
#define SLOT(segment, number) (3 + SEGMENTS + ((segment) - 1) * SLOTS + (number))
#define WORDS (3 + SEGMENTS + SEGMENTS * SLOTS)
#define DEPTH 4
#include "tso.pml"

bool allocated[SEGMENTS + 1];
bool sender_done;

/* malloc and free hand memory over with a fence of their own. */
inline allocate(by, result) {
    d_step {
        fence_full(by) && !(allocated[1] && allocated[2] && allocated[3]) ->
        if
        :: !allocated[1] -> result = 1
        :: allocated[1] && !allocated[2] -> result = 2
        :: else -> result = 3
        fi;
        allocated[result] = true;
        memory[NEXT(result)] = NONE
    }
}
inline free(by, given) {
    d_step {
        fence_full(by) -> assert(given != NONE && allocated[given]);
        allocated[given] = false;
        memory[NEXT(given)] = 99 /* whoever looks there is wrong */
    }
}

/* tributary_segment_take_spare */
inline take_spare(by, result) {
    result = load(by, SPARE);
    if
    :: result != NONE ->
#ifdef MUTANT_TAKE_WITHOUT_EXCHANGE
        store(by, SPARE, NONE)
#else
        exchange(by, SPARE, NONE, result) /* S1 */
#endif
    :: else
    fi
}

active proctype sender() {
    byte sent, segment = NONE, fresh, target, used = SLOTS;
    do
    :: sent == MESSAGES -> break
    :: sent < MESSAGES ->
        if
        :: used == SLOTS ->
            take_spare(SENDER, fresh);
            if
            :: fresh == NONE -> allocate(SENDER, fresh)
            :: else
            fi;
            assert(allocated[fresh]);
            used = 0;
#ifdef MUTANT_EDGE_LATE
            used = (segment == NONE -> 0 : 1);
#endif
#ifndef MUTANT_LINK_LAST
            if
            :: segment == NONE -> store(SENDER, FIRST, fresh) /* L1 */
            :: else -> store(SENDER, NEXT(segment), fresh)    /* L1 */
            fi;
#endif
        :: else
        fi;
#ifdef MUTANT_LINK_LAST
        target = (fresh != NONE -> fresh : segment);
        store(SENDER, SLOT(target, used), sent + 1);
        store(SENDER, PUBLISHED, sent + 1);
        if
        :: fresh != NONE && segment == NONE -> store(SENDER, FIRST, fresh)
        :: fresh != NONE && segment != NONE -> store(SENDER, NEXT(segment), fresh)
        :: else
        fi;
        segment = (fresh != NONE -> fresh : segment);
#else
        segment = (fresh != NONE -> fresh : segment);
        store(SENDER, SLOT(segment, used), sent + 1);
        store(SENDER, PUBLISHED, sent + 1); /* L1 */
#endif
        fresh = NONE;
        used++;
        sent++
    od;
    sender_done = true
}

/* tributary_segment_retire: only the receiver fills a place. */
inline retire(drained_segment) {
    if
    :: load(RECEIVER, SPARE) == NONE ->
        store(RECEIVER, NEXT(drained_segment), NONE);
        store(RECEIVER, SPARE, drained_segment) /* S1 */
    :: else -> free(RECEIVER, drained_segment)
    fi
}

active proctype receiver() {
    byte read, segment = NONE, used = SLOTS, row, drained_segment, spare;
    do
    :: read == MESSAGES -> break
    :: read < MESSAGES && load(RECEIVER, PUBLISHED) > read ->
        /* tributary_lane_front: what is available, up to the segment's end. */
        row = load(RECEIVER, PUBLISHED) - read; /* L1 */
        if
        :: segment == NONE -> segment = load(RECEIVER, FIRST); used = 0
        :: segment != NONE && used == SLOTS ->
            drained_segment = segment;
#ifdef MUTANT_LINK_READ_LAST
            retire(drained_segment);
            segment = load(RECEIVER, NEXT(drained_segment));
#else
            segment = load(RECEIVER, NEXT(drained_segment)); /* L1 */
#ifndef MUTANT_RETIRE_EARLY
            retire(drained_segment);
#endif
#endif
            drained_segment = NONE;
            used = 0
        :: else
        fi;
        assert(segment != NONE && segment <= SEGMENTS && allocated[segment]);
        row = (row > SLOTS - used -> SLOTS - used : row);
#ifdef MUTANT_RETIRE_EARLY
        if
        :: row == SLOTS - used -> retire(segment)
        :: else
        fi;
#endif
        do
        :: row == 0 -> break
        :: row > 0 ->
            assert(load(RECEIVER, SLOT(segment, used)) == read + 1);
            used++; read++; row--
        od
    :: true ->
        /* It lets go, or sleeps: trims. */
        take_spare(RECEIVER, spare);
        if
        :: spare != NONE -> free(RECEIVER, spare); spare = NONE
        :: else
        fi
    od;
    /* tributary_lane_release_storage, after both ends are gone. */
    sender_done && fence_full(SENDER);
    free(RECEIVER, segment);
    take_spare(RECEIVER, spare);
    if
    :: spare != NONE -> free(RECEIVER, spare)
    :: else
    fi;
    assert(!allocated[1] && !allocated[2] && !allocated[3])
}
