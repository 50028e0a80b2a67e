/* SPDX-License-Identifier: Apache-2.0 */
/* TEMPORARY: to be removed when shared_sender.h declares these. */
#ifndef TRIBUTARY_SHARED_NOTIFY_H
#define TRIBUTARY_SHARED_NOTIFY_H

#include <tributary/channel.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tributary_shared_waiter {
    void (*notify)(void *context);
    void *context;
    struct tributary_shared_waiter *next, *previous; /* the channel's */
    uint32_t state;                                   /* the channel's */
    uint32_t unused;
} tributary_shared_waiter;
int tributary_shared_sender_notify(tributary_shared_sender *sender, tributary_shared_waiter *waiter);
int tributary_shared_sender_notify_cancel(tributary_shared_sender *sender,
                                          tributary_shared_waiter *waiter);

#ifdef __cplusplus
}
#endif
#endif
