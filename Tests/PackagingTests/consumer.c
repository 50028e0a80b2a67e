/* SPDX-License-Identifier: Apache-2.0 */
/* What a C program of somebody else looks like, in strict C11: opaque handles only. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tributary/tributary.h>

enum { SENDERS = 3, MESSAGES = 20000 };

struct message {
    unsigned sender;
    unsigned number;
};

static void check(int condition, const char *what) {
    if (!condition) {
        fprintf(stderr, "consumer: %s\n", what);
        exit(1);
    }
}

struct worker {
    tributary_sender *sender;
    unsigned index;
};

static void *run(void *argument) {
    struct worker *worker = argument;
    for (unsigned number = 0; number < MESSAGES; number++) {
        struct message message = {worker->index, number};
        check(tributary_sender_send(worker->sender, &message, sizeof message) == 0, "send");
    }
    tributary_sender_destroy(worker->sender);
    return NULL;
}

int main(void) {
    check(tributary_version() == TRIBUTARY_VERSION, "library and headers differ");
    check(strcmp(tributary_version_string(), TRIBUTARY_VERSION_STRING) == 0, "version string");

    tributary_options options;
    tributary_options_initialize(&options, sizeof(struct message), _Alignof(struct message), 64);
    tributary_channel *channel;
    check(tributary_channel_create(&options, &channel) == 0, "create");

    struct worker workers[SENDERS];
    pthread_t threads[SENDERS];
    for (unsigned i = 0; i < SENDERS; i++) {
        workers[i].index = i;
        check(tributary_channel_open_sender(channel, &workers[i].sender) == 0, "open");
    }
    for (unsigned i = 0; i < SENDERS; i++)
        check(pthread_create(&threads[i], NULL, run, &workers[i]) == 0, "thread");

    unsigned expected[SENDERS] = {0};
    unsigned received = 0;
    struct message message;
    int error;
    while ((error = tributary_channel_receive(channel, &message, sizeof message)) == 0) {
        check(message.sender < SENDERS, "sender number");
        check(message.number == expected[message.sender]++, "order");
        received++;
    }
    check(error == -EPIPE, tributary_error_string(error));
    check(received == SENDERS * MESSAGES, "count");

    for (unsigned i = 0; i < SENDERS; i++)
        pthread_join(threads[i], NULL);
    tributary_channel_destroy(channel);
    printf("received %u\n", received);
    return 0;
}
