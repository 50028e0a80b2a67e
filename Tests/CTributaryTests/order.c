/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of all sizes and alignments arrive whole, in order, and lie where they should. */
#include "support/fixture.h"
#include "support/messages.h"
#include "support/random.h"

static const struct shape {
    size_t size, alignment;
} shapes[] = {
    {1, 1},     {2, 1},     {2, 2},      {3, 1},       {4, 4},       {5, 1},     {8, 8},
    {12, 4},    {16, 8},    {16, 16},    {24, 8},      {64, 64},     {112, 16},  {112, 1},
    {113, 1},   {128, 128}, {256, 8},    {256, 256},   {1000, 8},    {1024, 1},  {4096, 4096},
    {4096, 16}, {5000, 8},  {8192, 4096}, {65536, 4096}, {65536, 1},
};
enum { SHAPES = sizeof shapes / sizeof *shapes, LARGEST = 65536, BATCH = 5 };

static struct fixture fixture;
static unsigned char buffer[BATCH * LARGEST];

static size_t rounds(const struct shape *shape) {
    return scaled(shape->size > 4096 ? 40 : shape->size > 256 ? 300 : 3000);
}

static void open_shape(const struct configuration *configuration, const struct shape *shape,
                       size_t capacity) {
    test_note("size %zu, alignment %zu, capacity %zd", shape->size, shape->alignment,
              (ptrdiff_t)capacity);
    fixture_prepare(&fixture, configuration, shape->size, shape->alignment, capacity);
    fixture_open(&fixture);
}

/* The next message, by a method that changes from message to message. */
static void receive_and_check(const struct shape *shape, uint64_t *next,
                              struct random_source *source) {
    void *messages;
    ptrdiff_t count, n;
    switch (random_below(source, 3)) {
    case 0:
        require_equal(tributary_channel_try_receive(fixture.channel, buffer, shape->size), 0);
        require_pattern(buffer, shape->size, 1, (*next)++);
        break;
    case 1:
        count = tributary_channel_try_receive_batch(
            fixture.channel, buffer, 1 + random_below(source, BATCH), shape->size);
        require(count >= 1 && count <= BATCH);
        for (n = 0; n < count; n++)
            require_pattern(buffer + (size_t)n * shape->size, shape->size, 1, (*next)++);
        break;
    default:
        count = tributary_channel_try_borrow(fixture.channel, &messages,
                                             1 + random_below(source, BATCH));
        require(count >= 1 && count <= BATCH);
        require_equal((uintptr_t)messages % shape->alignment, 0);
        for (n = 0; n < count; n++)
            require_pattern((unsigned char *)messages + (size_t)n * shape->size, shape->size, 1,
                            (*next)++);
        require_equal(tributary_channel_release(fixture.channel, (size_t)count), 0);
    }
}

/* Sends up to a few messages, by a changing method; returns how many. */
static size_t send_some(tributary_sender *sender, tributary_shared_sender *shared,
                        const struct shape *shape, uint64_t sequence,
                        struct random_source *source) {
    size_t wanted = 1 + random_below(source, BATCH), n;
    void *slots;
    ptrdiff_t count;
    switch (random_below(source, shared != NULL ? 2 : 3)) {
    case 0:
        pattern_write(buffer, shape->size, 1, sequence);
        count = shared != NULL
                    ? tributary_shared_sender_try_send(shared, buffer, shape->size)
                    : tributary_sender_try_send(sender, buffer, shape->size);
        require(count == 0 || count == -EAGAIN);
        return count == 0 ? 1 : 0;
    case 1:
        for (n = 0; n < wanted; n++)
            pattern_write(buffer + n * shape->size, shape->size, 1, sequence + n);
        count = shared != NULL
                    ? tributary_shared_sender_try_send_batch(shared, buffer, wanted, shape->size)
                    : tributary_sender_try_send_batch(sender, buffer, wanted, shape->size);
        require((count >= 1 && count <= (ptrdiff_t)wanted) || count == -EAGAIN);
        return count > 0 ? (size_t)count : 0;
    default:
        count = tributary_sender_try_reserve(sender, wanted, &slots);
        require((count >= 1 && count <= (ptrdiff_t)wanted) || count == -EAGAIN);
        if (count < 0)
            return 0;
        require_equal((uintptr_t)slots % shape->alignment, 0);
        wanted = random_below(source, (uint64_t)count + 1);
        for (n = 0; n < wanted; n++)
            pattern_write((unsigned char *)slots + n * shape->size, shape->size, 1, sequence + n);
        require_equal(tributary_sender_commit(sender, wanted), 0);
        return wanted;
    }
}

