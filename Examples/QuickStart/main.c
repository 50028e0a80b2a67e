/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdio.h>
#include <tributary/tributary.h>

struct reading {
    int sensor;
    double value;
};

struct sensor {
    int number;
    tributary_sender *sender;
};

static void *measure(void *argument) {
    struct sensor *sensor = argument;
    for (int i = 0; i < 1000; i++) {
        struct reading reading = {sensor->number, 0.5 * i};
        if (tributary_sender_send(sensor->sender, &reading, sizeof reading) != 0)
            break; /* the receiver has closed: the message is still ours */
    }
    tributary_sender_destroy(sensor->sender);
    return NULL;
}

int main(void) {
    tributary_options options;
    tributary_options_initialize(&options, sizeof(struct reading), _Alignof(struct reading),
                                 1024 /* messages of each sender, or TRIBUTARY_UNBOUNDED */);
    tributary_channel *channel;
    int error = tributary_channel_create(&options, &channel);
    if (error != 0) {
        fprintf(stderr, "%s\n", tributary_error_string(error));
        return 1;
    }

    struct sensor sensors[4];
    pthread_t threads[4];
    for (int i = 0; i < 4; i++) {
        sensors[i].number = i;
        if (tributary_channel_open_sender(channel, &sensors[i].sender) != 0 ||
            pthread_create(&threads[i], NULL, measure, &sensors[i]) != 0)
            return 1;
    }

    int count = 0;
    double sum = 0;
    struct reading reading;
    /* Ends with -EPIPE when the last sender has ended and everything was received. */
    while (tributary_channel_receive(channel, &reading, sizeof reading) == 0) {
        count += 1;
        sum += reading.value;
    }
    printf("%d readings, sum %.1f\n", count, sum);

    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    tributary_channel_destroy(channel);
    return 0;
}
