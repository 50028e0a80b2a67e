/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE
#include "support.h"

#include "futex.h"
#include "thread_lane.h"
#include <string.h>

tributary_channel *channel;
tributary_sender *senders[3];
tributary_shared_sender *shared[3];
bool scenario_local_fences;

enum { WORDS = 1024 /* of the largest message */ };

static struct {
    size_t size;
    struct {
        bool accepted, refused;
        int received, destroyed;
        size_t place; /* among the received */
    } messages[MESSAGES];
    size_t received;
} account;

static void destroyed(void *context, void *message) {
    (void)context;
    uint64_t number;
    memcpy(&number, message, sizeof number);
    EXPECT(number < MESSAGES);
    account.messages[number].destroyed++;
}

void set_up(struct shape shape) {
    memset(&account, 0, sizeof account);
    happened[0] = happened[1] = 0;
    memset(senders, 0, sizeof senders);
    memset(shared, 0, sizeof shared);
    account.size = shape.size != 0 ? shape.size : sizeof(uint64_t);
    tributary_options options;
    tributary_options_initialize(&options, account.size, sizeof(uint64_t),
                                 shape.capacity != 0 ? shape.capacity : TRIBUTARY_UNBOUNDED);
    options.overflow = shape.overflow;
    options.parker = shape.parker;
    options.destroy_message = destroyed;
    options.receiver_wait = options.sender_wait = (tributary_wait_policy){0, 0};
    options.pacing = false;
    options.fence = scenario_local_fences ? TRIBUTARY_FENCE_LOCAL : TRIBUTARY_FENCE_DEFAULT;
    EXPECT(tributary_channel_create(&options, &channel) == 0);
    for (int i = 0; i < shape.senders; i++) {
        EXPECT(tributary_channel_open_sender(channel, &senders[i]) == 0);
        if (shape.promote_after != 0) senders[i]->hot.transition.promote_after = shape.promote_after;
    }
    for (int i = 0; i < shape.shared; i++)
        EXPECT(tributary_channel_open_shared_sender(channel, &shared[i]) == 0);
}

int note_sent(uint64_t message, int result) {
    EXPECT(result == 0 || result == -EAGAIN || result == -EPIPE || result == -ETIMEDOUT);
    if (result == 0)
        account.messages[message].accepted = true;
    else
        account.messages[message].refused = true;
    return result;
}

static const void *filled(uint64_t *bytes, uint64_t message) {
    for (size_t i = 0; i < account.size / sizeof *bytes; i++) bytes[i] = message;
    return bytes;
}

int send(int sender, uint64_t message) {
    uint64_t bytes[WORDS];
    return note_sent(message, tributary_sender_send(senders[sender], filled(bytes, message), account.size));
}

int try_send(int sender, uint64_t message) {
    uint64_t bytes[WORDS];
    return note_sent(message, tributary_sender_try_send(senders[sender], filled(bytes, message), account.size));
}

int send_timeout(int sender, uint64_t message, int64_t nanoseconds) {
    uint64_t bytes[WORDS];
    return note_sent(message, tributary_sender_send_timeout(senders[sender], filled(bytes, message),
                                                       account.size, nanoseconds));
}

int shared_send(int sender, uint64_t message) {
    uint64_t bytes[WORDS];
    return note_sent(message, tributary_shared_sender_send(shared[sender], filled(bytes, message), account.size));
}

int shared_try_send(int sender, uint64_t message) {
    uint64_t bytes[WORDS];
    return note_sent(message,
                tributary_shared_sender_try_send(shared[sender], filled(bytes, message), account.size));
}

int shared_send_timeout(int sender, uint64_t message, int64_t nanoseconds) {
    uint64_t bytes[WORDS];
    return note_sent(message, tributary_shared_sender_send_timeout(shared[sender], filled(bytes, message),
                                                              account.size, nanoseconds));
}

void note_received(uint64_t message) {
    EXPECT(message < MESSAGES);
    EXPECT(account.messages[message].received == 0);
    account.messages[message].received++;
    account.messages[message].place = account.received++;
}

static int take(int result, const uint64_t *bytes, uint64_t *message) {
    if (result != 0) return result;
    uint64_t number = bytes[0];
    for (size_t i = 0; i < account.size / sizeof *bytes; i++) EXPECT(bytes[i] == number);
    note_received(number);
    if (message != NULL) *message = number;
    return 0;
}

int receive(uint64_t *message) {
    uint64_t bytes[WORDS];
    return take(tributary_channel_receive(channel, bytes, account.size), bytes, message);
}

int try_receive(uint64_t *message) {
    uint64_t bytes[WORDS];
    return take(tributary_channel_try_receive(channel, bytes, account.size), bytes, message);
}

int receive_timeout(uint64_t *message, int64_t nanoseconds) {
    uint64_t bytes[WORDS];
    return take(tributary_channel_receive_timeout(channel, bytes, account.size, nanoseconds), bytes, message);
}

void drop_sender(int sender) {
    tributary_sender *end = senders[sender];
    senders[sender] = NULL;
    tributary_sender_destroy(end);
}

void drop_shared(int sender) {
    tributary_shared_sender *end = shared[sender];
    shared[sender] = NULL;
    tributary_shared_sender_destroy(end);
}

void receive_all(void) {
    int result;
    while ((result = receive(NULL)) == 0) {
    }
    EXPECT(result == -EPIPE);
}

uint32_t happened[2];

void happen(void *event) {
    tributary_store_release((uint32_t *)event, 1);
    tributary_futex_wake(event, SCENARIO_THREADS);
}

bool has_happened(uint32_t *event) { return tributary_load_acquire(event) != 0; }

void wait_until_happened(uint32_t *event) {
    while (!has_happened(event)) tributary_futex_wait(event, 0, TRIBUTARY_FOREVER);
}

struct tributary_sender *own_lane(void) { return tributary_thread_lane(channel); }

size_t received_count(void) { return account.received; }

bool was_received(uint64_t message) { return account.messages[message].received != 0; }

bool was_accepted(uint64_t message) { return account.messages[message].accepted; }

size_t place_of(uint64_t message) { return account.messages[message].place; }

void finish(void) {
    for (int i = 0; i < 3; i++) {
        if (senders[i] != NULL) drop_sender(i);
        if (shared[i] != NULL) drop_shared(i);
    }
    if (channel != NULL) tributary_channel_destroy(channel);
    channel = NULL;
    for (uint64_t i = 0; i < MESSAGES; i++) {
        int ends = account.messages[i].received + account.messages[i].destroyed;
        if (account.messages[i].accepted) EXPECT(ends == 1 && "a message that was sent arrived once");
        if (!account.messages[i].accepted) EXPECT(ends == 0 && "a message that was not sent did not arrive");
        for (uint64_t j = i / 10 * 10; j < i; j++)
            if (account.messages[i].received && account.messages[j].received)
                EXPECT(account.messages[j].place < account.messages[i].place && "in order");
    }
}
