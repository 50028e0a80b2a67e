/* SPDX-License-Identifier: Apache-2.0 */
/* The exclusive sender's path under clang's real-time sanitizer: a send from a [[clang::nonblocking]] function, on lanes in both fence
 * modes, neither allocates nor locks nor makes a system call, as long as it stays in its segment and the receiver is awake.
 *
 *   nonblocking          has to end well
 *   nonblocking control  sends the first message, which allocates: the sanitizer has to stop it */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <tributary/inline.h>

#if !__has_feature(realtime_sanitizer)
#error "compile with -fsanitize=realtime"
#endif

enum { IN_ONE_SEGMENT = 32, ROUNDS = 200 };

static int send_some(tributary_sender *sender, int count) __attribute__((nonblocking)) {
    for (int i = 0; i < count; i++) {
        uint64_t message = (uint64_t)i;
        int error = tributary_sender_try_send(sender, &message, sizeof(message));
        if (error != 0) return error;
    }
    return 0;
}

static int receive_all(tributary_channel *channel) {
    uint64_t message;
    int received = 0;
    while (tributary_channel_try_receive(channel, &message, sizeof(message)) == 0) received++;
    return received;
}

/* The audio thread's way: slots are made ready where blocking is allowed, and filled where it is not. */
static int run(tributary_fence fence) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    options.fence = fence;
    tributary_channel *channel;
    tributary_sender *sender;
    if (tributary_channel_create(&options, &channel) != 0 ||
        tributary_channel_open_sender(channel, &sender) != 0)
        return 1;
    for (int round = 0; round < ROUNDS; round++) {
        void *slots;
        /* A segment with room, or the next one. */
        while (tributary_sender_try_reserve(sender, IN_ONE_SEGMENT, &slots) < IN_ONE_SEGMENT) {
            uint64_t message = 0;
            if (tributary_sender_send(sender, &message, sizeof(message)) != 0) return 1;
        }
        if (send_some(sender, IN_ONE_SEGMENT) != 0) return 1;
        if (receive_all(channel) < IN_ONE_SEGMENT) return 1;
    }
    tributary_sender_destroy(sender);
    tributary_channel_destroy(channel);
    return 0;
}

static int control(void) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(uint64_t), _Alignof(uint64_t), TRIBUTARY_UNBOUNDED);
    tributary_channel *channel;
    tributary_sender *sender;
    if (tributary_channel_create(&options, &channel) != 0 ||
        tributary_channel_open_sender(channel, &sender) != 0)
        return 1;
    return send_some(sender, 1);
}

int main(int count, char **arguments) {
    if (count > 1 && strcmp(arguments[1], "control") == 0) return control();
    if (run(TRIBUTARY_FENCE_LOCAL) != 0 || run(TRIBUTARY_FENCE_DEFAULT) != 0) {
        fprintf(stderr, "a send failed\n");
        return 1;
    }
    return 0;
}
