/* SPDX-License-Identifier: Apache-2.0 */
/* How much a thread that runs tasks has sent through shared senders since one of its tasks last gave it away. One thread
 * alone touches its count, so there is nothing to order. */
#include <tributary/internal/thread_budget.h>

static _Thread_local size_t spent;

bool tributary_internal_thread_spend(size_t amount, size_t budget) {
    spent += amount;
    if (spent < budget) return false;
    spent = 0;
    return true;
}
