/* SPDX-License-Identifier: Apache-2.0 */
/* What the scenarios share: one channel with its ends, and the account of every message.
 *
 * A message is its number. Those of sender s are 10 s, 10 s + 1, ... in the order in which they are sent. */
#ifndef SCENARIOS_SUPPORT_H
#define SCENARIOS_SUPPORT_H

#include "core.h" /* to make promotion near: `promote_after` is the core's own */
#include "scenario.h"
#include <errno.h>
#include <tributary/tributary.h>

void checker_expect(bool holds, const char *what);

#define EXPECT(condition) checker_expect((condition), #condition)

extern bool scenario_local_fences;

enum { MESSAGES = 100 };

extern tributary_channel *channel;
extern tributary_sender *senders[3];
extern tributary_shared_sender *shared[3];

struct shape {
    size_t capacity; /* 0: unbounded */
    size_t size;     /* of a message, 0: 8 bytes */
    int senders, shared;
    tributary_overflow overflow;
    tributary_parker parker;
    uint32_t promote_after; /* publishes, 0: as it is */
};

/* A channel that neither polls nor yields nor paces, its ends, and an empty account. */
void set_up(struct shape shape);
/* The next message is to be streamed: as after as many publishes as it takes. */
void promote(tributary_sender *sender);

/* Each notes the outcome and returns it. */
int send(int sender, uint64_t message);
int try_send(int sender, uint64_t message);
int send_timeout(int sender, uint64_t message, int64_t nanoseconds);
int shared_send(int sender, uint64_t message);
int shared_try_send(int sender, uint64_t message);
int shared_send_timeout(int sender, uint64_t message, int64_t nanoseconds);
/* The message in *message if any. */
int receive(uint64_t *message);
int try_receive(uint64_t *message);
int receive_timeout(uint64_t *message, int64_t nanoseconds);
/* The same for calls that are not made here. */
int note_sent(uint64_t message, int result);
void note_received(uint64_t message);
void drop_sender(int sender);
void drop_shared(int sender);
/* Receives until the end is reported. */
void receive_all(void);

/* An event that one thread waits for: a callback's, or the order of two threads. */
extern uint32_t happened[2];
void happen(void *event); /* also as a callback */
bool has_happened(uint32_t *event);
void wait_until_happened(uint32_t *event);

/* The lane of the calling thread for shared messages, once it has sent one. */
struct tributary_sender *own_lane(void);

/* Ends what is left, then: each message that was sent was received or destroyed, once; no other was; each sender's in order, and of the
 * shared ones what was sent after another send had returned, after it. */
void finish(void);
size_t received_count(void);
bool was_received(uint64_t message);
bool was_accepted(uint64_t message);
size_t place_of(uint64_t message);

#endif
