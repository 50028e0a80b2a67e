/* SPDX-License-Identifier: Apache-2.0 */
#include "occupancy.h"

#include <stdlib.h>
#include <string.h>

#include "ledger.h"

enum { MOST_CALLS = LEDGER_STREAMS * LEDGER_MESSAGES + 2 }; /* each takes something, but for the last */

static int32_t *change; /* at each number */
static uint32_t last;

void occupancy_begin(uint32_t calls) {
    if (change == NULL) change = malloc(MOST_CALLS * sizeof(*change));
    if (change == NULL || calls >= MOST_CALLS) abort();
    memset(change, 0, ((size_t)calls + 1) * sizeof(*change));
    last = calls;
}

void occupancy_add(uint32_t sent, uint32_t taken) {
    if (taken <= sent) return;
    change[sent]++;
    change[taken]--;
}

uint64_t occupancy_most(void) {
    int64_t in = 0, most = 0;
    for (uint32_t call = 0; call <= last; call++) {
        in += change[call];
        if (in > most) most = in;
    }
    return (uint64_t)most;
}
