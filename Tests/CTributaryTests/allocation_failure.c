/* SPDX-License-Identifier: Apache-2.0 */
/* The n-th allocation fails, for every n: a defined error, nothing lost, nothing leaked. */
#include "support/fixture.h"
#include "support/messages.h"

enum { LARGEST = 1024, BATCH = 40 };

/* One run through a channel's life. Whatever cannot be had is done without. */
struct life {
    struct fixture fixture;
    size_t size;
    bool alone; /* only the n-th fails, so that the same call works when it is tried again */
    tributary_sender *senders[3];
    tributary_shared_sender *shared[2];
    uint64_t sent[5]; /* by sender; shared ones from 3 on */
    uint64_t next[5];
    size_t accepted, received;
    bool drops;
};

static struct life life;
static unsigned char buffer[BATCH * LARGEST];

static size_t refused(void) {
    return atomic_load(&life.fixture.memory.refused);
}

/* -ENOMEM only when an allocation failed in this very call; alone, the next attempt succeeds. */
static ptrdiff_t checked(ptrdiff_t result, size_t refused_before) {
    if (result == -ENOMEM)
        require(refused() > refused_before);
    return result;
}

#define ATTEMPT(result, call)                          \
    do {                                               \
        size_t before_ = refused();                    \
        (result) = checked((call), before_);           \
        if ((result) == -ENOMEM && life.alone) {       \
            (result) = (call);                         \
            require((result) != -ENOMEM);              \
        }                                              \
    } while (0)

/* Messages name their sender and number, in all their bytes where there are enough. */
static void write_messages(void *messages, size_t number, size_t count) {
    unsigned char *bytes = messages;
    size_t n;
    for (n = 0; n < count; n++) {
        uint64_t word = word_of(number, life.sent[number] + n);
        if (life.size >= sizeof(struct stamp))
            stamp_write(bytes + n * life.size, life.size, number, life.sent[number] + n);
        else
            memcpy(bytes + n * life.size, &word, sizeof word);
    }
}

static void fill(size_t number, size_t count) {
    write_messages(buffer, number, count);
}

static void accepted(size_t number, ptrdiff_t result) {
    require(result >= 0 || result == -ENOMEM || result == -EAGAIN || result == -EPIPE);
    if (result > 0) {
        life.sent[number] += (uint64_t)result;
        life.accepted += (size_t)result;
    }
}

static void send_one(size_t number) {
    int result = -ENOMEM;
    fill(number, 1);
    if (number < 3 && life.senders[number] != NULL)
        ATTEMPT(result, tributary_sender_try_send(life.senders[number], buffer, life.size));
    else if (number >= 3 && life.shared[number - 3] != NULL)
        ATTEMPT(result, tributary_shared_sender_try_send(life.shared[number - 3], buffer,
                                                         life.size));
    accepted(number, result == 0 ? 1 : result);
}

static void send_batch(size_t number) {
    ptrdiff_t result = -ENOMEM;
    fill(number, BATCH);
    if (number < 3 && life.senders[number] != NULL)
        ATTEMPT(result, tributary_sender_try_send_batch(life.senders[number], buffer, BATCH,
                                                        life.size));
    else if (number >= 3 && life.shared[number - 3] != NULL)
        ATTEMPT(result, tributary_shared_sender_try_send_batch(life.shared[number - 3], buffer,
                                                               BATCH, life.size));
    require(result <= BATCH);
    accepted(number, result);
}

static void send_in_place(size_t number) {
    void *slots = NULL;
    ptrdiff_t result;
    if (life.senders[number] == NULL)
        return;
    ATTEMPT(result, tributary_sender_try_reserve(life.senders[number], 10, &slots));
    if (result > 0) {
        write_messages(slots, number, (size_t)result);
        require_equal(tributary_sender_commit(life.senders[number], (size_t)result), 0);
    }
    accepted(number, result);
}

/* A message of any sender; with drops, there may be gaps before it. */
static void take(const void *message) {
    struct stamp stamp;
    if (life.size >= sizeof stamp) {
        stamp = stamp_read(message, life.size);
    } else {
        uint64_t word;
        memcpy(&word, message, sizeof word);
        stamp.sender = word_sender(word);
        stamp.sequence = word_sequence(word);
    }
    require(stamp.sender < 5 && stamp.sequence < life.sent[stamp.sender]);
    require(life.drops ? stamp.sequence >= life.next[stamp.sender]
                       : stamp.sequence == life.next[stamp.sender]);
    life.next[stamp.sender] = stamp.sequence + 1;
    life.received++;
}

