/* SPDX-License-Identifier: Apache-2.0 */
#include "held.h"

#include "../points.h"

static _Thread_local struct stop *own;

void chaos_reach(struct chaos_point *point) {
    (void)point;
    if (own != NULL)
        stop_here(own);
}

void hold_at(struct stop *stop, int n) {
    stop_arm(stop, n);
    own = stop;
}

void hold_no_more(struct stop *stop) {
    own = NULL;
    /* Not held any more if it was: who waits has seen that, and what it did meanwhile. */
    if (!atomic_load(&stop->reached))
        atomic_store(&stop->left, -1000);
}

bool hold_await(struct stop *stop) {
    await(atomic_load(&stop->reached) || atomic_load(&stop->left) == -1000);
    return atomic_load(&stop->reached);
}