static void check_shape(const struct configuration *configuration, const struct shape *shape,
                        size_t capacity, bool is_shared) {
    struct random_source source = random_for(shape->size * 2 + is_shared);
    tributary_sender *sender = NULL;
    tributary_shared_sender *shared = NULL;
    uint64_t sent = 0, received = 0, target = rounds(shape);
    open_shape(configuration, shape, capacity);
    if (is_shared)
        shared = fixture_shared_sender(&fixture);
    else
        sender = fixture_sender(&fixture);
    while (sent < target || received < sent) {
        /* Both directions in random steps, so that the fill level wanders. */
        if (sent < target && random_one_in(&source, 2))
            sent += send_some(sender, shared, shape, sent, &source);
        else if (received < sent)
            receive_and_check(shape, &received, &source);
        require_equal(tributary_channel_length(fixture.channel), sent - received);
    }
    require(received == sent && sent >= target);
    tributary_sender_destroy(sender);
    tributary_shared_sender_destroy(shared);
    fixture_finish(&fixture);
    require_equal(fixture.destroyed, 0);
}

static void check_all(size_t capacity, bool is_shared) {
    size_t n;
    for (n = 0; n < SHAPES; n++)
        check_shape(matrix_pick(n), &shapes[n], capacity, is_shared);
}

static void messages_of_every_shape_arrive_whole_in_order_through_an_unbounded_lane(void **state) {
    (void)state;
    check_all(TRIBUTARY_UNBOUNDED, false);
}

static void messages_of_every_shape_arrive_whole_in_order_through_a_bounded_lane(void **state) {
    (void)state;
    check_all(1, false);
    check_all(7, false);
    check_all(64, false);
}

static void shared_messages_of_every_shape_arrive_whole_in_order(void **state) {
    (void)state;
    check_all(TRIBUTARY_UNBOUNDED, true);
    check_all(1, true);
    check_all(7, true);
}

/* All of them lie in the channel at once: many segments, then drained. */
static void a_long_backlog_of_every_shape_is_drained_in_order(void **state) {
    size_t n;
    (void)state;
    for (n = 0; n < SHAPES; n++) {
        const struct shape *shape = &shapes[n];
        struct random_source source = random_for(n);
        uint64_t sent, received = 0, target = rounds(shape);
        tributary_sender *sender;
        open_shape(matrix_pick(n), shape, TRIBUTARY_UNBOUNDED);
        sender = fixture_sender(&fixture);
        for (sent = 0; sent < target; sent++) {
            pattern_write(buffer, shape->size, 1, sent);
            require_equal(tributary_sender_try_send(sender, buffer, shape->size), 0);
        }
        tributary_sender_destroy(sender);
        while (received < target)
            receive_and_check(shape, &received, &source);
        require_equal(received, target);
        require_equal(tributary_channel_try_receive(fixture.channel, buffer, shape->size), -EPIPE);
        fixture_finish(&fixture);
    }
}

/* What is not received is destroyed whole: the destructor sees the messages in place. */
static struct {
    const struct shape *shape;
    uint64_t next;
} expected;

static void check_destroyed(void *context, void *message) {
    (void)context;
    require_equal((uintptr_t)message % expected.shape->alignment, 0);
    require_pattern(message, expected.shape->size, 1, expected.next++);
}

static void the_destructor_sees_each_message_whole_and_aligned(void **state) {
    size_t n;
    (void)state;
    for (n = 0; n < 2 * SHAPES; n++) {
        const struct shape *shape = &shapes[n / 2];
        uint64_t sent, target = rounds(shape);
        tributary_sender *sender = NULL;
        tributary_shared_sender *shared = NULL;
        expected.shape = shape;
        expected.next = 0;
        fixture_prepare(&fixture, matrix_pick(n), shape->size, shape->alignment,
                        TRIBUTARY_UNBOUNDED);
        fixture.options.destroy_message = check_destroyed;
        fixture_open(&fixture);
        if (n % 2 == 0)
            sender = fixture_sender(&fixture);
        else
            shared = fixture_shared_sender(&fixture);
        for (sent = 0; sent < target; sent++) {
            pattern_write(buffer, shape->size, 1, sent);
            require_equal(sender != NULL
                              ? tributary_sender_try_send(sender, buffer, shape->size)
                              : tributary_shared_sender_try_send(shared, buffer, shape->size), 0);
        }
        tributary_sender_destroy(sender);
        tributary_shared_sender_destroy(shared);
        fixture_finish(&fixture);
        require_equal(expected.next, target);
    }
}

TEST_MAIN(scenario(messages_of_every_shape_arrive_whole_in_order_through_an_unbounded_lane),
          scenario(messages_of_every_shape_arrive_whole_in_order_through_a_bounded_lane),
          scenario(shared_messages_of_every_shape_arrive_whole_in_order),
          scenario(a_long_backlog_of_every_shape_is_drained_in_order),
          scenario(the_destructor_sees_each_message_whole_and_aligned))
