/* SPDX-License-Identifier: Apache-2.0 */
/* TEMPORARY: to be removed when the shared senders' queue of waiters exists. Whoever finds no room tries again. */
#include <errno.h>
#include <tributary/shared_notify.h>

int tributary_shared_sender_notify(tributary_shared_sender *sender,
                                   tributary_shared_waiter *waiter) {
    return sender == NULL || waiter == NULL ? -EINVAL : -EALREADY;
}

int tributary_shared_sender_notify_cancel(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter) {
    return sender == NULL || waiter == NULL ? -EINVAL : -EALREADY;
}
