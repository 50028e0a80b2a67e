/* SPDX-License-Identifier: Apache-2.0 */
/* The pieces of docs/getting-started.md: each is a function, and main checks what it returns. */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <tributary/tributary.h>

static tributary_channel *open_channel(size_t capacity) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(int), _Alignof(int), capacity);
    tributary_channel *channel = NULL;
    tributary_channel_create(&options, &channel);
    return channel;
}

/* One after another on one thread: nothing here needs two. */
static int full_and_empty(void) {
    tributary_channel *channel = open_channel(2);
    tributary_sender *sender;
    tributary_channel_open_sender(channel, &sender);

    int sent = 0, value = 7;
    while (tributary_sender_try_send(sender, &value, sizeof value) == 0)
        sent++; /* until it is full: -EAGAIN, and the value is still ours */
    while (tributary_channel_try_receive(channel, &value, sizeof value) == 0)
        continue; /* until it is empty: -EAGAIN */
    int error = tributary_channel_receive_timeout(channel, &value, sizeof value, 1000000);

    tributary_sender_destroy(sender);
    tributary_channel_destroy(channel);
    return error == -ETIMEDOUT ? sent : error;
}

static int batches(void) {
    tributary_channel *channel = open_channel(TRIBUTARY_UNBOUNDED);
    tributary_sender *sender;
    tributary_channel_open_sender(channel, &sender);

    int values[100], received[100], sum = 0;
    for (int i = 0; i < 100; i++)
        values[i] = i;
    tributary_sender_send_batch(sender, values, 100, sizeof values[0]);
    tributary_sender_destroy(sender);

    ptrdiff_t count; /* ends with -EPIPE: no sender is left */
    while ((count = tributary_channel_receive_batch(channel, received, 100, sizeof(int))) > 0)
        for (ptrdiff_t i = 0; i < count; i++)
            sum += received[i];

    tributary_channel_destroy(channel);
    return sum;
}

static int in_place(void) {
    tributary_channel *channel = open_channel(1024);
    tributary_sender *sender;
    tributary_channel_open_sender(channel, &sender);

    void *slots;
    ptrdiff_t room = tributary_sender_reserve(sender, 16, &slots); /* 1 to 16 */
    for (ptrdiff_t i = 0; i < room; i++)
        ((int *)slots)[i] = 1; /* written where the receiver will read it */
    tributary_sender_commit(sender, (size_t)room);

    void *messages;
    int sum = 0;
    ptrdiff_t count = tributary_channel_borrow(channel, &messages, 16);
    for (ptrdiff_t i = 0; i < count; i++)
        sum += ((int *)messages)[i]; /* read where it was written */
    tributary_channel_release(channel, (size_t)count);

    tributary_sender_destroy(sender);
    tributary_channel_destroy(channel);
    return sum == (int)room;
}

static void *send_ten(void *argument) {
    tributary_shared_sender *sender = argument;
    for (int i = 0; i < 10; i++)
        tributary_shared_sender_send(sender, &i, sizeof i);
    return NULL;
}

static int shared(void) {
    tributary_channel *channel = open_channel(1024);
    tributary_shared_sender *sender;
    tributary_channel_open_shared_sender(channel, &sender);

    pthread_t threads[3]; /* all through the same handle */
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, send_ten, sender);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    tributary_shared_sender_destroy(sender);

    int sum = 0, value;
    while (tributary_channel_receive(channel, &value, sizeof value) == 0)
        sum += value;
    tributary_channel_destroy(channel);
    return sum;
}

static void destroy_string(void *context, void *message) {
    ++*(int *)context;
    free(*(char **)message);
}

static int owned_messages(void) {
    int destroyed = 0;
    tributary_options options;
    tributary_options_initialize(&options, sizeof(char *), _Alignof(char *), 16);
    options.destroy_message = destroy_string; /* for what nobody receives */
    options.destroy_context = &destroyed;
    tributary_channel *channel;
    tributary_channel_create(&options, &channel);
    tributary_sender *sender;
    tributary_channel_open_sender(channel, &sender);

    char *first = strdup("received"), *second = strdup("not received"), *third = strdup("refused");
    tributary_sender_send(sender, &first, sizeof first);
    tributary_sender_send(sender, &second, sizeof second);
    tributary_channel_receive(channel, &first, sizeof first);
    free(first); /* whoever holds a message owns it */

    tributary_channel_close(channel);
    if (tributary_sender_send(sender, &third, sizeof third) == -EPIPE)
        free(third); /* it was not sent: still ours */

    tributary_channel_destroy(channel); /* destroys the second */
    tributary_sender_destroy(sender);   /* any end may go first */
    return destroyed;
}

#ifdef __linux__
static int event_loop(void) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(int), _Alignof(int), 16);
    options.parker = TRIBUTARY_PARKER_EVENTFD;
    tributary_channel *channel;
    tributary_channel_create(&options, &channel);
    tributary_shared_sender *sender;
    tributary_channel_open_shared_sender(channel, &sender);
    pthread_t thread;
    pthread_create(&thread, NULL, send_ten, sender);

    int sum = 0, count = 0, value;
    struct pollfd descriptor = {tributary_channel_file_descriptor(channel), POLLIN, 0};
    while (count < 10) {
        while (tributary_channel_try_receive(channel, &value, sizeof value) == 0) {
            sum += value;
            count++;
        }
        /* Armed: what comes now makes the descriptor readable. Else there is something already. */
        if (count < 10 && tributary_channel_arm(channel) == 0)
            poll(&descriptor, 1, -1); /* beside whatever else the loop waits for */
    }

    pthread_join(thread, NULL);
    tributary_shared_sender_destroy(sender);
    tributary_channel_destroy(channel);
    return sum;
}
#else
static int event_loop(void) {
    return 45; /* eventfd is Linux only */
}
#endif

static int failures;

static void expect(const char *name, int expected, int actual) {
    if (actual != expected) {
        fprintf(stderr, "%s: %d instead of %d\n", name, actual, expected);
        failures++;
    }
}

int main(void) {
    expect("full_and_empty", 2, full_and_empty());
    expect("batches", 4950, batches());
    expect("in_place", 1, in_place());
    expect("shared", 135, shared());
    expect("owned_messages", 1, owned_messages());
    expect("event_loop", 45, event_loop());
    puts(failures == 0 ? "tour: passed" : "tour: failed");
    return failures != 0;
}
