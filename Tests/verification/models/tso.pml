/* SPDX-License-Identifier: Apache-2.0 */
/* Memory as x86 shows it: each thread has a buffer of stores, which reach memory in order, some time later. A thread sees
 * its own stores at once. Included after THREADS, WORDS and DEPTH (stores a buffer holds) are defined; names are those of
 * include/tributary/internal/atomics.h, with the thread as first argument.
 *
 * Promela executes a statement at a time, so release and acquire are what TSO gives for nothing. A release that is missing in the
 * code shows as stores in another order: mutants swap them by hand. */

chan buffer[THREADS] = [DEPTH] of { byte /* word */, byte /* value */ };
byte memory[WORDS];
byte pending[THREADS * WORDS]; /* how many stores to a word the thread's buffer holds, */
byte newest[THREADS * WORDS];  /* ...and the last one's value, 0 without */

#define OF(thread, word) ((thread) * WORDS + (word))

#define load(thread, word) \
    (pending[OF(thread, word)] > 0 -> newest[OF(thread, word)] : memory[word])

inline store(by, location, stored) {
    d_step {
        nfull(buffer[by]) -> newest[OF(by, location)] = stored;
        pending[OF(by, location)]++;
        buffer[by]!location, newest[OF(by, location)]
    }
}

/* A full fence waits until the buffer is empty. */
#define fence_full(thread) empty(buffer[thread])
/* The compiler's fence: nothing happens. */
#define fence_compiler(thread) skip

/* membarrier: a full fence on each processor, one after the other; who was fenced may store again while the next one is. */
inline fence_heavy(by) {
    byte fenced;
    fence_full(by);
    fenced = 0;
    do
    :: fenced < THREADS -> fence_full(fenced); fenced++
    :: fenced == THREADS -> break
    od;
    fenced = 0;
    fence_full(by)
}

/* Read-modify-writes are locked: the buffer empties first. `seen` receives the value before. */
inline fetch_or(by, location, bits, seen) {
    d_step { fence_full(by) -> seen = memory[location]; memory[location] = seen | (bits) }
}
inline fetch_and(by, location, bits, seen) {
    d_step { fence_full(by) -> seen = memory[location]; memory[location] = seen & (bits) }
}
inline fetch_add(by, location, amount, seen) {
    d_step { fence_full(by) -> seen = memory[location]; memory[location] = seen + (amount) }
}
inline exchange(by, location, stored, seen) {
    d_step { fence_full(by) -> seen = memory[location]; memory[location] = stored }
}
/* It succeeded when `seen` is what was expected. */
inline compare_exchange(by, location, original, desired, seen) {
    d_step {
        fence_full(by) -> seen = memory[location];
        if
        :: seen == (original) -> memory[location] = desired
        :: else
        fi
    }
}

#ifdef COUNT_DRAINED
byte drained[THREADS];
#define COUNT(thread) drained[thread]++
#else
#define COUNT(thread) skip
#endif

hidden byte drained_word, drained_value;

#define DRAIN(thread)                                                           \
    d_step {                                                                    \
        nempty(buffer[thread]) -> buffer[thread]?drained_word, drained_value;   \
        memory[drained_word] = drained_value;                                   \
        COUNT(thread);                                                          \
        pending[OF(thread, drained_word)]--;                                    \
        if                                                                      \
        :: pending[OF(thread, drained_word)] == 0 -> newest[OF(thread, drained_word)] = 0 \
        :: else                                                                 \
        fi;                                                                     \
        drained_word = 0; drained_value = 0                                     \
    }

/* The buffers empty whenever they like. */
active proctype store_buffers() {
end:
    do
    :: DRAIN(0)
#if THREADS > 1
    :: DRAIN(1)
#endif
#if THREADS > 2
    :: DRAIN(2)
#endif
#if THREADS > 3
    :: DRAIN(3)
#endif
    od
}
