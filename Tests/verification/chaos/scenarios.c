/* SPDX-License-Identifier: Apache-2.0 */
#include "run.h"

enum {
    WAITS = 1 << TRIBUTARY_OVERFLOW_WAIT,
    DROPS = 1 << TRIBUTARY_OVERFLOW_DROP_NEWEST | 1 << TRIBUTARY_OVERFLOW_DROP_OLDEST,
    ANY_END = DRAIN | CLOSE | DESTROY | REQUEST
};

const struct scenario scenarios[] = {
    {.name = "exclusive senders", .senders = 3, .sends = COPIES, .receives = COPIES, .ends = DRAIN, .policies = WAITS,
     .messages = 400},
    {.name = "shared senders", .shared = 3, .sends = COPIES, .receives = COPIES, .ends = DRAIN, .policies = WAITS,
     .messages = 400},
    {.name = "batches", .senders = 2, .shared = 2, .sends = BATCHES, .receives = BATCHES, .ends = DRAIN | CLOSE,
     .policies = WAITS, .messages = 600},
    {.name = "in place", .senders = 3, .shared = 1, .sends = IN_PLACE, .receives = IN_PLACE | PAUSE, .ends = DRAIN | CLOSE,
     .policies = WAITS, .messages = 400},
    {.name = "timeouts", .senders = 2, .shared = 2, .sends = TIMED | TIMED_BATCH | TIMED_IN_PLACE,
     .receives = TIMED | TIMED_BATCH | TIMED_IN_PLACE, .ends = DRAIN, .policies = WAITS, .messages = 200},
    {.name = "close", .senders = 3, .shared = 2, .sends = COPIES | BATCHES | CALLBACK | ASK, .receives = COPIES | BATCHES | ASK,
     .ends = CLOSE | REQUEST, .policies = WAITS, .messages = 40},
    {.name = "drop", .senders = 3, .shared = 2, .sends = COPIES | BATCHES | CALLBACK, .receives = COPIES,
     .ends = DESTROY, .policies = WAITS | DROPS, .messages = 40},
    {.name = "clones", .senders = 2, .shared = 2, .sends = COPIES, .receives = COPIES | BATCHES, .ends = ANY_END,
     .policies = WAITS, .turnover = true, .messages = 150},
    {.name = "event loop", .senders = 2, .shared = 2, .sends = COPIES | CALLBACK | ASK, .receives = EVENT_LOOP | CALLBACK,
     .ends = ANY_END, .policies = WAITS, .messages = 200},
    {.name = "overflow", .senders = 2, .shared = 2, .sends = COPIES | BATCHES | IN_PLACE | ASK, .receives = COPIES | BATCHES | IN_PLACE | PAUSE,
     .ends = ANY_END, .policies = DROPS, .messages = 400},
    {.name = "streaming", .senders = 3, .sends = BURST, .receives = WAIT | WAIT_BATCH | IN_PLACE | EVENT_LOOP, .ends = ANY_END,
     .policies = WAITS, .messages = 4000},
    {.name = "streaming shared", .shared = 3, .sends = BURST, .receives = WAIT | WAIT_BATCH | IN_PLACE, .ends = ANY_END,
     .policies = WAITS, .messages = 4000},
    {.name = "segments", .senders = 2, .shared = 1, .sends = BURST | WAIT_BATCH, .receives = WAIT_BATCH | WAIT | PAUSE,
     .ends = ANY_END, .policies = WAITS, .large = true, .messages = 1000, .favours = "segment"},
    {.name = "brief", .senders = 3, .shared = 2, .sends = COPIES | IN_PLACE | CALLBACK, .receives = COPIES | CALLBACK, .ends = ANY_END,
     .policies = WAITS, .messages = 4},
    {.name = "brief, exclusive", .senders = 4, .sends = TRY | WAIT, .receives = WAIT, .ends = DESTROY | CLOSE, .policies = WAITS,
     .messages = 2},
    {.name = "brief, shared", .shared = 3, .sends = TRY | WAIT, .receives = TRY | WAIT, .ends = DRAIN, .policies = WAITS,
     .messages = 12},
    {.name = "ping-pong", .senders = 2, .sends = COPIES | BATCHES | IN_PLACE,
     .receives = WAIT | WAIT_BATCH | WAIT_IN_PLACE | EVENT_LOOP | CALLBACK, .ends = DRAIN, .policies = WAITS,
     .awaits_delivery = true, .messages = 100},
    {.name = "ping-pong, shared", .shared = 2, .sends = COPIES | BATCHES,
     .receives = WAIT | WAIT_BATCH | WAIT_IN_PLACE | EVENT_LOOP | CALLBACK, .ends = DRAIN, .policies = WAITS,
     .awaits_delivery = true, .messages = 100},
    {.name = "everything", .senders = 3, .shared = 3, .sends = ALL, .receives = ALL, .ends = ANY_END, .policies = WAITS | DROPS,
     .turnover = true, .messages = 200},
};

const size_t scenario_count = sizeof(scenarios) / sizeof(*scenarios);