/* Receiving needs no memory. */
static void receive_some(size_t count) {
    while (count-- > 0) {
        int result = tributary_channel_try_receive(life.fixture.channel, buffer, life.size);
        if (result != 0) {
            require(result == -EAGAIN || result == -EPIPE);
            return;
        }
        take(buffer);
    }
}

static void open_ends(void) {
    tributary_channel *channel = life.fixture.channel;
    int result;
    ATTEMPT(result, tributary_channel_open_sender(channel, &life.senders[0]));
    ATTEMPT(result, tributary_channel_open_shared_sender(channel, &life.shared[0]));
    if (life.senders[0] != NULL)
        ATTEMPT(result, tributary_sender_clone(life.senders[0], &life.senders[1]));
    if (life.shared[0] != NULL) {
        ATTEMPT(result, tributary_shared_sender_open_sender(life.shared[0], &life.senders[2]));
        ATTEMPT(result, tributary_shared_sender_clone(life.shared[0], &life.shared[1]));
    }
    (void)result;
}

static void live_through(void) {
    size_t round, number;
    int result;
    ATTEMPT(result, tributary_channel_create(&life.fixture.options, &life.fixture.channel));
    if (result != 0) {
        require_equal(result, -ENOMEM);
        require(life.fixture.channel == NULL);
        return;
    }
    open_ends();
    for (round = 0; round < 4; round++) {
        for (number = 0; number < 5; number++) {
            send_one(number);
            send_batch(number);
        }
        for (number = 0; number < 3; number++)
            send_in_place(number);
        receive_some(100);
    }
    tributary_sender_destroy(life.senders[1]);
    tributary_shared_sender_destroy(life.shared[1]);
    life.senders[1] = NULL;
    life.shared[1] = NULL;
    require_equal(tributary_channel_close(life.fixture.channel), 0);
    send_one(0);
    receive_some(50);
}

static void end_life(void) {
    size_t number;
    tributary_channel_destroy(life.fixture.channel);
    for (number = 0; number < 3; number++)
        tributary_sender_destroy(life.senders[number]);
    tributary_shared_sender_destroy(life.shared[0]);
    require_equal(life.accepted, life.received + life.fixture.destroyed);
    require_nothing_allocated(&life.fixture.memory);
}

static void check_every_allocation(const struct configuration *configuration, size_t size,
                                   size_t capacity, tributary_overflow overflow, bool alone) {
    size_t n, failed = 1;
    for (n = 1; failed > 0; n++) {
        test_note("fence %s, parker %s, size %zu, capacity %zd, overflow %d: allocation %zu fails%s",
                  configuration->fence_name, configuration->parker_name, size,
                  (ptrdiff_t)capacity, (int)overflow, n, alone ? "" : " and all after it");
        memset(&life, 0, sizeof life);
        life.size = size;
        life.alone = alone;
        life.drops = overflow != TRIBUTARY_OVERFLOW_WAIT;
        fixture_prepare(&life.fixture, configuration, size, 8, capacity);
        life.fixture.options.overflow = overflow;
        if (alone)
            counting_allocator_fail_at(&life.fixture.memory, n);
        else
            counting_allocator_fail_from(&life.fixture.memory, n);
        live_through();
        failed = refused();
        counting_allocator_succeed(&life.fixture.memory);
        end_life();
        require_at_most(n, 10000);
    }
    /* The last run was one without a failure: it accepted something. */
    require(life.accepted > 0 && n > 5);
}

MATRIX_TEST(any_single_allocation_may_fail) {
    check_every_allocation(configuration, 8, TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT, true);
    check_every_allocation(configuration, 256, TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT, true);
    check_every_allocation(configuration, LARGEST, 64, TRIBUTARY_OVERFLOW_WAIT, true);
    check_every_allocation(configuration, 256, 30, TRIBUTARY_OVERFLOW_DROP_NEWEST, true);
    check_every_allocation(configuration, 256, 30, TRIBUTARY_OVERFLOW_DROP_OLDEST, true);
}

MATRIX_TEST(memory_may_run_out_at_any_allocation) {
    check_every_allocation(configuration, 8, TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT, false);
    check_every_allocation(configuration, 256, TRIBUTARY_UNBOUNDED, TRIBUTARY_OVERFLOW_WAIT, false);
    check_every_allocation(configuration, 256, 30, TRIBUTARY_OVERFLOW_DROP_NEWEST, false);
    check_every_allocation(configuration, 256, 30, TRIBUTARY_OVERFLOW_DROP_OLDEST, false);
}

TEST_MAIN(scenario(any_single_allocation_may_fail),
          scenario(memory_may_run_out_at_any_allocation))
