/* SPDX-License-Identifier: Apache-2.0 */
#include <tributary/options.h>

#include "processors.h"

void tributary_options_initialize(tributary_options *options, size_t message_size,
                                  size_t message_alignment, size_t capacity) {
    if (options == NULL) return;
    /* With one processor whoever is waited for cannot run while this thread polls. */
    bool alone = tributary_processor_count() == 1;
    /* A receiver does not yield before each sleep: the scheduler holds a yield against it when it is woken, for up to some
     * milliseconds (when it does, and in place of one: receiver_yield.h). A sender does once, for the receiver that it waits for (docs/design.md, Waiting). */
    *options = (tributary_options){
        .structure_size = sizeof(*options),
        .message_size = message_size,
        .message_alignment = message_alignment,
        .capacity = capacity,
        .receiver_wait = {.spin = alone ? 0 : 512, .yield = 0},
        .sender_wait = {.spin = alone ? 0 : 128, .yield = 1},
        .pacing = !alone,
    };
}
